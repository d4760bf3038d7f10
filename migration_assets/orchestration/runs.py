"""Runs one Dagster job in this process, recorded on the instance like a run of the UI.

It belongs here: tags, ranges, silence of Dagster's console logger, and turning a failed run into one error that a
person can read. It does not: which jobs run and in what order (orchestration/migration.py).
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from checks.quality_gates import GATE_CLOSED
from migration_assets.day_ranges import DayRange
from migration_assets.expected_failures import ERROR
from migration_assets.gorgias.load_scope import OPEN_TAG, ORDER_TAG
from migration_assets.gorgias.preflight.loading import DELTA_TAG
from migration_assets.gorgias.sample_scope import SAMPLE_TAG
from migration_assets.orchestration import pool_wait
from migration_assets.orchestration.day_sets import without_days
from migration_assets.orchestration.home_id import home_id
from migration_assets.orchestration.signals import Interrupted, Signals
from migration_assets.orchestration.step_output import printed_here
from migration_assets.own_names import MIGRATION_TAG, own_name, own_path, plain_step
from migration_assets.run_tags import COMMAND_TAG, DAYS_TAG, FILES_TAG, HOME_TAG, ID_TAG, PARENT_TAG
from migration_assets.settings import LoadOrder
from resources.warehouse.instance import lingering

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

_WRAPPERS = {"DagsterExecutionStepExecutionError", "Failure"}
CHECK_FAILED = "DagsterAssetCheckFailedError"
_INTERRUPTS = {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}


class RunFailed(Exception):
    """A run ended in failure; the text is what its first failed step said.

    Attributes:
        step: asset or check that failed, e.g. `gorgias/users`; empty where the run failed around its steps.
        causes: class names of the error and of what caused it, outermost first; of an expected failure first the
            name that it says itself (expected_failures.py).
        gate_closed: a load was refused by checks/quality_gates.py.
        stack: Dagster's whole account, for --verbose.
    """

    def __init__(
        self,
        job: str,
        run_id: str,
        message: str,
        step: str = "",
        causes: Sequence[str] = (),
        gate_closed: bool = False,
        stack: str = "",
    ):
        super().__init__(message)
        self.job, self.run_id, self.step, self.causes = job, run_id, step, causes
        self.gate_closed, self.stack = gate_closed, stack

    @property
    def check_failed(self) -> bool:
        """A blocking asset check said no, after its asset was materialized."""
        return CHECK_FAILED in self.causes


@dataclass
class Runner:
    """Executes jobs of one command and remembers their run ids.

    Attributes:
        command: what the user typed, or the job that was started in the UI, for the tag.
        delta: its runs carry changes over, beside a shop at work.
        sample: its runs write the sample's records only.
        migration: its name, where it is one of several.
        open_tickets: its runs load the open tickets of their days only.
        files_of_some: its runs stage days of which only some tickets are loaded now.
        order: which days of a run go first.
        parent: run of the UI that these runs belong to, if any.
        home: DAGSTER_HOME whose lock this process holds meanwhile.
        still_ours: raises where another runner has taken the account over; asked around each run.
        seconds: job -> time spent in its runs, Dagster's own bookkeeping included.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    command: str
    signals: Signals
    verbose: bool = False
    parent: str = ""
    home: Path | None = None
    still_ours: Callable[[], None] = lambda: None
    delta: bool = False
    sample: bool = False
    migration: str = ""
    open_tickets: bool = False
    files_of_some: bool = False
    order: LoadOrder = LoadOrder.open_first
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    run_ids: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def run(
        self, job: str, days: DayRange | None = None, only: Sequence[dg.AssetKey] | None = None
    ) -> dg.ExecuteInProcessResult:
        """Run a job to its end, over one day, a range or a set of days where it is partitioned.

        Args:
            only: of its assets.

        Raises:
            RunFailed: a step failed.
            Interrupted: the command was asked to end; what was in flight has come home.
        """
        self.signals.check()
        self.still_ours()
        pool_wait.install()
        run_id = str(uuid.uuid4())
        self.signals.on_request = lambda: self._cancel(run_id)
        self.run_ids.append(run_id)
        tags = {ID_TAG: self.id, COMMAND_TAG: self.command} | ({PARENT_TAG: self.parent} if self.parent else {})
        if self.home is not None:
            tags[HOME_TAG] = home_id(self.home)
        tags |= {MIGRATION_TAG: self.migration} if self.migration else {}
        tags |= {DELTA_TAG: "yes"} if self.delta else {}
        tags |= {SAMPLE_TAG: "yes"} if self.sample else {}
        tags |= {OPEN_TAG: "yes"} if self.open_tickets else {}
        tags |= {FILES_TAG: "yes"} if self.files_of_some else {}
        tags |= {ORDER_TAG: str(self.order)}
        single = days.first if days is not None and days.first == days.last else None
        if days is not None and single is None:
            tags |= {RANGE_START_TAG: days.first, RANGE_END_TAG: days.last}
            tags |= {DAYS_TAG: ", ".join(days.days)} if days.left_out else {}
        started = time.monotonic()
        console = {"log_level": "DEBUG" if self.verbose else "CRITICAL"}
        try:
            with printed_here(self.instance), without_days(days.left_out if days else ()), lingering():
                result = self.definitions.resolve_job_def(own_name(self.migration, job)).execute_in_process(
                    instance=self.instance,
                    run_id=run_id,
                    partition_key=single,
                    asset_selection=None if only is None else self.own_keys(only),
                    tags=tags,
                    run_config={"loggers": {"console": {"config": console}}},
                    raise_on_error=False,
                )
        except KeyboardInterrupt:
            raise Interrupted from None
        finally:
            self.seconds[job] = self.seconds.get(job, 0.0) + time.monotonic() - started
        failure = None if result.success else _failure(job, self.migration, result)
        if isinstance(failure, Interrupted):
            self._canceled(run_id)
        self.signals.check()
        if not failure:
            self.still_ours()
        if failure:
            raise failure
        return result

    def own_keys(self, keys: Sequence[dg.AssetKey]) -> list[dg.AssetKey]:
        """As they are called in the instance."""
        return [dg.AssetKey(own_path(self.migration, key.path)) for key in keys]

    def _cancel(self, run_id: str) -> None:
        """Dagster ends a run that it was told of as canceled; any other that is interrupted has failed for it."""
        run = self.instance.get_run_by_id(run_id)
        if run is not None and run.status is dg.DagsterRunStatus.STARTED:
            self.instance.report_run_canceling(run, "An end was asked for: requests in flight come home first.")

    def _canceled(self, run_id: str) -> None:
        """For where the run had ended before Dagster was told."""
        run = self.instance.get_run_by_id(run_id)
        if run is not None and run.status is not dg.DagsterRunStatus.CANCELED:
            self.instance.report_run_canceled(run)


