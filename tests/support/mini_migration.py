"""A whole migration of a few tickets in about two seconds: real servers, assets, checks, gate and ledger.

What is left out is Dagster's engine: each asset's function is called directly, in the order of the asset graph, with
a stand-in for the context, because two runs of the engine cost more than the migration itself. The engine has tests
of its own (tests/migration_assets/orchestration, tests/ui, test_hostile_profile.py).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from called_assets import call, checks_in, context_of, function_of
from decided_points import decide_all_points
from pydantic import PrivateAttr

from checks.quality_gates import closed
from migration_assets.build import build_definitions
from migration_assets.gorgias.preflight.loading import DELTA_TAG
from migration_assets.jobs import DAILY_LOAD, DAILY_SOURCE, DAILY_STAGING, DAILY_VERIFY
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE, confirm
from migration_assets.orchestration.files_ahead import FilesAhead
from migration_assets.orchestration.migration import STAGED
from migration_assets.reconciliation.balance.balance import BalanceRow, calculate_balance, totals
from migration_assets.run_resources import run_resources
from migration_assets.settings import Settings, Target
from migration_assets.settings_resource import SettingsResource
from migration_assets.settings_source import load_settings
from resources.gorgias.resource import GorgiasResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import WarehouseResource
from sandbox.generator.generate import generate_dataset
from sandbox.gorgias.canonical import state
from sandbox.gorgias.control import outbox
from sandbox.serve import Running, running

TICKETS, DAYS, SEED = 10, 4, 3
ALLOWANCE = 400_000
_RECORDS = ("organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
SETTING_PREFIXES = ("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")


class CheckFailed(Exception):
    """A blocking check said no, which ends a Dagster run as well."""


@dataclass
class Outcome:
    """How one migration ended.

    Attributes:
        state: the account, canonical (`GET /_sandbox/state?canonical=1`).
        books: one row per object; [] when it stopped before there were any.
        differences: rows of reconciliation.differences after the load.
        outbox: what Gorgias would have sent, `mails` and `undeliverable`.
        stopped: the error that ended it, or None.
        records: tickets and customers in the account that are not the canary's.
        conflicts, quarantine: of the ledger, as rows.
        closed: gates that kept days from being loaded.
    """

    state: dict[str, Any] = field(default_factory=dict)
    books: list[BalanceRow] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    outbox: dict[str, Any] = field(default_factory=dict)
    stopped: Exception | None = None
    records: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> str:
        """Everything that a reader would look at to understand why it is not like the others."""
        lines = [f"stopped: {type(self.stopped).__name__}: {self.stopped}" if self.stopped else "not stopped"]
        for name in ("conflicts", "quarantine", "closed", "differences"):
            lines += [f"{name}: {row}" for row in getattr(self, name)[:3]]
        return "\n".join(lines)


class FixedSettings(SettingsResource):
    """Settings of a test instead of the environment's."""

    values: dict[str, Any]
    _read: tuple[dict[str, Any], Settings] | None = PrivateAttr(default=None)

    def get(self) -> Settings:
        if self._read is None or self._read[0] != self.values:
            self._read = dict(self.values), Settings.model_validate(self.values)
        return self._read[1].guard_texts()


