"""The ledger as a Dagster resource.

It belongs here: configuration. It does not: what the ledger keeps (ledger.py), which commands read without Dagster.
"""

import dagster as dg
from pydantic import Field, PrivateAttr

from resources.ledger.ledger import Ledger


class LedgerResource(dg.ConfigurableResource["LedgerResource"]):
    """The ledger as a Dagster resource. The URL may hold a password, so it is never shown."""

    url: str = Field(repr=False, description="SQLAlchemy URL of SQLite or PostgreSQL")
    account: str = Field(description="the target account that all rows belong to")
    _ledger: Ledger | None = PrivateAttr(default=None)

    def get(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger.open(self.url, self.account)
        return self._ledger

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
