"""Records of one tab as rows of the warehouse: identity, times, and a hash of what they say.

Belongs here: pure functions from wire records to a frame. Does not belong here: reading pages and merging.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
import pandas as pd

from migration_assets.ivinex.mentions import without_tokens
from resources.ivinex import wire
from resources.ivinex.shapes import Field, record_id
from resources.ivinex.types import kind_of
from resources.ivinex.wire_columns import moments

_SAID_DEFAULTS: Final = {
    "created_by": "user",
    "created_date": "datetime",
    "modified_by": "user",
    "modified_date": "datetime",
}
_UNSAID: Final = frozenset({"layout", "default"})


def content_hasher(fields: Sequence[Field]) -> Callable[[Mapping[str, Any]], str]:
    """Returns a function that hashes what a record says.

    Left out: layout constants and keys that GetFields does not name (A-31), `site_id`, `fields_changed`, unset
    values (so that a new empty field changes nothing), and the query of file URLs, whose token differs on every
    read (A-12).
    """
    kinds = {field.name: kind_of(field.name, field.data_type, field.display_type) for field in fields}
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


def record_frame(
    records: Sequence[tuple[Mapping[str, Any], str]],
    *,
    collection_type_id: str,
    content_hash: Callable[[Mapping[str, Any]], str],
    zone: ZoneInfo,
    first_seq: int,
    read_at: datetime,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Turns wire records into rows of `ivinex.sweep_rows`.

    Args:
        records: each with its JSON text.
        zone: the site's time zone.
        first_seq: number of the first row; the order of reading decides which version is newest.
        read_at: UTC.

    Returns:
        The frame, and how many values of each kind of trouble (`created_date ambiguous`, ...) it met.
    """
    numbers = [record_id(record) for record, _ in records]
    frame = pd.DataFrame(
        {
            "collection_type_id": collection_type_id,
            "collection_id": numbers,
            "source_id": [f"ivinex:{collection_type_id}:{number}" for number in numbers],
            "content_hash": [content_hash(record) for record, _ in records],
            "raw": [raw for _, raw in records],
            "created_raw": [_text(record.get("created_date")) for record, _ in records],
            "modified_raw": [_text(record.get("modified_date")) for record, _ in records],
            "seq": range(first_seq, first_seq + len(records)),
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
    return None if value is None else str(value)


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
        return urlsplit(value).path
    return value
