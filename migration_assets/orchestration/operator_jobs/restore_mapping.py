"""The job restore_mapping: the confirmed map and exports of a home that lost them, as `migrate mapping restore`."""

import dagster as dg
from pydantic import Field

from migration_assets.mapping.restore import restore
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who, told_plainly
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class RestoreMapping(dg.Config):
    """Whether other files may be replaced, and who says so."""

    by: str = by_field("Who restores it")
    replace: bool = Field(
        False, description="true: also over files with another content; each is kept beside as NAME.before-restore."
    )


@dg.op
def restore_confirmed_files(
    context: dg.OpExecutionContext,
    config: RestoreMapping,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
) -> None:
    """Writes mapping.yaml and admin_exports/ as they were confirmed last."""
    with told_plainly():
        tag_who(context, config.by)
        warehouse.get().require_not_erased()
        done = restore(settings.get().home, ledger.get(), config.replace)
    context.log.info(done.sentence())
    context.add_output_metadata({"written": len(done.written), "same": len(done.same)})


restore_mapping = operator_job(
    "restore_mapping",
    restore_confirmed_files,
    RestoreMapping,
    "Brings mapping.yaml and the admin's exports back as they were confirmed last, from the ledger, for a home that "
    "lost them. The command: `migrate mapping restore`.",
    then="the job discover, or `migrate run`",
)
