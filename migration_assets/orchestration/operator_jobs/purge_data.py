"""The job purge: people's data of a finished migration erased here by name, as `migrate purge`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import purge as purging
from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who, told_plainly
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.settings_resource import SettingsResource
from resources.ledger import LedgerResource


class Purge(dg.Config):
    """Who has it erased."""

    by: str = by_field("Who has it erased")
    reason: str = Field(description="Why now, such as the end of hypercare.")


@dg.op
def erase_people_s_data(
    context: dg.OpExecutionContext, config: Purge, settings: SettingsResource, ledger: LedgerResource
) -> None:
    """Erases private/, warehouse, files, exports, other runs and the details of the ledger."""
    with told_plainly():
        tag_who(context, config.by, config.reason)
        chosen = settings.get()
        home = dagster_home(chosen)
        with single_instance_lock(home, f"the job {context.job_name} (run {context.run_id} of the UI)"):
            purged = purging.purge(
                *(chosen, home, context.instance, ledger.get(), config.by, config.reason),
                own_run=context.run_id,
                say=context.log.info,
            )
    for sentence in purged.sentences():
        context.log.info(sentence)
    context.add_output_metadata(purged.as_data())


purge = operator_job(
    "purge",
    erase_people_s_data,
    Purge,
    "Erases people's data of this migration on this machine: private/, warehouse, files, exports, the runs of Dagster "
    "and the details of the ledger. Nothing is sent to Gorgias, and it cannot be taken back. Refuses while another run "
    "is alive. The command: `migrate purge --by NAME --reason TEXT`.",
    then="what is left to a person: docs/security.md, After hypercare",
)
