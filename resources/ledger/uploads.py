"""Contents that the target account holds: one row for each, whatever number of tickets uses it (docs/files.md).

It belongs here: reading and writing those rows. It does not: which request uploaded them (the write gate).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from resources.ledger import tables
from resources.ledger.base import Repository, plain_rows
from resources.ledger.records import State, Uploaded


class Uploads(Repository):
    def record_in_transaction(self, connection: Connection, batch: str, rows: Sequence[Uploaded]) -> None:
        """Record contents inside the transaction that settles their upload."""
        shared = {"batch": batch, "at": self.store.now()}
        self.store.upsert(connection, tables.uploads, [vars(row) | shared for row in rows])

    def of(self, contents: Iterable[str]) -> dict[str, Uploaded]:
        """sha256 -> what the account holds, of these contents."""
        u = tables.uploads.c
        query = self.select(u.sha256, u.url, u.content_type, u.size)
        return {row.sha256: Uploaded(*row) for row in self.store.rows_among(query, u.sha256, sorted(set(contents)))}

    def uploaded_to(self, urls: Iterable[str]) -> dict[str, str]:
        """url -> sha256 of what was uploaded there, of these addresses where something was."""
        u = tables.uploads.c
        return dict(plain_rows(self.store.rows_among(self.select(u.url, u.sha256), u.url, sorted(set(urls)))))

    def refused_uploads(self, contents: Iterable[str]) -> dict[str, str]:
        """sha256 -> Gorgias's answer, of these contents where one was refused on its own."""
        w = tables.writes.c
        query = select(w.source_id, w.detail).where(*self._of_uploads(), w.state == State.REFUSED)
        found = dict(plain_rows(self.store.rows_among(query, w.source_id, sorted(set(contents)))))
        held = self.of(found)
        return {sha256: detail for sha256, detail in found.items() if sha256 not in held}

    def upload_counts(self) -> dict[str, int]:
        """Calls carried out, contents, bytes, and orphans: contents of a call whose answer was lost, sent again.

        Uploads can be neither listed nor deleted, so an orphan stays in Gorgias, referred to by nothing.
        """
        u, w = tables.uploads.c, tables.writes.c
        sums = select(func.count(), func.coalesce(func.sum(u.size), 0)).where(u.account == self.account)
        calls = select(func.coalesce(func.sum(w.attempts), 0)).where(*self._of_uploads())
        lost = (
            select(func.coalesce(func.sum(w.attempts - 1), 0))
            .select_from(tables.writes.join(tables.uploads, w.source_id == u.batch))
            .where(*self._of_uploads(), u.account == self.account)
        )
        # Of a call that was not sent again as it was, the number of its contents is not known: one at least.
        given_up = select(func.count()).where(*self._of_uploads(), w.state == str(State.ROLLED_BACK))
        with self.store.reading() as connection:
            contents, size = connection.execute(sums).one()
            sent = connection.execute(calls).scalar_one()
            orphans = connection.execute(lost).scalar_one() + connection.execute(given_up).scalar_one()
        return {"upload_calls": int(sent), "contents": contents, "bytes": int(size), "orphans": int(orphans)}

    def _of_uploads(self) -> list[ColumnElement[bool]]:
        w = tables.writes.c
        return [w.account == self.account, w.object == "files", w.part == "upload"]
