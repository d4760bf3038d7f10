"""A Gorgias account over a real socket, a warehouse with staged rows, and assets run against both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from called_assets import Called, context_of
from connected_settings import account_of, connected_to_nobody
from decided_points import decide_all_points
from gorgias_rows import DAY

from checks.schemas import custom_fields, customers, messages, tags, teams, tickets, users
from checks.table import table_of
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.client import Reader, WriteClient
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Table, Warehouse, WarehouseResource
from sandbox.serve import RunningGorgias, running_gorgias

SWEEP = Table(
    "ivinex.ticket_sweep", {"collection_type_id": ("VARCHAR", ""), "source_id": ("VARCHAR", ""), "raw": ("VARCHAR", "")}
)


class Killed(BaseException):
    """The process ends here."""


@dataclass
class World:
    """One migration in small: `stage` rows, `run` assets, look at `account` and `ledger`."""

    home: Path
    gorgias: RunningGorgias
    warehouse: Warehouse
    ledger: Ledger
    instance: dg.DagsterInstance
    run_ids: list[str] = field(default_factory=list)

    def stage(self, **rows: list[dict[str, Any]]) -> "World":
        """Holds these rows, and none in the other tables, from now on."""
        for name, schema in SCHEMAS.items():
            table = table_of(schema)
            self.warehouse.replace(table, pd.DataFrame(rows.get(name, []), columns=list(table.columns)))
        self.warehouse.replace(SWEEP, pd.DataFrame())
        for gate in ("staging/customers:schema", "staging/teams:schema"):
            self.ledger.quality_gates.record_gate(gate, None, True, "", "")
        for gate in ("staging/tickets:schema", "staging/messages:schema", "staging/attachments:schema"):
            self.ledger.quality_gates.record_gate(gate, DAY, True, "", "")
        return self

    def pass_canary(self) -> None:
        self.ledger.quality_gates.record_gate("gorgias/canary:assumptions", None, True, "", "")

    def mails(self, undeliverable: bool = False) -> list[str]:
        """Kinds of the mails that Gorgias would have sent to somebody, or to addresses that cannot exist."""
        rows = self.gorgias.gorgias.outbox.rows.values()
        return [row["kind"] for row in rows if row["undeliverable"] is undeliverable]

    def run(self, *assets: Any, partition: str | None = None) -> Called:
        """Call the assets as one run would, without Dagster's engine."""
        called = Called()
        self.run_ids.append(f"run-{len(self.run_ids) + 1}")
        called.call(assets, context_of(self.run_ids[-1], [partition] if partition else []), self.resources)
        return called

    def execute(self, *assets: Any) -> dg.ExecuteInProcessResult:
        """The same in Dagster's engine, for what a test reads from its storage."""
        return dg.materialize(list(assets), resources=self.resources, instance=self.instance)

    @property
    def resources(self) -> dict[str, Any]:
        email, key = self.gorgias.gorgias_auth
        return {
            "warehouse": WarehouseResource(database=str(self.warehouse.path)),
            "ledger": LedgerResource(url=f"sqlite:///{self.home / 'ledger.sqlite'}", account=self.ledger.account),
            "gorgias": GorgiasResource(
                base_url=self.gorgias.gorgias_url,
                email=email,
                api_key=key,
                allowance=4000,
                settling=0.5,
                lease=2,
                unsettled=str(self.home / "private" / "unsettled"),
            ),
            "settings": SettingsResource(),
        }

    def writes(self) -> dict[str, int]:
        """Requests so far that asked Gorgias to change something."""
        return {name: n for name, n in self.gorgias.server.stats.requests.items() if not name.startswith("GET ")}

    @contextmanager
    def connected(self) -> Iterator[GorgiasResource]:
        gorgias = self.resources["gorgias"]
        try:
            yield gorgias
        finally:
            gorgias.close()

    def decide(self, **how: Any) -> list[Any]:
        """Every open point, as decide_all_points does."""
        with self.connected() as gorgias:
            return decide_all_points(Reader(gorgias.connection), self.ledger, self.warehouse, **how)

    def killed(self, asset: Any, method: str, path: str, before: bool = False, **run: Any) -> None:
        """The asset's process dies before this call, or after Gorgias has carried it out and before its answer."""
        send = WriteClient.send

        def dying(client: WriteClient, of: str, to: str, *more: Any) -> Any:
            hit = of == method and to.startswith(path)
            if hit and before:
                raise Killed
            given = send(client, of, to, *more)
            if hit:
                raise Killed
            return given

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WriteClient, "send", dying)
            with pytest.raises(BaseException):  # noqa: B017, PT011 - Dagster wraps what it does not know
                self.run(asset, **run)
        assert self.ledger.known_writes.unsettled()
        self.pass_an_hour()

    def pass_an_hour(self) -> None:
        """As if what is open had been sent an hour ago."""
        with self.ledger.transaction() as tx:
            tx.exec_driver_sql("UPDATE writes SET intent_at = datetime(intent_at, '-1 hour') || '.000000'")

    @property
    def sent(self) -> int:
        return self.ledger.known_writes.write_counts()["rows"].sum()


SCHEMAS = {
    "users": users.SCHEMA,
    "teams": teams.SCHEMA,
    "custom_fields": custom_fields.SCHEMA,
    "tags": tags.SCHEMA,
    "customers": customers.SCHEMA,
    "tickets": tickets.SCHEMA,
    "messages": messages.SCHEMA,
}


@pytest.fixture(scope="session")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def world(tmp_path: Path, instance: dg.DagsterInstance) -> Iterator[Callable[..., World]]:
    """Makes a World on an account with the given switches and content."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        warehouse = Warehouse(tmp_path / "warehouse.duckdb")

        def make(switches: dict[str, Any] | None = None, **content: Any) -> World:
            config = {"auth": [{"email": "api@shop.example", "api_key": "k", "role": "admin"}]}
            gorgias = stack.enter_context(running_gorgias(config | {"switches": switches or {}} | content))
            account = account_of(gorgias.gorgias_url, gorgias.gorgias_auth)
            settings = connected_to_nobody(MIGRATION_HOME=str(tmp_path), IVINEX_TIMEZONE="America/Denver", **account)
            for name, value in settings.items():
                patch.setenv(name, value)
            ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test")
            return World(tmp_path, gorgias, warehouse, ledger, instance)

        with warehouse.held():
            yield make
