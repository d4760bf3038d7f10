"""The jobs migrate_sample and approve_sample: a few tickets that stand for all, as `migrate sample`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import sample
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class MigrateSample(dg.Config):
    """How many tickets."""

    tickets: int = Field(50, description="How many tickets are chosen to stand for all.", ge=1)


class ApproveSample(dg.Config):
    """Who approves the sample."""

    by: str = by_field("Who looked at the sample and stands for it")
    note: str = Field("", description="What is to be remembered of it.")


def move_sample(work: Work, config: MigrateSample) -> None:
    """Chooses the tickets, moves them with the customers that they need, reads them back, and writes the page."""
    with at_work(work) as migration:
        done = sample.migrate_sample(migration, config.tickets)
        work.end_with(done.sentence(), done.as_data(), done.exit_code)


def record_approval(work: Work, config: ApproveSample) -> None:
    """Records the approval by name."""
    work.say(sample.approve_sample(work.settings, work.ledger, config.by, config.note))


migrate_sample = operator_job(
    "migrate_sample",
    move_sample,
    MigrateSample,
    "Moves the tickets that show the most kinds of values (empty, typical, longest, non-ASCII, unmapped options of "
    "every field, each status and channel, files, authors, threads, clock changes), with the customers that they need "
    "and no other; reads them back, compares them, and writes a page for the spot check into MIGRATION_HOME/private. "
    "What it wrote costs the load no call. The command: `migrate sample --tickets 50`.",
    then="the job approve_sample, or `migrate sample approve --by NAME`",
    needs=AT_WORK,
)
approve_sample = operator_job(
    "approve_sample",
    record_approval,
    ApproveSample,
    "Records by name that a person looked at the migrated sample and stands for it. The command: `migrate sample "
    "approve --by NAME`.",
    then="the job prepare, or `migrate run`",
    needs=("settings", "ledger"),
)
