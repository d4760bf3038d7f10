"""The job export_since: what was done in Gorgias since the load, as `migrate export-since`."""

from migration_assets.orchestration import export_since as orchestration
from migration_assets.orchestration.operator_jobs.operator_job import NoFields, Work, operator_job


def export_work(work: Work, _: NoFields) -> None:
    """Reads what people did since the load, and writes it to the private folder; sends nothing but GET."""
    chosen = work.settings
    stores = work.warehouse, work.ledger, work.gorgias
    done = orchestration.export_since(*stores, chosen.home, chosen.file_max_bytes, work.say)
    numbers = {name.replace(" ", "_"): number for name, number in done.rows.items()}
    work.end_with(done.sentence(), {**numbers, "requests": done.requests, "place": done.place})


export_since = operator_job(
    "export_since",
    export_work,
    NoFields,
    "For a shop that goes back to Ivinex: what people did in Gorgias since the load (new tickets, replies, notes, "
    "attachments, changed fields, new customers), keyed by the ids of Ivinex, as NDJSON and CSV in the private folder. "
    "Writes nothing to either side. The command: `migrate export-since`.",
    then="docs/export-since.md, for what Ivinex takes; the job plan_rollback, where the migration is to be taken back",
    needs=("settings", "ledger", "warehouse", "gorgias"),
    pool="gorgias_api",
)
