"""Where an account's load comes from: the site that it is bound to, and what its map was confirmed with.

It belongs here: keeping it. It does not: comparing sites (migration_assets/mapping/source_site.py), and writing kept
files back into a home (migration_assets/mapping/restore.py).
"""

import zlib
from collections.abc import Mapping
from typing import Any

from resources.ledger import tables
from resources.ledger.base import Repository


class Sources(Repository):
    def bind_site(self, host: str, tabs: dict[str, str], witnesses: dict[str, str], in_ids: str = "") -> None:
        """Remember the source site of this account; whoever asks compares with it.

        Args:
            in_ids: the name of the site that external ids hold from now on; empty: they hold none.
        """
        row = {"host": host, "tabs": tabs, "witnesses": witnesses, "at": self.store.now(), "in_ids": in_ids}
        self.store.put(tables.sites, [row])

    def site_of_ids(self, otherwise: str) -> str:
        """The name of the site that external ids of this account hold; empty where they hold none.

        A ledger that was bound or written before ids held a site stays without.

        Args:
            otherwise: of an account that nothing was decided about yet.
        """
        bound = self.store.rows(self.select(tables.sites.c.in_ids))
        if bound:
            return str(bound[0].in_ids or "")
        used = self.store.rows(self.select(tables.writes.c.source_id).limit(1))
        return "" if used else otherwise

    def site(self) -> dict[str, Any] | None:
        """host, tabs, witnesses; None before the first confirmation."""
        s = tables.sites.c
        bound = self.store.rows(self.select(s.host, s.tabs, s.witnesses))
        return dict(bound[0]._mapping) if bound else None

    def keep_confirmed(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files that a map was confirmed with, by their names in the home, in place of those before."""
        c = tables.confirmed_files.c
        shared = {"version": version, "at": self.store.now()}
        rows = [shared | {"name": name, "content": zlib.compress(content)} for name, content in files.items()]
        with self.store.transaction() as tx:
            tx.execute(tables.confirmed_files.delete().where(c.account == self.account))
            self.store.upsert(tx, tables.confirmed_files, rows)

    def confirmed_files(self) -> dict[str, bytes]:
        """Name -> content of what the newest confirmation was made with."""
        c = tables.confirmed_files.c
        rows = self.store.rows(self.select(c.name, c.content).order_by(c.name))
        return {name: zlib.decompress(content) for name, content in rows}
