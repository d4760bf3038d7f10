"""The job override_gate: a closed gate opened by name, as `migrate gates override`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import decisions
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who, told_plainly
from resources.ledger import LedgerResource
from resources.ledger.quality_gates import UNPARTITIONED


class OverrideGate(dg.Config):
    """Which gate, and who takes the responsibility."""

    check: str = Field(description="The check as the refused load names it, such as staging/tickets:schema.")
    partition: str = Field(UNPARTITIONED, description="The day, as YYYY-MM-DD; * for an asset without days.")
    by: str = by_field("Who takes the responsibility")
    reason: str = Field(description="Why the load may go on all the same.")


@dg.op
def open_gate(context: dg.OpExecutionContext, config: OverrideGate, ledger: LedgerResource) -> None:
    """Opens the gate until its check reports again."""
    with told_plainly():
        tag_who(context, config.by, config.reason)
        partition = config.partition.strip() or UNPARTITIONED
        decisions.override_gate(ledger.get(), config.check.strip(), partition, config.by, config.reason)
    context.log.info(f"{config.check} {partition} is opened by {config.by}: {config.reason}")
    context.add_output_metadata({"check": config.check, "partition": partition})


override_gate = operator_job(
    "override_gate",
    open_gate,
    OverrideGate,
    "Opens a closed gate by name, with the reason, until its check reports again. First see whether the data can be "
    "repaired. The command: `migrate gates override CHECK PARTITION --by NAME --reason TEXT`.",
    then="the day again (the job migrate_range, or a backfill of migrate_day), or `migrate run`",
)
