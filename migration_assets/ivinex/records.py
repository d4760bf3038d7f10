"""Records of one tab as rows of the warehouse: identity, times, and a hash of what they say.

Belongs here: pure functions from wire records to a frame. Does not belong here: reading pages and merging.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
import pandas as pd

from migration_assets.ivinex.file_identity import without_tokens
from resources.ivinex import wire
from resources.ivinex.response_parser import Field, ShapeProblem, record_id
from resources.ivinex.wire_columns import moments

_SAID_DEFAULTS: Final = {
    "created_by": "user",
    "created_date": "datetime",
    "modified_by": "user",
    "modified_date": "datetime",
}
MOST_BYTES: Final = 32_000_000
"""Of one record as JSON."""
_UNSAID: Final = frozenset({"layout", "default"})


def content_hasher(fields: Sequence[Field]) -> Callable[[Mapping[str, Any]], str]:
    """Returns a function that hashes what a record says.

    Left out: layout constants and keys that GetFields does not name (A-31), `site_id`, `fields_changed`, unset
    values (so that a new empty field changes nothing), and the query of file URLs, whose token differs on every
    read (A-12).
    """
    kinds = {field.name: field.kind for field in fields}
    said = {name: kind for name, kind in kinds.items() if kind not in _UNSAID} | _SAID_DEFAULTS
    unset = {name: frozenset(wire.EMPTY_TEXT) | wire.UNSET.get(kind, frozenset()) for name, kind in said.items()}

    def content_hash(record: Mapping[str, Any]) -> str:
        kept = {}
        for name, empty in unset.items():
            value = record.get(name)
            if value is None or (type(value) is str and value in empty) or value == []:
                continue
            kept[name] = _without_tokens(value)
        return hashlib.blake2b(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()

    return content_hash


@dataclass(frozen=True)
class Row:
    """One record, ready to be stored.

    Attributes:
        record: as read, rendered.
        number: its id within its tab.
        raw: its JSON text.
        content_hash: of what it says.
        created, modified: its default times as read.
    """

    record: Mapping[str, Any]
    number: str
    raw: str
    content_hash: str
    created: str | None
    modified: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any], content_hash: Callable[[Mapping[str, Any]], str]) -> "Row":
        """Everything that a record's own values may make fail is done here, record by record.

        Raises:
            ShapeProblem: it has no id, or is too large.
            Exception: whatever a library raises about its values.
        """
        raw = orjson.dumps(record)
        if len(raw) > MOST_BYTES:
            raise ShapeProblem(f"a record of more than {MOST_BYTES} bytes")
        times = (_text(record.get(name)) for name in ("created_date", "modified_date"))
        return cls(record, record_id(record), raw.decode(), content_hash(record), *times)


def record_frame(
    rows: Sequence[Row], *, collection_type_id: str, zone: ZoneInfo, first_seq: int, read_at: datetime
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Turns records into rows of `ivinex.sweep_rows`.

    Args:
        zone: the site's time zone.
        first_seq: number of the first row; the order of reading decides which version is newest.
        read_at: UTC.

    Returns:
        The frame, and how many values of each kind of trouble (`created_date ambiguous`, ...) it met.
    """
    frame = pd.DataFrame(
        {
            "collection_type_id": collection_type_id,
            "collection_id": [row.number for row in rows],
            "source_id": [f"ivinex:{collection_type_id}:{row.number}" for row in rows],
            "content_hash": [row.content_hash for row in rows],
            "raw": [row.raw for row in rows],
            "created_raw": [row.created for row in rows],
            "modified_raw": [row.modified for row in rows],
            "seq": range(first_seq, first_seq + len(rows)),
            "read_at": pd.Timestamp(read_at),
        }
    )
    trouble: dict[str, int] = {}
    for name in ("created", "modified"):
        read = moments(frame[f"{name}_raw"], zone)
        frame[f"{name}_at"] = read["at"]
        for problem, count in read.loc[read["problem"] != "", "problem"].value_counts().items():
            trouble[f"{name}_date {problem}"] = int(count)
    return frame, trouble


def _text(value: Any) -> str | None:
    """A default time as text; none is longer, and a longer one is no time."""
    return None if value is None else wire.clean_text(value)[0][:100]


def _without_tokens(value: Any) -> Any:
    """A value without the tokens of its URLs; a file list, as a list or as JSON text, without their queries."""
    if isinstance(value, str):
        if "://" not in value:
            return value
        if not value.startswith("[{"):
            return without_tokens(value)
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    if not isinstance(value, list):
        return value
    return [{key: _path(item) for key, item in entry.items()} if isinstance(entry, dict) else entry for entry in value]


def _path(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        try:
            return urlsplit(value).path
        except ValueError:
            return value
    return value
