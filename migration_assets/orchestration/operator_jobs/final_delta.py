"""The job final_delta: the cutover's last delta, as `migrate delta --final`."""

import dagster as dg

from migration_assets.orchestration import delta
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class FinalDelta(dg.Config):
    """Who orders the cutover."""

    by: str = by_field("Who orders the cutover")


def carry_over_for_good(work: Work, config: FinalDelta) -> None:
    """Reads Ivinex once more, carries over what changed, proves it, and records the cutover with who ordered it."""
    with at_work(work) as migration:
        done, result = delta.final_delta(migration, config.by)
        balanced = "The outcomes balance, and all that was written is as it was sent."
        told = f"{done.sentence()} {result.sentence() or balanced}"
        work.end_with(told, {**done.as_numbers(), **result.as_numbers()}, result.exit_code)


final_delta = operator_job(
    "final_delta",
    carry_over_for_good,
    FinalDelta,
    "The last delta, after Ivinex was frozen: refused, with the reasons, unless every gate is open and every day was "
    "verified lately; then reads Ivinex again, carries over what changed, reads that back, writes the report, and "
    "records the cutover by name. docs/cutover.md is the run book. The command: `migrate delta --final --by NAME`.",
    needs=AT_WORK,
)
