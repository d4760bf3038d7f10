"""The jobs backup_home and restore_home: a home kept elsewhere and brought back, as `migrate backup` and `restore`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import backup as keeping
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from migration_assets.settings import Settings, SettingsError


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


def keep_home(work: Work, config: BackupHome) -> None:
    """Copies ledger, warehouse, map, exports and files; sends only what is new."""
    chosen = work.settings
    place = _place(config.place, chosen)
    with keeping.alone_in_home(chosen, work.holder) as ledger:
        kept = keeping.backup(chosen, ledger, work.warehouse, place, work.say)
    work.end_with(kept.sentence_of_backup(), kept.as_data())


def bring_home_back(work: Work, config: RestoreHome) -> None:
    """Fills an empty home; refuses where one is already."""
    chosen = work.settings
    place = _place(config.place, chosen)
    alone = keeping.alone_in_home(chosen, work.holder)
    kept = keeping.restore(chosen, alone, place, work.say)
    work.end_with(kept.sentence_of_restore(), kept.as_data())


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
    needs=("settings", "warehouse"),
)
restore_home = operator_job(
    "restore_home",
    bring_home_back,
    RestoreHome,
    "Brings a home back from its backup into an empty MIGRATION_HOME; refuses where there is a migration already, and "
    "changes nothing then. Writes nothing to Gorgias. The command: `migrate restore PLACE`.",
    then="reload the code location, then the job prepare, or `migrate run`: what is in Gorgias is not written again",
    needs=("settings",),
)
