"""The job export_since: what was done in Gorgias since the load, as `migrate export-since`."""

import dagster as dg

from migration_assets.orchestration import export_since as orchestration
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.operator_job import end_with, operator_job, told_plainly
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class ExportSince(dg.Config):
    """Nothing is asked."""


@dg.op(pool="gorgias_api")
def export_work(
    context: dg.OpExecutionContext,
    config: ExportSince,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    gorgias: GorgiasResource,
) -> None:
    """Reads what people did since the load, and writes it to the private folder; sends nothing but GET."""
    with told_plainly():
        chosen = settings.get()
        stores = warehouse.get(), ledger.get(), gorgias
        done = orchestration.export_since(*stores, chosen.home, chosen.file_max_bytes, context.log.info)
        numbers = {name.replace(" ", "_"): number for name, number in done.rows.items()}
        end_with(context, Exit.BALANCED, done.sentence(), {**numbers, "requests": done.requests, "place": done.place})


export_since = operator_job(
    "export_since",
    export_work,
    ExportSince,
    "For a shop that goes back to Ivinex: what people did in Gorgias since the load (new tickets, replies, notes, "
    "attachments, changed fields, new customers), keyed by the ids of Ivinex, as NDJSON and CSV in the private folder. "
    "Writes nothing to either side. The command: `migrate export-since`.",
    then="docs/export-since.md, for what Ivinex takes; the job plan_rollback, where the migration is to be taken back",
)
