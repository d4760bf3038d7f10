"""The job migrate_range: the days of a period staged and loaded, as `migrate run` does after the preparation."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration.closed_gates import describe_gates
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, operator_job
from migration_assets.orchestration.signals import Interrupted
from migration_assets.settings import LoadOrder


class MigrateRange(dg.Config):
    """Which days; with nothing given, all that have tickets."""

    first: str | None = Field(None, description="First day, as YYYY-MM-DD. Left out: the first day with tickets.")
    last: str | None = Field(None, description="Last day, as YYYY-MM-DD. Left out: the last day with tickets.")
    order: LoadOrder | None = Field(
        None,
        description="Which tickets go first: open_first (open tickets of all days, then the newest days), newest or "
        "oldest. Left out: as the setting LOAD_ORDER says.",
    )
    all_days: bool = Field(
        False,
        description="true: also days of which nothing changed since they were loaded (records, map, checks, writes, "
        "and Gorgias's events of their objects). false: those are left out.",
    )


def migrate_days(work: Work, config: MigrateRange) -> None:
    """Stages and loads the days in runs of about a month, each recorded as a run of its own.

    Where nothing was prepared yet it is now, but for customers: each is written just before its first ticket.
    """
    with at_work(work) as migration:
        migration.confirmed_map()
        migration.require_same_schema()
        migration.order = config.order or migration.order
        migration.all_days = config.all_days
        try:
            if not migration.is_prepared():
                migration.prepare_definitions()
            moved = migration.days(config.first, config.last)
            if not config.first and not config.last:
                migration.remaining_customers()
        except Interrupted:
            raise Interrupted(migration.how_far()) from None
        code = Exit.GATE_CLOSED if migration.closed else Exit.BALANCED if moved.days else Exit.FAILED
        sentence = "\n".join(filter(None, (moved.sentence(), describe_gates(migration.closed))))
        work.end_with(sentence, {**moved.as_data(), "closed_gates": len(migration.closed)}, code)


migrate_range = operator_job(
    "migrate_range",
    migrate_days,
    MigrateRange,
    "Moves a whole period by one click, all of it if no day is given: stages and loads its days in runs of about a "
    "month (shown as runs of stage_days and load_days), with the checks of every day, and reports days without "
    "tickets as done. Open tickets of all days come first, then the newest days (the field `order`), each customer "
    "just before its first ticket; those that no ticket brought come last, where no day was given. Started without "
    "the job prepare, it prepares what is needed. "
    "A day that is as it was loaded is left out (the field `all_days` takes it too); a bad day stays closed and its "
    "neighbours go on. Ended halfway, the same job goes on. The command: `migrate run` (with discover and all that "
    "follows).",
    needs=AT_WORK,
)
