"""The job purge: people's data of a finished migration erased here by name, as `migrate purge`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import purge as purging
from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from migration_assets.orchestration.single_instance_lock import single_instance_lock


class Purge(dg.Config):
    """Who has it erased."""

    by: str = by_field("Who has it erased")
    reason: str = Field(description="Why now, such as the end of hypercare.")


def erase_people_s_data(work: Work, config: Purge) -> None:
    """Erases private/, warehouse, files, exports, other runs and the details of the ledger."""
    chosen = work.settings
    home = dagster_home(chosen)
    with single_instance_lock(home, work.holder):
        purged = purging.purge(
            *(chosen, home, work.context.instance, work.ledger, config.by, config.reason),
            own_run=work.context.run_id,
            say=work.say,
        )
    for sentence in purged.sentences():
        work.say(sentence)
    work.context.add_output_metadata(purged.as_data())


purge = operator_job(
    "purge",
    erase_people_s_data,
    Purge,
    "Erases people's data of this migration on this machine: private/, warehouse, files, exports, the runs of Dagster "
    "and the details of the ledger. Nothing is sent to Gorgias, and it cannot be taken back. Refuses while another run "
    "is alive. The command: `migrate purge --by NAME --reason TEXT`.",
    then="what is left to a person: docs/security.md, After hypercare",
    needs=("settings", "ledger"),
)
