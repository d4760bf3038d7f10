"""The job final_delta: the cutover's last delta, as `migrate delta --final`."""

import dagster as dg

from migration_assets.orchestration import delta
from migration_assets.orchestration.operator_jobs.at_work import at_work
from migration_assets.orchestration.operator_jobs.operator_job import by_field, end_with, operator_job, tag_who
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class FinalDelta(dg.Config):
    """Who orders the cutover."""

    by: str = by_field("Who orders the cutover")


@dg.op
def carry_over_for_good(
    context: dg.OpExecutionContext,
    config: FinalDelta,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    own_jobs: dg.ResourceParam[OwnJobs],
) -> None:
    """Reads Ivinex once more, carries over what changed, proves it, and records the cutover with who ordered it."""
    with at_work(context, settings, ledger, warehouse, own_jobs) as migration:
        tag_who(context, config.by)
        done, result = delta.final_delta(migration, config.by)
        balanced = "The outcomes balance, and all that was written is as it was sent."
        told = f"{done.sentence()} {result.sentence() or balanced}"
        end_with(context, result.exit_code, told, {**done.as_numbers(), **result.as_numbers()})


final_delta = operator_job(
    "final_delta",
    carry_over_for_good,
    FinalDelta,
    "The last delta, after Ivinex was frozen: refused, with the reasons, unless every gate is open and every day was "
    "verified lately; then reads Ivinex again, carries over what changed, reads that back, writes the report, and "
    "records the cutover by name. docs/cutover.md is the run book. The command: `migrate delta --final --by NAME`.",
)
