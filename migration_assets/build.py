"""Puts the code location together: stages, jobs, resources.

It loads with no secret and no network: resources are made from the settings when a run asks for them
(run_resources.py), and what is missing is said then.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import dagster as dg

from migration_assets.asset_labels import labelled
from migration_assets.expected_failures import plain_failures
from migration_assets.jobs import jobs
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.orchestration.start_check import require_startable_once
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
    # Of each stage the one module that holds its assets: looking into all of them took a third of the building.
    assets = dg.load_assets_from_modules([import_module(f"migration_assets.{stage}.assets") for stage in STAGES])
    own_jobs = OwnJobs()
    # Where resources are given, the home is theirs and not that of the settings.
    before = {} if resources else {"before": require_startable_once}
    assets, names = plain_failures(labelled(assets, settings), **before), OwnNames(settings)
    definitions = dg.Definitions(
        assets=names.assets(assets),
        jobs=names.jobs(jobs(), assets),
        schedules=names.automations(schedules()),
        sensors=names.automations(sensors()),
        resources={
            **run_resources(),
            "own_jobs": without_config(lambda: own_jobs, "the jobs of this code location, for a job that runs others"),
            "io_manager": dg.IOManagerDefinition(
                lambda _: dg.InMemoryIOManager(), config_schema={}, description="none: no step hands a value to another"
            ),
            **(resources or {}),
        },
        # Six small assets took 2.1 s in one process and 12.1 s in six, and one pacer must see every request.
        executor=dg.in_process_executor,
    )
    return own_jobs.are_of(definitions)
