"""Where an account's load comes from: the site that it is bound to, and what its map was confirmed with.

It belongs here: keeping it. It does not: comparing sites (migration_assets/mapping/source_site.py), and writing kept
files back into a home (migration_assets/mapping/restore.py).
"""

import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from resources.ledger import tables
from resources.ledger.base import Repository


class Sources(Repository):
    def bind_site(self, host: str, tabs: dict[str, str], witnesses: dict[str, str], in_ids: str = "") -> None:
        """Remember the source site of this account; whoever asks compares with it.

        Args:
            in_ids: the name of the site that external ids hold from now on; empty: they hold none.
        """
        row = {"account": self.account, "host": host, "tabs": tabs, "witnesses": witnesses, "at": self.store.now()}
        with self.store.transaction() as tx:
            self.store.upsert(tx, tables.sites, [row | {"in_ids": in_ids}])

    def site_of_ids(self, otherwise: str) -> str:
        """The name of the site that external ids of this account hold; empty where they hold none.

        A ledger that was bound or written before ids held a site stays without.

        Args:
            otherwise: of an account that nothing was decided about yet.
        """
        s, w = tables.sites.c, tables.writes.c
        with self.store.reading() as connection:
            bound = connection.execute(select(s.in_ids).where(s.account == self.account)).one_or_none()
            if bound is not None:
                return str(bound[0] or "")
            used = connection.execute(select(w.source_id).where(w.account == self.account).limit(1)).first()
        return "" if used else otherwise

    def site(self) -> dict[str, Any] | None:
        """host, tabs, witnesses; None before the first confirmation."""
        s = tables.sites.c
        with self.store.reading() as connection:
            row = connection.execute(select(s.host, s.tabs, s.witnesses).where(s.account == self.account)).one_or_none()
        return dict(row._mapping) if row else None

    def keep_confirmed(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files that a map was confirmed with, by their names in the home, in place of those before."""
        c = tables.confirmed_files.c
        rows = [
            {
                **{"account": self.account, "name": name, "version": version, "at": self.store.now()},
                "content": zlib.compress(content),
            }
            for name, content in files.items()
        ]
        with self.store.transaction() as tx:
            tx.execute(tables.confirmed_files.delete().where(c.account == self.account))
            if rows:
                tx.execute(tables.confirmed_files.insert(), rows)

    def confirmed_files(self) -> dict[str, bytes]:
        """Name -> content of what the newest confirmation was made with."""
        c = tables.confirmed_files.c
        with self.store.reading() as connection:
            rows = connection.execute(select(c.name, c.content).where(c.account == self.account).order_by(c.name))
            return {name: zlib.decompress(content) for name, content in rows}
