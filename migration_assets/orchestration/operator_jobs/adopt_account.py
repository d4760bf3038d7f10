"""The job adopt_account: an account that another home loaded is taken over by this one, as `migrate adopt`."""

import dagster as dg
from pydantic import Field

from migration_assets.gorgias import adoption
from migration_assets.orchestration.operator_jobs.at_work import at_work
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class AdoptAccount(dg.Config):
    """Who takes the account over, and why."""

    by: str = by_field("Who takes the account over")
    reason: str = Field(description="Why: the home that loaded it is lost, say.")


@dg.op(pool="gorgias_api")
def take_account_over(
    context: dg.OpExecutionContext,
    config: AdoptAccount,
    settings: SettingsResource,
    ledger: LedgerResource,
    warehouse: WarehouseResource,
    gorgias: GorgiasResource,
    own_jobs: dg.ResourceParam[OwnJobs],
) -> None:
    """Enters every ticket and customer of the account that the ledger does not know; writes nothing to Gorgias."""
    with at_work(context, settings, ledger, warehouse, own_jobs) as migration:
        tag_who(context, config.by, config.reason)
        done = adoption.adopt_account(
            gorgias.reader, migration.ledger, migration.warehouse, config.by, config.reason, context.log.info
        )
        context.log.info(done.sentence())
        context.add_output_metadata(dict(done.as_data()))


adopt_account = operator_job(
    "adopt_account",
    take_account_over,
    AdoptAccount,
    "Rebuilds the ledger from what is in the account, where another home loaded it and is lost, restored from an older "
    "copy, or replaced by this one. Reads every ticket and customer, 100 a call, and writes nothing to Gorgias. The "
    "command: `migrate adopt --by NAME --reason TEXT`.",
    then="the job prepare, or `migrate run`: what is there is taken as it is, and only what is missing is written",
)
