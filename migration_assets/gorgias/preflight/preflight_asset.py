"""gorgias/preflight: what the account would do by itself to what is written, before anything is."""

from collections import Counter

from checks.evaluate import Evaluation
from checks.step_check import StepCheck, asset_key
from migration_assets.gorgias.preflight.account import AccountFacts
from migration_assets.gorgias.preflight.decisions import PointDecision
from migration_assets.gorgias.preflight.look import Look
from migration_assets.gorgias.preflight.point import OFF, Point
from migration_assets.gorgias.preflight.taken import COLUMNS, Taken
from migration_assets.mapping.account_fields import besides
from migration_assets.markdown import cell
from resources.warehouse import Warehouse

PREFLIGHT_CHECK = StepCheck(
    asset_key("gorgias", "preflight"),
    "decided",
    "Everything in the account that could mail, call out, merge, split, close or assign by itself was decided by name.",
    gate=True,
)


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
