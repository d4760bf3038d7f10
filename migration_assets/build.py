"""Puts the code location together: stages, jobs, resources.

It loads with no secret and no network: resources are made from the settings when a run asks for them
(run_resources.py), and what is missing is said then.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import dagster as dg

from migration_assets.asset_labels import labelled
from migration_assets.expected_failures import plain_failures
from migration_assets.jobs import jobs
from migration_assets.orchestration.location_process import during_run
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.orchestration.start_check import require_startable_once
from migration_assets.process_migrations import meant, settled
from migration_assets.run_config import without_config
from migration_assets.run_resources import run_resources
from migration_assets.schedules import schedules
from migration_assets.sensors import sensors
from migration_assets.settings import Settings
from migration_assets.shared_instance import OwnNames

STAGES = ("ivinex", "mapping", "staging", "gorgias", "reconciliation", "handoff")


def build_definitions(settings: Settings, *, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The whole code location.

    Args:
        settings: of the process; what of them the catalog shows (owners, the map's version), and the migration's
            name, which its keys and jobs bear where it has one.
        resources: overrides by name, for tests.
    """
    # Assets name their days when they are imported.
    with meant(settings.migration):
        # Of each stage the one module that holds its assets: looking into all of them took a third of the building.
        assets = dg.load_assets_from_modules([import_module(f"migration_assets.{stage}.assets") for stage in STAGES])
        # Dagster wants one object under one name, and so do several migrations in one code location.
        own_jobs, shared = _shared() if settled(settings.migration) else _shared.__wrapped__()
        # Where resources are given, the home is theirs and not that of the settings.
        before = {} if resources else {"before": require_startable_once}
        assets, names = plain_failures(labelled(assets, settings), **before), OwnNames(settings)
        definitions = dg.Definitions(
            assets=names.assets(assets),
            jobs=names.jobs(jobs(), assets),
            schedules=names.automations(schedules()),
            sensors=names.automations(sensors()),
            resources={**shared, **(resources or {})},
            # Six small assets took 2.1 s in one process and 12.1 s in six, and one pacer must see every request.
            executor=dg.in_process_executor,
        )
        own_jobs.are_of(settings.migration, definitions)
        return definitions


@cache
def _shared() -> tuple[OwnJobs, dict[str, Any]]:
    """What is made once for all migrations of a code location, and works for the one whose run it is."""
    own_jobs = OwnJobs()
    message = "the jobs of this code location, for a job that runs others"
    return own_jobs, {
        **run_resources(during_run),
        "own_jobs": without_config(lambda: own_jobs, message, during_run),
        "io_manager": dg.IOManagerDefinition(
            lambda _: dg.InMemoryIOManager(), config_schema={}, description="none: no step hands a value to another"
        ),
    }
