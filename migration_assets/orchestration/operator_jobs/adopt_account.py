"""The job adopt_account: an account that another home loaded is taken over by this one, as `migrate adopt`."""

import dagster as dg
from pydantic import Field

from migration_assets.gorgias import adoption
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class AdoptAccount(dg.Config):
    """Who takes the account over, and why."""

    by: str = by_field("Who takes the account over")
    reason: str = Field(description="Why: the home that loaded it is lost, say.")


def take_account_over(work: Work, config: AdoptAccount) -> None:
    """Enters every ticket and customer of the account that the ledger does not know; writes nothing to Gorgias."""
    with at_work(work) as migration:
        done = adoption.adopt_account(
            work.gorgias.reader, migration.ledger, migration.warehouse, config.by, config.reason, work.say
        )
        work.end_with(done.sentence(), done.as_data())


adopt_account = operator_job(
    "adopt_account",
    take_account_over,
    AdoptAccount,
    "Rebuilds the ledger from what is in the account, where another home loaded it and is lost, restored from an older "
    "copy, or replaced by this one. Reads every ticket and customer, 100 a call, and writes nothing to Gorgias. The "
    "command: `migrate adopt --by NAME --reason TEXT`.",
    then="the job prepare, or `migrate run`: what is there is taken as it is, and only what is missing is written",
    needs=(*AT_WORK, "gorgias"),
    pool="gorgias_api",
)