@dataclass
class MiniMigration:
    """One migration of one served dataset; the phases are those of orchestration/migration.py."""

    sandbox: Running
    home: Path
    options: dict[str, Any] = field(default_factory=dict)
    run_number: int = 0
    results: dict[str, dg.AssetCheckResult] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """Of every run, such as those of a command that drives them."""

    def __post_init__(self) -> None:
        email, key = self.sandbox.gorgias_auth
        user, password = self.sandbox.ivinex_auth
        self.resources: dict[str, Any] = {
            "warehouse": WarehouseResource(database=str(self.home / "warehouse.duckdb")),
            "ledger": LedgerResource(url=f"sqlite:///{self.home / 'ledger.sqlite'}", account="demo:sandbox"),
            "settings": FixedSettings(
                values={
                    "MIGRATION_HOME": str(self.home),
                    "MIGRATION_TARGET": str(Target.demo),
                    "ivinex_base_url": self.sandbox.ivinex_url,
                    "ivinex_username": user,
                    "ivinex_password": password,
                    "ivinex_timezone": self.options.get("time_zone", "America/Denver"),
                    "MIGRATION_START_DATE": self.options.get("start_date", "2015-01-01"),
                    "gorgias_base_url": self.sandbox.gorgias_url,
                    "gorgias_email": email,
                    "gorgias_api_key": key,
                }
                | {"ivinex_site": self.options.get("site", "")}
                | {name: self.options[name] for name in ("files", "file_max_bytes") if name in self.options}
            ),
            "ivinex": IvinexResource(
                **{
                    "base_url": self.sandbox.ivinex_url,
                    "username": user,
                    "password": password,
                    "requests_per_second": 100_000,
                    "ledger_url": f"sqlite:///{self.home / 'ledger.sqlite'}",
                    "account": "demo:sandbox",
                }
                | self._given("ivinex_"),
            ),
            "gorgias": GorgiasResource(
                **{"base_url": self.sandbox.gorgias_url, "email": email, "api_key": key}
                | {"ledger_url": f"sqlite:///{self.home / 'ledger.sqlite'}", "account": "demo:sandbox"}
                | {"site": self.options.get("site", "")}
                | {"allowance": ALLOWANCE, "settling": 0.5, "lease": 2, "timeout": 5}
                | self._given("gorgias_"),
            ),
        }

    def _given(self, prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in self.options.items() if name.startswith(prefix)}

    @property
    def ledger(self) -> Ledger:
        return self.resources["ledger"].get()

    @property
    def warehouse(self) -> Any:
        return self.resources["warehouse"].get()

    def discover(self) -> None:
        """Room 1 and the proposal, then the confirmation of the map as it is."""
        self.run(_selected("discover"))
        confirm(self.home, self.ledger, self.warehouse, "test")
        if self.options.get("decided", True):
            decide_all_points(self.resources["gorgias"].reader, self.ledger, self.warehouse)

    def bring_files(self) -> None:
        """As a load does ahead of its days; their addresses name this server, and a copy of the home meets another."""
        settings, ivinex = self.resources["settings"].get(), self.resources["ivinex"]
        days = [row["partition"] for row in self.warehouse.rows("SELECT DISTINCT partition FROM ivinex.ticket_sweep")]
        FilesAhead(settings, self.warehouse, lambda: ivinex, print).fetch(days)

    def load(self, verified: bool = True) -> list[dict[str, Any]]:
        """All that follows the confirmation. Returns the gates that kept days closed.

        Args:
            verified: read back and compared as well.
        """
        days = self.stage()
        shut = closed(self.ledger, list(STAGED), days)
        self.load_days([day for day in days if day not in set(shut["partition"])])
        if verified:
            self.verify()
        return shut.to_dict("records")

    def load_days(self, days: list[str]) -> None:
        """Of days that are staged."""
        self.run(_keys(DAILY_LOAD), days)

    def stage(self) -> list[str]:
        """All that comes before the load. Returns the days."""
        self.run(_selected("prepare"))
        rows = self.warehouse.rows("SELECT DISTINCT partition FROM ivinex.ticket_sweep WHERE partition <> 'none'")
        days = sorted(row["partition"] for row in rows)
        self.run(_keys(DAILY_SOURCE | DAILY_STAGING), days)
        return days

    def delta(self) -> dict[str, tuple[int, str]]:
        """What orchestration/delta.py does, without the report. Returns the days that were loaded again."""
        for job in ("discover", "prepare", "find_changes"):
            self.run(_selected(job), delta=True)
        days = self.ledger.changes.changed_days()
        if days:
            self.run(_keys(DAILY_SOURCE | DAILY_STAGING), list(days))
            self.run(_keys(DAILY_LOAD), list(days), delta=True)
            self.run(_selected("find_changes"))
        return days

    def job(self, name: str) -> None:
        """All assets of a job without days, and their checks."""
        self.run(_selected(name))

    def verify(self) -> None:
        """The sweep, the second pass, and every loaded day read back and compared; `check` tells what they mean."""
        self.run([*_selected("second_pass"), *_selected("verify")])
        rows = self.ledger.outcomes.outcomes_of("tickets")
        loaded = rows[rows["outcome"].isin(["created", "adopted"])]
        self.run(_keys(DAILY_VERIFY), sorted(set(loaded["partition"])))

    def check(self) -> dict[str, dg.AssetCheckResult]:
        """Gate name -> newest result of the checks that follow a verification, of all its days together."""
        return {name: result for name, result in self.results.items() if name.startswith("reconciliation/")}

    def run(
        self,
        keys: list[dg.AssetKey],
        days: list[str] | None = None,
        delta: bool = False,
        tags: dict[str, str] | None = None,
    ) -> None:
        """Call the assets as one run would; each reports its own checks.

        Args:
            delta: as a run that carries changes over.
            tags: of the run, which may tell what of a day it writes.

        Raises:
            CheckFailed: a blocking check of an asset without days failed.
        """
        self.run_number += 1
        context = context_of(
            f"run-{self.run_number}", days or [], self.tags | (tags or {}) | ({DELTA_TAG: "yes"} if delta else {})
        )
        assets, blocking = _graph()
        called: set[Any] = set()
        try:
            for key in keys:
                if assets[key] in called:
                    continue
                called.add(assets[key])
                for result in checks_in(call(assets[key], context, self.resources)):
                    name = f"{(result.asset_key or key).to_user_string()}:{result.check_name}"
                    self.results[name] = result
                    if not result.passed and days is None and name in blocking:
                        raise CheckFailed(f"{name}: {result.description}")
        finally:
            self.resources["gorgias"].close()

    def close(self) -> None:
        for resource in self.resources.values():
            if hasattr(resource, "teardown_after_execution"):
                resource.teardown_after_execution(None)


