"""Room 1 run against a served site: one run, its stores, and what each asset and check said."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
from called_assets import Called, context_of

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.attachments.pending_downloads import download_pending
from migration_assets.ivinex.full_scan.daily_slices import files_of_days
from migration_assets.settings import Settings
from migration_assets.settings_resource import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

sys.path.insert(0, str(Path(__file__).parents[2] / "resources" / "ivinex"))
from ivinex_site import Site

ROOM = [
    ivinex_assets.tabs,
    ivinex_assets.fields,
    ivinex_assets.organizations,
    ivinex_assets.contacts,
    ivinex_assets.ticket_sweep,
    ivinex_assets.tasks,
    ivinex_assets.activity_sweep,
    ivinex_assets.users,
    ivinex_assets.groups,
]


TICKETS = 60
SWEEPS = ("organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
_NUMBERS = count(1)


def records(dataset: Path, tab: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (dataset / "tabs" / tab / "records.ndjson").open("rb")]


class FixedSettings(SettingsResource):
    """Settings of a test instead of the environment's."""

    home: str
    site: str = ""
    start: str = "2015-01-01"

    def get(self) -> Settings:
        return Settings(
            home=Path(self.home),
            ivinex_base_url=self.site or None,
            ivinex_timezone="America/Denver",
            start_date=self.start,
        )


@dataclass(frozen=True)
class Kept:
    """The home of a run that nobody has open, what each asset said, and `asset:check` -> its evaluation."""

    home: Path
    metadata: dict[str, dict[str, Any]]
    checks: dict[str, dg.AssetCheckResult]

    def copied(self, home: Path) -> "Run":
        """The same run in another home."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        return Run(home, *(store.get() for store in _stores(home)), self.metadata, self.checks, self)


@dataclass(frozen=True)
class Run:
    """Room 1 after a run: its stores, and what it said."""

    home: Path
    warehouse: Warehouse
    ledger: Ledger
    metadata: dict[str, dict[str, Any]]
    checks: dict[str, dg.AssetCheckResult]
    kept: Kept | None = None

    def copied(self, home: Path) -> "Run":
        """As it was before any test looked at it, in another home: for a test that goes on from here."""
        assert self.kept is not None
        return self.kept.copied(home)

    def present(self) -> dict[str, Any]:
        """What the stages after this one see."""
        state: dict[str, Any] = {
            name: self.rows(f"SELECT source_id, content_hash FROM ivinex.{name} ORDER BY 1") for name in SWEEPS
        }
        state["links"] = self.rows("SELECT from_source_id, to_source_id, role FROM ivinex.links ORDER BY ALL")
        state["roles"] = self.rows("SELECT tab, role FROM ivinex.tabs ORDER BY ALL")
        state["days"] = self.rows("SELECT source_id, partition FROM ivinex.ticket_sweep ORDER BY 1")
        return state

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return list(self.warehouse.query(sql, list(params)).itertuples(index=False, name=None))

    def one(self, sql: str, *params: Any) -> Any:
        return self.warehouse.scalar(sql, list(params))


Serve = Callable[..., Site]
Begun = Callable[..., tuple[Site, Run]]


def run_stage(
    site: Site,
    home: Path,
    *,
    select: list[dg.AssetsDefinition] | None = None,
    start: str = "2015-01-01",
    **options: Any,
) -> Run:
    """Calls the unpartitioned assets of stage 1 (or some of them) as one run would."""
    warehouse, ledger = _stores(home)
    username, password = site.credentials
    ivinex = IvinexResource(
        base_url=site.url, username=username, password=password, requests_per_second=100_000, **options
    )
    resources = {
        "warehouse": warehouse,
        "ledger": ledger,
        "ivinex": ivinex,
        "settings": FixedSettings(home=str(home), site=site.url, start=start),
    }
    called = Called()
    with warehouse.get().held():
        called.call(select or ROOM, context_of(f"run-{next(_NUMBERS)}"), resources)
        if ivinex_assets.activity_sweep in (select or ROOM):
            _bring_files(warehouse.get(), resources["settings"].get(), ivinex)
    return Run(home, warehouse.get(), ledger.get(), called.metadata, called.checks)


def cut_days(home: Path, **scope: Any) -> dg.ExecuteInProcessResult:
    """The assets of days as the UI runs them."""
    stores = dict(zip(("warehouse", "ledger"), _stores(home), strict=True))
    return dg.materialize([ivinex_assets.tickets, ivinex_assets.activities], resources=stores, **scope)


def _bring_files(warehouse: Warehouse, settings: Settings, ivinex: IvinexResource) -> None:
    """As the asset of each day would."""
    days = warehouse.query("SELECT DISTINCT partition FROM ivinex.ticket_sweep")["partition"].tolist()
    download_pending(warehouse, files_of_days(warehouse, days, "pending"), Files.of(settings, ivinex))
    ivinex.close()


def _stores(home: Path) -> tuple[WarehouseResource, LedgerResource]:
    return (
        WarehouseResource(database=str(home / "warehouse.duckdb")),
        LedgerResource(url=f"sqlite:///{home / 'ledger.sqlite'}", account="test"),
    )
