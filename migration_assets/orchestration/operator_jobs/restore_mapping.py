"""The job restore_mapping: the confirmed map and exports of a home that lost them, as `migrate mapping restore`."""

import dagster as dg
from pydantic import Field

from migration_assets.mapping.restore import restore
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class RestoreMapping(dg.Config):
    """Whether other files may be replaced, and who says so."""

    by: str = by_field("Who restores it")
    replace: bool = Field(
        False, description="true: also over files with another content; each is kept beside as NAME.before-restore."
    )


def restore_confirmed_files(work: Work, config: RestoreMapping) -> None:
    """Writes mapping.yaml and admin_exports/ as they were confirmed last."""
    work.warehouse.require_not_erased()
    done = restore(work.settings.home, work.ledger, config.replace)
    work.end_with(done.sentence(), {"written": len(done.written), "same": len(done.same)})


restore_mapping = operator_job(
    "restore_mapping",
    restore_confirmed_files,
    RestoreMapping,
    "Brings mapping.yaml and the admin's exports back as they were confirmed last, from the ledger, for a home that "
    "lost them. The command: `migrate mapping restore`.",
    then="the job discover, or `migrate run`",
    needs=("settings", "ledger", "warehouse"),
)