@contextmanager
def mini_migration(
    dataset: Path,
    home: Path,
    *,
    switches: dict[str, Any] | None = None,
    faults: list[dict[str, Any]] | None = None,
    ports: tuple[int, int] = (0, 0),
    state_file: Path | None = None,
    **options: Any,
) -> Iterator[MiniMigration]:
    """Serve a copy of the dataset with these switches and connect a migration in `home`.

    Args:
        switches: `A-nn` for the Ivinex site, `G-nn` for the Gorgias account.
        ports, state_file: of the servers, for a home that has met them before.
        options: `ivinex_...` and `gorgias_...` settings of the resources, `time_zone`, `start_date`, `files`,
            `file_max_bytes`, and `site`, what external ids hold.
    """
    home.mkdir(exist_ok=True)
    served = _with_switches(dataset, home / "dataset", switches or {})
    if not (home / "admin_exports").exists():
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with running(
        served, rate=f"{ALLOWANCE}/20", ivinex_rate=None, faults=faults, ports=ports, state_file=state_file
    ) as sandbox:
        migration = MiniMigration(sandbox, home, options)
        # DuckDB shares an open database within a process; without this, each of 200 batches would open the file anew.
        with migration.warehouse.held():
            try:
                yield migration
            finally:
                migration.close()


def whole(migration: MiniMigration, *, discover: bool = True) -> Outcome:
    """Everything once, from the source to the walk, however it ends."""
    outcome = Outcome()
    try:
        if discover:
            migration.discover()
        outcome.closed = migration.load()
    except Exception as error:
        outcome.stopped = error
    look(migration, outcome)
    return outcome


def look(migration: MiniMigration, outcome: Outcome) -> None:
    """What is there now: in the account, in the books, in the outbox."""
    account, store, ledger = migration.sandbox.gorgias, migration.warehouse, migration.ledger
    outcome.state = json.loads(state(account, canonical=True))
    outcome.outbox = outbox(account)
    records = [*outcome.state["tickets"], *outcome.state["customers"]]
    outcome.records = sum(not str(row["external_id"]).startswith("ivinex:canary") for row in records)
    outcome.conflicts = ledger.conflicts.conflict_rows().to_dict("records")
    outcome.quarantine = ledger.quarantine.rows().to_dict("records")
    if outcome.stopped is None:
        outcome.differences = store.rows(
            "SELECT object, field, kind, source_id, gorgias_id, detail FROM reconciliation.differences ORDER BY ALL"
        )
        outcome.books = totals(calculate_balance(ledger, store, mapping_file.load(migration.home / FILE)))