def _failure(job: str, migration: str, result: dg.ExecuteInProcessResult) -> Exception:
    """The first failed step's own words: the description of a dg.Failure, or the innermost error."""
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        error = data.error
        failure = data.user_failure_data
        said = failure.metadata if failure else {}
        causes = ([str(said[ERROR].value)] if ERROR in said else []) + _chain(error)
        if _INTERRUPTS & set(causes):
            return Interrupted()
        return RunFailed(
            job,
            result.run_id,
            (failure.description if failure else None) or _words(error),
            plain_step(migration, event.step_key or ""),
            causes,
            gate_closed=GATE_CLOSED in said,
            stack=error.to_string() if error else "",
        )
    around = next((event.message for event in result.all_events if event.is_job_failure), "")
    return RunFailed(job, result.run_id, around or "the run failed without saying why")


def _chain(error: object) -> list[str]:
    names = []
    while error is not None:
        names.append(str(getattr(error, "cls_name", "")))
        error = getattr(error, "cause", None)
    return names


def _words(error: object) -> str:
    """The message of the error below Dagster's wrappers, without the name of its class."""
    while getattr(error, "cls_name", "") in _WRAPPERS and getattr(error, "cause", None) is not None:
        error = error.cause  # type: ignore[attr-defined]
    message = str(getattr(error, "message", "no error was recorded")).strip()
    name, colon, rest = message.partition(": ")
    return rest.strip() if colon and name.rsplit(".", 1)[-1] == getattr(error, "cls_name", "") else message
