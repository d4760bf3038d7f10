"""A served Gorgias account, a ledger beside it, and gates on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sample_writes import AUTH, CUSTOMER

from resources.gorgias.client import Connection, Reader
from resources.gorgias.external_ids import ExternalIds
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.pacing import BucketPacer
from resources.patience import Rest
from sandbox.serve import RunningGorgias, running_gorgias


@dataclass
class Side:
    """Both ends of the wire: what a test sends with, and what the account holds."""

    served: RunningGorgias
    url: str
    ledger: Ledger
    opened: list[Any] = field(default_factory=list)

    @property
    def account(self) -> Any:
        return self.served.gorgias

    def connection(
        self,
        timeout: float = 5.0,
        auth: Any = None,
        allowance: float = 4000,
        transport: Any = None,
        patience: float = 30.0,
    ) -> Connection:
        rest = Rest()
        pacer = BucketPacer(allowance, 20, sleep=rest)
        made = Connection(
            *(self.served.gorgias_url, auth or self.served.gorgias_auth, pacer, timeout, transport, patience, rest)
        )
        self.opened.append(made)
        return made

    def reader(self, **options: Any) -> Reader:
        return Reader(self.connection(**options), sleep=lambda _: None)

    def gate(
        self,
        ledger: Ledger | None = None,
        timeout: float = 5.0,
        auth: Any = None,
        run_id: str = "run",
        transport: Any = None,
        sent: Any = None,
        patience: float = 30.0,
        site: str = "",
        **options: Any,
    ) -> Writer:
        """A gate whose settling wait is a moment, so that tests do not wait."""
        connection = self.connection(timeout, auth, transport=transport, patience=patience)
        connection.ids = ExternalIds(site)
        times = {"settling": 0.1, "lease": 30.0} | options
        reader = Reader(connection, sleep=lambda _: None)
        gate = Writer(connection, reader, ledger or self.ledger, run_id, WriterOptions(**times), sent=sent)
        self.opened.append(gate)
        return gate

    def second_ledger(self) -> Ledger:
        return self.ledger_in(self.url)

    def ledger_in(self, url: str) -> Ledger:
        made = Ledger.open(url, self.ledger.account)
        self.opened.append(made)
        return made

    def resource(self, **options: Any) -> GorgiasResource:
        """The account as the program's settings name it."""
        credentials = {"email": AUTH["email"], "api_key": AUTH["api_key"]}
        made = GorgiasResource(base_url=self.served.gorgias_url, **credentials, **options)
        self.opened.append(made)
        return made

    def tickets(self) -> list[str]:
        return sorted(row["external_id"] for row in self.account.tickets)

    def customers(self) -> list[str]:
        return sorted(row["external_id"] for row in self.account.customers if row["external_id"])

    def writes_received(self) -> int:
        counted = self.served.server.stats.requests
        return sum(number for route, number in counted.items() if not route.startswith("GET "))

    def states(self) -> dict[str, str]:
        with self.ledger.reading() as connection:
            rows = connection.exec_driver_sql("SELECT source_id, part, state FROM writes").fetchall()
        return {source_id if part == "create" else f"{source_id} {part}": state for source_id, part, state in rows}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Side]]:
    """Serves an account: `serve(faults=[...], switches={...}, rate="40/20", **more of gorgias.json)`."""
    with ExitStack() as stack:

        def start(faults: list[dict[str, Any]] | None = None, rate: str = "4000/20", **config: Any) -> Side:
            content = {"auth": [AUTH], "customers": [CUSTOMER], "tags": [{"name": "ai_ignore"}]} | config
            served = stack.enter_context(running_gorgias(content, rate=rate, faults=faults))
            url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
            ledger = Ledger.open(url, "staging:shop")
            stack.callback(ledger.close)
            side = Side(served, url, ledger)
            stack.callback(lambda: [one.close() for one in reversed(side.opened)])
            return side

        yield start
