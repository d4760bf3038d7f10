"""gorgias/preflight: what the account would do by itself to what is written, before anything is."""

from collections import Counter

import dagster as dg

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from migration_assets.gorgias.preflight.account import AccountFacts
from migration_assets.gorgias.preflight.decisions import PointDecision, remedy
from migration_assets.gorgias.preflight.first_records import first_records
from migration_assets.gorgias.preflight.loading import closed, is_delta
from migration_assets.gorgias.preflight.look import SEEN, Look, look
from migration_assets.gorgias.preflight.people_points import stub_choice
from migration_assets.gorgias.preflight.point import OFF, Point
from migration_assets.gorgias.preflight.points import facts_shown
from migration_assets.gorgias.preflight.role import require_role
from migration_assets.gorgias.preflight.switching import describe_switched_off
from migration_assets.gorgias.preflight.taken import COLUMNS, Taken, taken
from migration_assets.mapping.account_fields import besides
from migration_assets.markdown import cell
from migration_assets.settings import SettingsResource
from resources.gorgias.known_account import require_loaded_from_here
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

CHECK = StepCheck(
    dg.AssetKey(["gorgias", "preflight"]),
    "decided",
    "Everything in the account that could mail, call out, merge, split, close or assign by itself was decided by name.",
    gate=True,
)


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        *(dg.AssetKey(["staging", name]) for name in ("users", "custom_fields")),
    ],
    metadata=SEEN.metadata(),
    check_specs=[CHECK.spec],
)
def preflight(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Settings, rules, integrations, AI Agent, users and custom fields of the account, as they are now.

    What could act on a load by itself is a point. Each closes every load until it was decided by name; nothing is
    written here. Custom fields that would not fit are told before the first is made.
    """
    open_warehouse, open_ledger, delta = warehouse.get(), ledger.get(), is_delta(context)
    require_role(open_ledger, gorgias.reader)
    require_loaded_from_here(gorgias.reader, open_ledger, first_records(open_warehouse), context.run.run_id)
    found = look(gorgias.reader, open_ledger, open_warehouse, delta=delta)
    seen = CHECK.report(context, open_ledger, lambda: {None: evaluated(found)})
    if found.open:
        CHECK.log_failing(context, seen)
        raise closed(remedy(found.open, delta=delta), len(found.open))
    lacking = too_many_fields(open_warehouse, found.facts, settings.get().gorgias_max_active_fields)
    if lacking:
        raise closed(lacking, 1)
    return dg.MaterializeResult(
        metadata={
            "points": len(found.rows),
            "decided": dg.MetadataValue.md(as_table(found.rows)),
            "decisions": dg.MetadataValue.md(decisions_table(taken(open_ledger, [row.point for row in found.rows]))),
            "switched_off_for_a_load": ", ".join(switched_off_for(found)) or "nothing",
            "takes": found.size.takes(gorgias),
            "calls_per_second": round(gorgias.calls_per_second, 2),
            "still_off": describe_switched_off(open_ledger.switched_off()) or "nothing",
            "stub_users": stub_choice(open_ledger),
            **facts_shown(found.facts),
        },
        check_results=[seen],
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
