"""The job decide_preflight: what a load asked for before it wrote, as `migrate preflight decide`."""

import dagster as dg
from pydantic import Field

from migration_assets.gorgias.preflight.look import look
from migration_assets.gorgias.preflight.preflight_report import decisions_table
from migration_assets.orchestration import decisions
from migration_assets.orchestration.decisions import Choice
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class DecidePreflight(dg.Config):
    """What is decided, and by whom."""

    topic: str = Field(
        description="The point, as the asset gorgias/preflight names it: surveys, auto_merge, auto_split, ai_agent, "
        "rule:401, ...; rules or integrations for all of them; or a question about people. missing_users: active "
        "Ivinex users without a user in Gorgias. unknown_users: people whom only records name. refused_users: users "
        "that Gorgias refuses to make, for want of seats say. stub_users: users for colleagues who left and own "
        "records; undecided, they are made while seats are free."
    )
    choice: Choice = Field(
        description="switch_off (what the command calls off): for the load, and restored after it. exclude_by_tag: "
        "the tag ai_ignore of every imported ticket keeps it away. accept: it may act. create (missing_users, "
        "stub_users): by API, and Gorgias probably mails missing ones an invitation. fallback: tickets stay "
        "unassigned, messages carry the fallback user. match, stubs (unknown_users): by username; a user without a "
        "mailbox for each."
    )
    by: str = by_field("Who decides")
    reason: str | None = Field(
        None, description="Why, for whoever reads it later. Needed for points of the account, not for people."
    )
    deltas: bool = Field(
        False,
        description="For deltas: what holds for the load stays as it is; where nothing holds for it yet, this does.",
    )


def record_decision(work: Work, config: DecidePreflight) -> None:
    """Records the decision; the next load reads it. Where nobody has looked at the account yet, it looks first."""
    topic, choice, reason = config.topic.strip(), config.choice.value, config.reason or ""
    stores = (work.ledger, work.warehouse)
    done = decisions.decide_preflight(
        *(*stores, topic, choice, config.by, reason),
        deltas=config.deltas,
        look_first=lambda: look(work.gorgias.reader, *stores, delta=config.deltas),
    )
    work.say(done.sentences())
    holding = dg.MetadataValue.md(decisions_table(done.holding))
    told = {"topic": topic, "choice": choice, "holding": holding}
    work.context.add_output_metadata(told | ({"then": done.then} if done.then else {}))


decide_preflight = operator_job(
    "decide_preflight",
    record_decision,
    DecidePreflight,
    "Decides by name what the job prepare would otherwise have to guess: what the account would do by itself (surveys, "
    "rules, integrations, AI Agent), users that are missing in Gorgias, that nobody knows, or that it refuses. The "
    "asset gorgias/preflight shows the points. The command: `migrate preflight decide POINT CHOICE --by NAME --reason "
    "TEXT`.",
    then="the job prepare again, or `migrate run`",
    needs=("ledger", "warehouse", "gorgias"),
)
