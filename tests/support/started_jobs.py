"""A job started as the launchpad starts it, on an instance of its own, and what its page would show of the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from migration_assets.asset_labels import map_version
from migration_assets.build import build_definitions
from migration_assets.orchestration.dagster_home import open_instance
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings

_BUILT: dict[tuple[Any, ...], dg.Definitions] = {}
"""Code locations by what of the settings they show: a build costs more than most of the jobs."""


@dataclass(frozen=True)
class Ended:
    """How a run of one op ended.

    Attributes:
        said: the failure in its own words; empty where it succeeded.
        numbers: metadata of the result, or of the failure.
    """

    success: bool
    said: str
    numbers: dict[str, Any]
    tags: dict[str, str]
    run_id: str


class StartedJobs:
    """The code location on one instance."""

    def __init__(self, instance: dg.DagsterInstance, resources: dict[str, Any] | None = None):
        self.instance = instance
        settings = load_settings()
        special = resources or settings.migration
        self.definitions = build_definitions(settings, resources=resources) if special else _built(settings)

    def start(self, job: str, **config: Any) -> Ended:
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, run_config=config, raise_on_error=False
        )
        said, metadata = "", {}
        for event in result.all_events:
            if event.is_step_failure:
                failure = event.step_failure_data.user_failure_data
                assert failure is not None, event.step_failure_data.error
                said, metadata = failure.description or "", failure.metadata
            elif event.is_successful_output:
                metadata = event.step_output_data.metadata
        run = self.instance.get_run_by_id(result.run_id)
        assert run is not None
        numbers = {name: value.value for name, value in metadata.items()}
        return Ended(result.success, said, numbers, dict(run.tags), result.run_id)

    def runs_inside(self, ended: Ended) -> list[dg.DagsterRun]:
        """The runs that this one executed, oldest first."""
        found = self.instance.get_runs(dg.RunsFilter(tags={"migrate/parent_run": ended.run_id}))
        return list(reversed(list(found)))


def _built(settings: Settings) -> dg.Definitions:
    shown = (map_version(settings.home), *settings.owners)
    if shown not in _BUILT:
        _BUILT[shown] = build_definitions(settings)
    return _BUILT[shown]


@contextmanager
def started_jobs(resources: dict[str, Any] | None = None) -> Iterator[StartedJobs]:
    """On the instance of the environment's settings."""
    with open_instance(load_settings()) as instance:
        yield StartedJobs(instance, resources)
