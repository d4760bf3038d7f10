"""A job that runs other jobs in its own process, as the command does: under the same lock, and ended in order.

It belongs here: what such a job works with. It does not: what it runs (migration.py), and the frame of all jobs of one
op (operator_job.py).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.event_log_engines import cached_event_log_engines
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.migration_session import migration_session
from migration_assets.orchestration.operator_jobs.operator_job import Work
from migration_assets.orchestration.progress import progress_lines
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.signals import Signals
from migration_assets.own_names import plain_name
from migration_assets.run_resources import gorgias_of

LINE_SECONDS = 10.0
AT_WORK = ("settings", "ledger", "warehouse", "own_jobs")
"""What a job needs for it."""


@contextmanager
def at_work(
    work: Work,
) -> Iterator[Migration]:
    """The migration, with progress in the log of this run; the job needs AT_WORK.

    Raises:
        CommandRunning: a command or another such job is at work; names it.
    """
    context, say = work.context, work.say
    with ExitStack() as stack:
        chosen, open_ledger = work.settings, work.ledger
        home = dagster_home(chosen)
        stack.enter_context(cached_event_log_engines(context.instance))
        signals = stack.enter_context(Signals(say, in_run=True))
        job = plain_name(chosen.migration, context.job_name)
        runner = Runner(context.resources.own_jobs.get(), context.instance, job, signals, parent=context.run_id)
        runner.migration = chosen.migration
        stores = (open_ledger, work.warehouse)
        session = migration_session(home, work.holder, runner, *stores, chosen, say, gorgias_of(chosen))
        migration = stack.enter_context(session)
        stack.enter_context(progress_lines(open_ledger, LINE_SECONDS, say))
        yield migration
