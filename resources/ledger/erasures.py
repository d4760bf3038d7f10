"""Erases from the ledger what may tell of people, when a migration is over: ids, hashes, states and counts stay.

It belongs here: which columns, and that no page or log of the database keeps them. It does not: files, and who may ask
for it (orchestration/purge.py).
"""

import time
from typing import Any, Final

from sqlalchemy import Column, null, update

from resources.ledger import tables
from resources.ledger.base import Repository

_EMPTIED: Final = (
    tables.writes.c.before,
    tables.images.c.body,
    tables.writes.c.detail,
    tables.history.c.detail,
    tables.outcomes.c.reason,
    tables.quarantine.c.message,
    tables.losses.c.detail,
    tables.conflicts.c.detail,
    tables.gates.c.detail,
    tables.failed_runs.c.message,
)
"""Values that a change found in Gorgias, and sentences about records: earlier releases quoted servers in them.

The admin's exports, which a confirmed map was kept with, go as whole rows.
"""
_TRIES: Final = 20


class Erasures(Repository):
    def erase_details(self) -> dict[str, int]:
        """Empty these columns of this account, and make the database forget their pages.

        Returns:
            `table.column` -> how many rows held something.
        """
        with self.store.transaction() as tx:
            if self.store.dialect.__name__.endswith("sqlite"):
                tx.exec_driver_sql("PRAGMA secure_delete = ON")
            erased = {f"{one.table.name}.{one.name}": self._empty(tx, one) for one in _EMPTIED}
            kept = tables.confirmed_files
            erased["confirmed_files.content"] = int(
                tx.execute(kept.delete().where(kept.c.account == self.account)).rowcount
            )
        self._forget()
        return erased

    def _empty(self, tx: Any, column: Column[Any]) -> int:
        table, nothing = column.table, null() if column.nullable else ""
        held = column.is_not(null()) if column.nullable else column != ""
        ours = table.c.account == self.account
        result = tx.execute(update(table).where(ours, held).values({column: nothing}))
        return int(result.rowcount)

    def uploaded(self) -> int:
        """Files that were uploaded: the API of Gorgias can neither list nor delete them."""
        return len(self.store.rows(self.select(tables.uploads.c.sha256)))

    def _forget(self) -> None:
        """Give up the pages that held deleted values, in the file and in the write-ahead log beside it."""
        if self.store.engine.dialect.name != "sqlite":
            with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in sorted({*(column.table.name for column in _EMPTIED), tables.confirmed_files.name}):
                    connection.exec_driver_sql(f"VACUUM FULL {table}")
            return
        # SQLAlchemy would begin a transaction, in which SQLite does not vacuum.
        raw = self.store.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("VACUUM")
            for _ in range(_TRIES):
                busy, *_pages = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return
                time.sleep(0.25)
        finally:
            raw.close()