def inputs(migration: MiniMigration) -> str:
    """A digest of all that staging and load read of the source: records, links, fields, users, roles, the map.

    Two migrations with equal inputs differ in nothing after discovery but the account they write to.
    """
    store = migration.warehouse
    told = [
        store.rows(f"SELECT {columns} FROM ivinex.{table} ORDER BY ALL")
        for table, columns in (
            *((name, "source_id, content_hash, partition") for name in _RECORDS),
            ("links", "from_source_id, to_source_id, role"),
            ("mentions", "source_id, content_hash, name, claimed_type, claimed_size"),
            ("downloads", "source_id, status, sha256"),
            ("tabs", "collection_type_id, tab, role"),
            ("fields", "* EXCLUDE (position)"),
            ("users", "*"),
            ("groups", "*"),
        )
    ]
    mapping = (migration.home / FILE).read_text(encoding="utf-8")
    return hashlib.sha256((repr(told) + mapping).encode()).hexdigest()


def dataset_of(folder: Path, tickets: int = TICKETS, profile: str = "typical", seed: int = SEED) -> Path:
    """A tiny dataset: ten tickets in four days, every kind of activity among them."""
    generate_dataset(folder, tickets=tickets, seed=seed, days=DAYS, profile=profile)
    return folder


@contextmanager
def clean_environment(**settings: str) -> Iterator[None]:
    """No setting of the machine that runs the tests, and these instead."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(SETTING_PREFIXES):
            del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _link(source: str, target: str) -> None:
    """A hard link; a copy where the two are on different file systems."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _with_switches(dataset: Path, served: Path, switches: dict[str, Any]) -> Path:
    """A copy of the dataset with the switches in site.json and gorgias.json; the large files are hard links."""
    shutil.copytree(dataset, served, copy_function=_link)
    for name, letter in (("site.json", "A"), ("gorgias.json", "G")):
        content = json.loads((dataset / name).read_text(encoding="utf-8"))
        chosen = {key: value for key, value in switches.items() if key.startswith(letter)}
        content["switches"] = {**content.get("switches", {}), **chosen}
        (served / name).unlink()
        (served / name).write_text(json.dumps(content), encoding="utf-8")
    return served


@cache
def _definitions() -> dg.Definitions:
    with clean_environment():
        # Each test gives resources of its own, so the home is theirs and not that of the settings.
        return build_definitions(load_settings(), resources=run_resources())


@cache
def _graph() -> tuple[dict[dg.AssetKey, Any], set[str]]:
    """Asset key -> its function (one for several keys of a multi-asset); and the names of the blocking checks."""
    assets: dict[dg.AssetKey, Any] = {}
    blocking: set[str] = set()
    definitions = _definitions()
    for one in definitions.assets or ():
        if isinstance(one, dg.AssetsDefinition):
            assets.update(dict.fromkeys(one.keys, function_of(one)))
            blocking |= {f"{c.asset_key.to_user_string()}:{c.name}" for c in one.check_specs if c.blocking}
    return assets, blocking


@cache
def _in_order() -> list[dg.AssetKey]:
    return list(_definitions().resolve_asset_graph().toposorted_asset_keys)


def _keys(selection: dg.AssetSelection) -> list[dg.AssetKey]:
    chosen = selection.resolve(_definitions().resolve_asset_graph())
    return [key for key in _in_order() if key in chosen]


@cache
def _selected(job: str) -> list[dg.AssetKey]:
    chosen = _definitions().resolve_job_def(job).asset_layer.executable_asset_keys
    return [key for key in _in_order() if key in chosen]
