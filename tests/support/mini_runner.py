"""Runs a job's assets without Dagster's engine, for what drives jobs: orchestration over a MiniMigration.

It belongs here: calling the assets of a job in their order. It does not: the order of jobs (orchestration/).
"""

from collections.abc import Sequence

import dagster as dg
from mini_migration import MiniMigration, _keys, _selected

from migration_assets.day_ranges import DayRange
from migration_assets.gorgias.load_scope import OPEN_TAG, ORDER_TAG
from migration_assets.gorgias.preflight.loading import DELTA_TAG
from migration_assets.gorgias.sample_scope import SAMPLE_TAG
from migration_assets.jobs import DAILY_LOAD, DAILY_SOURCE, DAILY_STAGING, DAILY_VERIFY
from migration_assets.orchestration.deciding_settings import deciding_settings
from migration_assets.orchestration.migration import Migration
from migration_assets.settings import LoadOrder

_DAILY = {"stage_days": DAILY_SOURCE | DAILY_STAGING, "load_days": DAILY_LOAD, "verify_days": DAILY_VERIFY}


class MiniRunner:
    """What orchestration needs of a runner."""

    def __init__(self, mini: MiniMigration, instance: dg.DagsterInstance | None = None):
        self.mini, self.run_ids = mini, list[str]()
        self.runs = list[tuple[str, list[str]]]()
        self.instance = instance or dg.DagsterInstance.ephemeral()
        self.delta = self.sample = self.open_tickets = False
        self.order = LoadOrder.open_first

    def run(self, job: str, days: DayRange | None = None, only: Sequence[dg.AssetKey] | None = None) -> None:
        keys = _keys(_DAILY[job]) if job in _DAILY else _selected(job)
        keys = [key for key in keys if only is None or key in only]
        self.mini.run(keys, days.days if days else None, tags=self._tags())
        for key in keys if days else ():
            for day in days.days if days else ():
                self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=day))
        self.run_ids.append(f"run-{self.mini.run_number}")
        self.runs.append((job, days.days if days else []))

    def own_keys(self, keys: Sequence[dg.AssetKey]) -> list[dg.AssetKey]:
        return list(keys)

    def _tags(self) -> dict[str, str]:
        given = {DELTA_TAG: self.delta, SAMPLE_TAG: self.sample, OPEN_TAG: self.open_tickets}
        return {name: "yes" for name, on in given.items() if on} | {ORDER_TAG: str(self.order)}


def migration_of(mini: MiniMigration, instance: dg.DagsterInstance | None = None) -> Migration:
    """The order of a migration over these assets, with what the UI shows in this instance."""
    settings = mini.resources["settings"].get()
    return Migration(
        MiniRunner(mini, instance),  # type: ignore[arg-type]
        mini.warehouse,
        mini.ledger,
        mini.home,
        decides=deciding_settings(settings),
        reader=lambda: mini.resources["gorgias"].reader,
    )
