"""gorgias/preflight: what the account would do by itself to what is written, looked at before anything is."""

from collections import Counter
from typing import Any

from checks.evaluate import Evaluation
from checks.metadata import markdown
from checks.step_check import StepCheck, asset_key
from migration_assets.gorgias.preflight.account import AccountFacts
from migration_assets.gorgias.preflight.decisions import PointDecision, remedy
from migration_assets.gorgias.preflight.first_records import first_records
from migration_assets.gorgias.preflight.loading import closed, is_delta
from migration_assets.gorgias.preflight.look import Look, look
from migration_assets.gorgias.preflight.people_points import stub_choice
from migration_assets.gorgias.preflight.point import OFF, Point
from migration_assets.gorgias.preflight.points import facts_shown
from migration_assets.gorgias.preflight.role import require_role
from migration_assets.gorgias.preflight.switching import describe_switched_off
from migration_assets.gorgias.preflight.taken import COLUMNS, Taken, taken
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.account_fields import besides
from migration_assets.mapping.decision_changes import decision_changes
from migration_assets.markdown import cell
from resources.gorgias.known_account import require_loaded_from_here
from resources.warehouse import Warehouse

PREFLIGHT_CHECK = StepCheck(
    asset_key("gorgias", "preflight"),
    "decided",
    "Everything in the account that could mail, call out, merge, split, close or assign by itself was decided by name.",
    gate=True,
)


def look_before_load(step: TargetStep) -> Look:
    """Look at the account as the first load of a run would, once it is known to be this migration's."""
    require_role(step.ledger, step.gorgias.reader)
    require_loaded_from_here(step.gorgias.reader, step.ledger, first_records(step.warehouse), step.context.run.run_id)
    return look(step.gorgias.reader, step.ledger, step.warehouse, delta=is_delta(step.context))


def require_decided(step: TargetStep, found: Look) -> None:
    """
    Raises:
        dagster.Failure: points are open, or the custom fields of the map do not fit.
    """
    if found.open:
        raise closed(remedy(found.open, delta=is_delta(step.context)), len(found.open))
    if lacking := too_many_fields(step.warehouse, found.facts, step.settings.gorgias_max_active_fields):
        raise closed(lacking, 1)


def preflight_metadata(step: TargetStep, found: Look) -> dict[str, Any]:
    """What the UI shows: the points, what was decided of each, and what a load takes."""
    return {
        "points": len(found.rows),
        "decided": markdown(as_table(found.rows)),
        "decisions": markdown(decisions_table(taken(step.ledger, [row.point for row in found.rows]))),
        "changed_since_confirmation": "; ".join(decision_changes(step.ledger)) or "nothing",
        "switched_off_for_a_load": ", ".join(switched_off_for(found)) or "nothing",
        "takes": found.size.takes(step.gorgias),
        "calls_per_second": round(step.gorgias.calls_per_second, 2),
        "still_off": describe_switched_off(step.ledger.switched_off.all()) or "nothing",
        "stub_users": stub_choice(step.ledger),
        **facts_shown(found.facts),
    }


def evaluated(found: Look) -> Evaluation:
    """The points as a check's result."""
    choices = Counter(row.choice for row in found.rows if not row.open)
    told = ", ".join(f"{count} {choice}" for choice, count in sorted(choices.items())) or "none"
    if not found.open:
        return Evaluation(len(found.rows), sentence=f"{len(found.rows)} points, all decided: {told}.")
    listed = "; ".join(f"{row.point.name}: {row.open}" for row in found.open)
    return Evaluation(
        rows=len(found.rows),
        failures=Counter((row.point.name, row.open) for row in found.open),
        sentence=f"{len(found.open)} of {len(found.rows)} points are open: {listed}.",
    )


def as_table(rows: list[PointDecision]) -> str:
    """The points in Markdown, for the UI."""
    head = "| point | could | at most | decided | what it is |\n| --- | --- | --- | --- | --- |"
    lines = [
        f"| {row.point.name} | {', '.join(row.point.effects)} | {at_most(row.point)} | {row.choice or 'open'} | "
        f"{row.point.told} |"
        for row in rows
    ]
    return "\n".join([head, *lines]) if rows else "This account does nothing by itself."


def at_most(point: Point) -> str:
    """Records that it could act on, as a cell."""
    return "unknown" if point.touches is None else str(point.touches)


def decisions_table(rows: list[Taken]) -> str:
    """The decisions in Markdown: what each holds for, who took it, when and why."""
    head = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}"
    return "\n".join([head, *(f"| {' | '.join(map(cell, row.cells()))} |" for row in rows)]) if rows else "None yet."


def too_many_fields(warehouse: Warehouse, facts: AccountFacts, limit: int) -> str:
    """Why the fields of the map do not fit beside those that are active, with the way out; empty where they do."""
    rows = warehouse.rows("SELECT object_type, label FROM staging.custom_fields")
    wanted = {(row["object_type"], row["label"]) for row in rows}
    others = besides(facts.fields, dict.fromkeys(wanted))
    if others + len(wanted) <= limit:
        return ""
    managed = sum(one.managed for one in facts.fields)
    return (
        f"{len(wanted)} custom fields of the map do not fit: Gorgias allows {limit} active ones, and {others} others "
        f"are active ({managed} of them managed by Gorgias). Nothing was written. Move {others + len(wanted) - limit} "
        "of them to meta, data or note in mapping.yaml, or deactivate fields in Gorgias (Settings > Ticket fields), "
        "then confirm the map: in the UI the job confirm_mapping, or `migrate mapping confirm --by NAME`."
    )


def switched_off_for(found: Look) -> list[str]:
    """Names of what a load would switch off."""
    return [row.point.name for row in found.rows if row.choice == OFF]
