"""The jobs backup_home and restore_home: a home kept elsewhere and brought back, as `migrate backup` and `restore`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import backup as keeping
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who, told_plainly
from migration_assets.settings import Settings, SettingsError
from migration_assets.settings_resource import SettingsResource
from resources.warehouse import WarehouseResource


class BackupHome(dg.Config):
    """Where it is kept."""

    place: str | None = Field(
        None,
        description="A folder of the machine where runs start, or an address such as s3://bucket/shop1. Left out: "
        "MIGRATION_BACKUP.",
    )


class RestoreHome(BackupHome):
    """Where it was kept, and who brings it back."""

    by: str = by_field("Who brings it back")


@dg.op
def keep_home(
    context: dg.OpExecutionContext, config: BackupHome, settings: SettingsResource, warehouse: WarehouseResource
) -> None:
    """Copies ledger, warehouse, map, exports and files; sends only what is new."""
    with told_plainly():
        chosen = settings.get()
        place = _place(config.place, chosen)
        with keeping.alone_in_home(chosen, _holder(context)) as ledger:
            kept = keeping.backup(chosen, ledger, warehouse.get(), place, context.log.info)
        context.log.info(kept.sentence_of_backup())
        context.add_output_metadata(kept.as_data())


@dg.op
def bring_home_back(context: dg.OpExecutionContext, config: RestoreHome, settings: SettingsResource) -> None:
    """Fills an empty home; refuses where one is already."""
    with told_plainly():
        tag_who(context, config.by)
        chosen = settings.get()
        place = _place(config.place, chosen)
        with keeping.alone_in_home(chosen, _holder(context)) as ledger:
            kept = keeping.restore(chosen, ledger, place, context.log.info)
        context.log.info(kept.sentence_of_restore())
        context.add_output_metadata(kept.as_data())


def _holder(context: dg.OpExecutionContext) -> str:
    return f"the job {context.job_name} (run {context.run_id} of the UI)"


def _place(place: str | None, settings: Settings) -> str:
    found = (place or "").strip() or settings.backup
    if not found:
        raise SettingsError(
            "It is not said where the backup is: fill in the field `place`, or set MIGRATION_BACKUP. The command: "
            "`migrate backup PLACE`, `migrate restore PLACE`."
        )
    return found


backup_home = operator_job(
    "backup_home",
    keep_home,
    BackupHome,
    "Keeps the home in a folder or a bucket: ledger, warehouse, map, exports, files. Holds people's data, as the home "
    "does. With MIGRATION_BACKUP set, each load does it after each range of days. The command: `migrate backup PLACE`.",
    then="nothing; on another machine the job restore_home",
)
restore_home = operator_job(
    "restore_home",
    bring_home_back,
    RestoreHome,
    "Brings a home back from its backup into an empty MIGRATION_HOME; refuses where there is a migration already, and "
    "changes nothing then. Writes nothing to Gorgias. The command: `migrate restore PLACE`.",
    then="reload the code location, then the job prepare, or `migrate run`: what is in Gorgias is not written again",
)
