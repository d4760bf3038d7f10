"""gorgias.carried_files: the files that each message was given in Gorgias, as they were then.

Files are no field of the merge: Gorgias keeps what a message was given, whatever becomes of the file at the source. It
belongs here: noting them, and what the source holds no more or otherwise. It does not: sending files (ticket_files.py,
deferred_attachments.py).
"""

import re
from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from resources.ledger import Ledger, Loss
from resources.warehouse import Table, Warehouse

GONE = "removed at the source, kept in Gorgias"
CHANGED = "changed at the source, the first one kept in Gorgias"
CARRIED = Table(
    "gorgias.carried_files",
    {
        "partition": ("VARCHAR", "the ticket's created day when it was noted"),
        "source_id": ("VARCHAR", "the file on its ticket"),
        "message_source_id": ("VARCHAR", "the message that it came with"),
        "name": ("VARCHAR", "name"),
        "sha256": ("VARCHAR", "content"),
        "size": ("BIGINT", "bytes"),
        "content_type": ("VARCHAR", "type"),
    },
)
FILE_PARTS = ("url", "name", "size", "content_type")
"""What Gorgias shows of a file on a message."""
_FILE_NOTE = re.compile(r"#files\d*$")
_COLUMNS = "source_id, message_source_id, name, sha256, size, content_type"


def carry(warehouse: Warehouse, ledger: Ledger, days: Sequence[str]) -> None:
    """Note the staged files of these days that the ledger knows as delivered and that were not noted before."""
    if not warehouse.exists("staging.attachments"):
        return
    rows = ledger.outcomes.outcomes_of("files", days)
    there = rows.loc[rows["outcome"].isin(["created", "adopted"]), "source_id"].tolist()
    with warehouse.transaction() as tx:
        tx.ensure(CARRIED)
        tx.execute(
            f"INSERT INTO {CARRIED.name} BY NAME SELECT partition, {_COLUMNS} FROM staging.attachments s "  # noqa: S608
            "WHERE list_contains($days, partition) AND list_contains($there, source_id) "
            f"AND NOT EXISTS (FROM {CARRIED.name} c WHERE c.source_id = s.source_id)",
            {"days": list(days), "there": there},
        )


def left_files(warehouse: Warehouse, ledger: Ledger, days: Sequence[str]) -> Iterator[Loss]:
    """A loss for each file of these days that stands in Gorgias otherwise than it is staged."""
    rows = ledger.outcomes.outcomes_of("files", days)
    there = rows[rows["outcome"].isin(["created", "adopted"])]
    if there.empty or not warehouse.exists("staging.attachments"):
        return
    warehouse.ensure(CARRIED)
    found = warehouse.query(
        "SELECT c.source_id, c.message_source_id, s.source_id IS NULL AS gone "  # noqa: S608 - our own table
        f"FROM {CARRIED.name} c LEFT JOIN staging.attachments s USING (source_id) "
        "WHERE list_contains(?, c.source_id) AND (s.source_id IS NULL OR s.sha256 <> c.sha256 OR s.name <> c.name "
        "OR s.message_source_id <> c.message_source_id)",
        [there["source_id"].tolist()],
    )
    found = found.merge(pd.DataFrame(there[["source_id", "partition"]]), on="source_id").sort_values("source_id")
    for row in found.to_dict("records"):
        kind = GONE if row["gone"] else CHANGED
        yield Loss("attachment", kind, row["source_id"], partition=row["partition"], detail=row["message_source_id"])


def carried_contents(warehouse: Warehouse, messages: Collection[str]) -> dict[str, set[str]]:
    """Message -> sha256 of the files that it was given."""
    warehouse.ensure(CARRIED)
    rows = warehouse.rows(
        f"SELECT message_source_id, sha256 FROM {CARRIED.name} WHERE list_contains(?, message_source_id)",  # noqa: S608
        [sorted(messages)],
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["message_source_id"], set()).add(row["sha256"])
    return found


def carrier_of(external_id: str) -> str:
    """The message whose files these are: files that came later may be on a note beside it (`<message>#files`)."""
    return _FILE_NOTE.sub("", external_id)
