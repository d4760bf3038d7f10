"""The job resolve_conflict: whose value counts, as `migrate conflicts resolve`."""

from enum import StrEnum

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import decisions
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from resources.ledger.conflicts import OURS, THEIRS


class Take(StrEnum):
    """Whose value counts."""

    theirs = THEIRS
    ours = OURS


class ResolveConflict(dg.Config):
    """Which conflict, and how it ends."""

    id: str = Field(description="The conflict's id, as the asset reconciliation/report lists it.")
    take: Take = Field(
        description="theirs: Gorgias's value stays and is the base from now on. ours: the next delta writes the "
        "source's. For a whole object (field *), theirs accepts it as it is, ours tries again after somebody brought "
        "it back."
    )
    by: str = by_field("Who decides")


def record_resolution(work: Work, config: ResolveConflict) -> None:
    """Records the decision; the next delta carries it out."""
    found = decisions.resolve_conflict(work.ledger, config.id.strip(), config.take.value, config.by)
    told = {name: str(found[name]) for name in ("object", "source_id", "field")}
    sentence = f"{' '.join(told.values())}: {config.take.value}, decided by {config.by}"
    work.end_with(sentence, {"id": config.id, "take": config.take.value, **told})


resolve_conflict = operator_job(
    "resolve_conflict",
    record_resolution,
    ResolveConflict,
    "Decides a conflict by name: a field, or a whole object, that changed on both sides. The command: `migrate "
    "conflicts resolve ID --take theirs|ours --by NAME`.",
    then="the next delta carries it out (the job delta with the sensor changed_days, or `migrate delta`)",
    needs=("ledger",),
)
