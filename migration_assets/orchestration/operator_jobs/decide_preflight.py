"""The job decide_preflight: what a load asked for before it wrote, as `migrate preflight decide`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import decisions
from migration_assets.orchestration.decisions import Choice, Topic
from migration_assets.orchestration.operator_jobs.operator_job import by_field, operator_job, tag_who, told_plainly
from resources.ledger import LedgerResource


class DecidePreflight(dg.Config):
    """What is decided, and by whom."""

    topic: Topic = Field(
        description="missing_users: active Ivinex users without a user in Gorgias. refused_users: users that Gorgias "
        "refuses to make, for want of seats say."
    )
    choice: Choice = Field(
        description="create (missing_users only): by API, and Gorgias probably mails them an invitation. fallback: "
        "their tickets stay unassigned, their messages carry the fallback user."
    )
    by: str = by_field("Who decides")
    reason: str | None = Field(None, description="Why, for whoever reads it later. May be left out.")


@dg.op
def record_decision(context: dg.OpExecutionContext, config: DecidePreflight, ledger: LedgerResource) -> None:
    """Records the decision; the next load reads it."""
    reason = config.reason or ""
    with told_plainly():
        tag_who(context, config.by, reason)
        decisions.decide_preflight(ledger.get(), config.topic.value, config.choice.value, config.by, reason)
    context.log.info(f"{config.topic.value}: {config.choice.value}, decided by {config.by}")
    context.add_output_metadata({"topic": config.topic.value, "choice": config.choice.value})


decide_preflight = operator_job(
    "decide_preflight",
    record_decision,
    DecidePreflight,
    "Decides by name what the job prepare would otherwise have to guess: users that are missing in Gorgias, or that it "
    "refuses. The command: `migrate preflight decide TOPIC CHOICE --by NAME`.",
    then="the job prepare again, or `migrate run`",
)
