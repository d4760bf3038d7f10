"""The job override_gate: a closed gate opened by name, as `migrate gates override`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import decisions
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from resources.ledger.quality_gates import UNPARTITIONED


class OverrideGate(dg.Config):
    """Which gate, and who takes the responsibility."""

    check: str = Field(description="The check as the refused load names it, such as staging/tickets:schema.")
    partition: str = Field(UNPARTITIONED, description="The day, as YYYY-MM-DD; * for an asset without days.")
    by: str = by_field("Who takes the responsibility")
    reason: str = Field(description="Why the load may go on all the same.")


def open_gate(work: Work, config: OverrideGate) -> None:
    """Opens the gate until its check reports again."""
    partition = config.partition.strip() or UNPARTITIONED
    decisions.override_gate(work.ledger, config.check.strip(), partition, config.by, config.reason)
    told = f"{config.check} {partition} is opened by {config.by}: {config.reason}"
    work.end_with(told, {"check": config.check, "partition": partition})


override_gate = operator_job(
    "override_gate",
    open_gate,
    OverrideGate,
    "Opens a closed gate by name, with the reason, until its check reports again. First see whether the data can be "
    "repaired. The command: `migrate gates override CHECK PARTITION --by NAME --reason TEXT`.",
    then="the day again (the job migrate_range, or a backfill of migrate_day), or `migrate run`",
    needs=("ledger",),
)
