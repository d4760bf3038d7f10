"""A job that runs other jobs in its own process, as the command does: under the same lock, and ended in order.

It belongs here: what such a job works with. It does not: what it runs (migration.py), and the frame of all jobs of one
op (operator_job.py).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg

from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.event_log_engines import cached_event_log_engines
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.migration_session import migration_session
from migration_assets.orchestration.operator_jobs.operator_job import told_plainly
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.orchestration.progress import progress_lines
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Signals
from migration_assets.run_resources import gorgias_of
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

LINE_SECONDS = 10.0


@contextmanager
def at_work(
    context: dg.OpExecutionContext,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    own_jobs: OwnJobs,
) -> Iterator[Migration]:
    """The migration, with progress in the log of this run. Expected errors end the run in plain words.

    Raises:
        dagster.Failure: a command or another such job is at work; names it.
    """
    with told_plainly(), ExitStack() as stack:
        chosen, open_ledger, say = settings.get(), ledger.get(), context.log.info
        home = dagster_home(chosen)
        stack.enter_context(cached_event_log_engines(context.instance))
        signals = stack.enter_context(Signals(say, in_run=True))
        runner = Runner(own_jobs.get(), context.instance, context.job_name, signals, parent=context.run_id)
        holder = f"the job {context.job_name} (run {context.run_id} of the UI)"
        stores = (open_ledger, warehouse.get())
        session = migration_session(home, holder, runner, *stores, chosen, say, gorgias_of(chosen))
        migration = stack.enter_context(session)
        stack.enter_context(progress_lines(open_ledger, LINE_SECONDS, say))
        yield migration
