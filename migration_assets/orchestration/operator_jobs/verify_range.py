"""The job verify_range: what is in Gorgias read back and compared, as `migrate verify`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, operator_job
from migration_assets.orchestration.verification_summary import Verified


class VerifyRange(dg.Config):
    """Which days; with nothing given, all that were loaded."""

    first: str | None = Field(None, description="First day, as YYYY-MM-DD. Left out: the first day that was loaded.")
    last: str | None = Field(None, description="Last day, as YYYY-MM-DD. Left out: the last day that was loaded.")
    everything: bool = Field(
        True,
        description="true: all of it anew, as `migrate verify`. false: only what was not verified since it was "
        "written, or more than a day ago.",
    )


def verify_loaded_days(work: Work, config: VerifyRange) -> None:
    """Plans the load again, reads back what is there, and compares it; each in runs of their own."""
    with at_work(work) as migration:
        if not migration.loaded_per_day():
            work.end_with(f"Nothing can be read back: no ticket is in Gorgias. {LOAD}", {}, Exit.GATE_CLOSED)
        migration.verify(config.everything, config.first, config.last)
        verified = Verified.of(migration)
        agrees = verified.as_written and not verified.since
        told = "All that was written was read back, and every field agrees" if agrees else verified.sentence()
        code = Exit.BALANCED if agrees else Exit.NOT_BALANCED
        work.end_with(f"{told}.{'' if agrees else _WHERE}", verified.as_numbers(), code)


LOAD = "Start the jobs prepare and migrate_range first; the command `migrate run` does it by itself."
_WHERE = (
    " The checks of reconciliation/second_pass, reconciliation/comparison and reconciliation/target_sweep name the "
    "days and fields; the command `migrate verify` lists them. What was never written, migrate_range writes."
)

verify_range = operator_job(
    "verify_range",
    verify_loaded_days,
    VerifyRange,
    "Verifies a whole period by one click, all of it if no day is given: the load planned again (second_pass), users, "
    "fields, tags and customers (verify), and every ticket of the days (verify_days), in runs of about a month. Writes "
    "nothing to Gorgias; fails where anything differs. The command: `migrate verify`.",
    needs=AT_WORK,
)
