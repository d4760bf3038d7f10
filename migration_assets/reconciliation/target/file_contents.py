"""What stands behind the addresses of attachments: read back and hashed, on the sample that the settings choose.

It belongs here: which addresses are asked, the table of what was found, and how many were compared in which way. It
does not: a download (resources/gorgias/downloads.py) and the comparison (comparison/expected_files.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pandas as pd

from migration_assets.reconciliation.target.target_tables import MESSAGES
from resources.gorgias.downloads import REFUSED, FileContent, FileReader
from resources.ledger import Ledger
from resources.warehouse import Table, Warehouse

WORKERS = 8
CONTENTS = Table(
    "reconciliation.file_contents",
    {
        "partition": ("VARCHAR", "the day whose messages hold the file"),
        "url": ("VARCHAR", "its address in Gorgias"),
        "sha256": ("VARCHAR", "of the bytes that came; NULL where none could be read"),
        "problem": ("VARCHAR", "gone, larger or refused; empty where it was read"),
        "read_at": ("TIMESTAMPTZ", "when"),
        "command": (
            "VARCHAR",
            "whose run read it: a command or job reads each address once; empty: a run alone",
        ),
    },
)
_FILES = f"""
    SELECT partition, one.url AS url, try_cast(one.size AS BIGINT) AS size FROM (
        SELECT partition, unnest(from_json(attachments, '[{{"url":"VARCHAR","size":"VARCHAR"}}]')) AS one
        FROM {MESSAGES.name} WHERE starts_with(external_id, 'ivinex:')
    ) WHERE one.url IS NOT NULL
"""
"""Attachments of our messages, each as often as it is used."""


def read_contents(
    reader: FileReader, ledger: Ledger, warehouse: Warehouse, keys: Sequence[str], share: float = 1.0, command: str = ""
) -> int:
    """Read the files of these days, each address once; one that the same command read for other days is not read again.

    Only addresses of the account, and those that uploads of ours were given, are asked.

    Returns:
        How many addresses were read.
    """
    rows = warehouse.rows(f"SELECT DISTINCT * FROM ({_FILES}) WHERE list_contains(?, partition)", [list(keys)])
    small = [row for row in rows if row["size"] is None or row["size"] <= reader.most]
    ours = ledger.uploads.uploaded_to({row["url"] for row in small})
    wanted = [
        row for row in small if (row["url"] in ours or reader.is_of_account(row["url"])) and in_share(row["url"], share)
    ]
    known = _read_by(warehouse, command) if reader.most else {}
    urls = sorted({row["url"] for row in wanted} - known.keys()) if reader.most else []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="file-contents") as pool:
        found = known | dict(zip(urls, pool.map(reader.content, urls), strict=True))
    at = pd.Timestamp(datetime.now(UTC))
    made = [
        (row["partition"], row["url"], found[row["url"]].sha256, found[row["url"]].problem, at, command)
        for row in wanted
        if row["url"] in found
    ]
    frame = pd.DataFrame(made, columns=list(CONTENTS.columns)).astype(
        {"sha256": "str", "read_at": "datetime64[us, UTC]"}
    )
    warehouse.replace_slice(CONTENTS, "partition", list(keys), frame)
    return len(urls)


def _read_by(warehouse: Warehouse, command: str) -> dict[str, FileContent]:
    """Address -> content, of what the command has read so far; of a run alone nothing, so that it looks for itself."""
    if not command:
        return {}
    warehouse.ensure(CONTENTS)
    query = f"SELECT DISTINCT url, sha256 FROM {CONTENTS.name} WHERE command = ? AND problem = ''"
    return {row["url"]: FileContent(row["sha256"]) for row in warehouse.rows(query, [command])}


def compared_files(warehouse: Warehouse) -> dict[str, int]:
    """Attachments in Gorgias: `by_bytes` compared by their content, `by_address` by that of our upload only."""
    if not warehouse.exists(MESSAGES):
        return {"by_bytes": 0, "by_address": 0}
    with warehouse.transaction() as tx:
        tx.ensure(CONTENTS)
        row = tx.rows(
            f"""SELECT count(*) FILTER (read) AS by_bytes, count(*) FILTER (NOT read) AS by_address FROM (
            SELECT c.url IS NOT NULL AND c.problem <> '{REFUSED}' AS read
            FROM ({_FILES}) f LEFT JOIN {CONTENTS.name} c USING (partition, url))"""
        )[0]
    return {name: int(number) for name, number in row.items()}


def in_share(name: object, share: float) -> bool:
    """Whether an address or an id is in the sample: the same ones each time."""
    return int.from_bytes(hashlib.sha256(str(name).encode()).digest()[:4]) < share * 2**32
