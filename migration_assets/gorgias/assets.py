"""The assets of the stage gorgias: what is written to the account, in the order of dependency.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections.abc import Sequence
from typing import Any, TypedDict

import dagster as dg

from checks.quality_gates import require_open
from checks.step_check import asset_key
from migration_assets.gorgias import checks
from migration_assets.gorgias.attachments.upload_files import upload_files
from migration_assets.gorgias.canary.assumptions import ASSUMPTIONS, CHECK, shown_assumptions
from migration_assets.gorgias.canary.try_account import (
    delete_leftovers,
    passed_before,
    try_account,
    unexpected_behaviour,
)
from migration_assets.gorgias.delta.apply_customer_changes import apply_customer_changes
from migration_assets.gorgias.delta.apply_ticket_changes import apply_ticket_changes
from migration_assets.gorgias.delta.customer_changes import CONFLICTS, conflicts
from migration_assets.gorgias.load.custom_fields import custom_field_writes, enter_custom_fields, new_choices
from migration_assets.gorgias.load.load_customers import load_customers
from migration_assets.gorgias.load.load_ticket_messages import load_ticket_messages
from migration_assets.gorgias.load.load_tickets import load_tickets
from migration_assets.gorgias.load.load_users import load_users
from migration_assets.gorgias.load.tags import tag_rows, tag_writes
from migration_assets.gorgias.load.teams import enter_teams, team_writes
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_step import apply_writes, merged, require_all
from migration_assets.gorgias.preflight.decisions import remedy
from migration_assets.gorgias.preflight.first_records import first_records
from migration_assets.gorgias.preflight.loading import closed, is_delta, loading
from migration_assets.gorgias.preflight.look import SEEN, look
from migration_assets.gorgias.preflight.people_points import (
    stub_choice,
)
from migration_assets.gorgias.preflight.points import facts_shown
from migration_assets.gorgias.preflight.preflight_asset import (
    PREFLIGHT_CHECK,
    as_table,
    decisions_table,
    evaluated,
    switched_off_for,
    too_many_fields,
)
from migration_assets.gorgias.preflight.role import require_role
from migration_assets.gorgias.preflight.switching import describe_switched_off
from migration_assets.gorgias.preflight.taken import taken
from migration_assets.gorgias.rollback.account_before import note_account_before
from migration_assets.gorgias.rollback.forget import forget_rolled_back
from migration_assets.gorgias.rollback.reactivate import reactivate
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.known_account import require_loaded_from_here
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class _Stage(TypedDict):
    key_prefix: str
    group_name: str
    kinds: set[str]
    pool: str


STAGE: _Stage = {
    "key_prefix": "gorgias",
    "group_name": "gorgias",
    "kinds": {"gorgias"},
    "pool": "gorgias_api",
}


def _result(tally: Tally, numbers: dict[str, Any], checked: Sequence[dg.AssetCheckResult] = ()) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata=tally.metadata() | numbers, check_results=list(checked))


def _trial_result(sent: int, seen: dg.AssetCheckResult) -> dg.MaterializeResult:
    metadata = {"sent": sent, "assumptions": len(ASSUMPTIONS), "differences": 0}
    return dg.MaterializeResult(metadata=metadata, check_results=[seen])


@dg.asset(
    **STAGE,
    deps=[
        asset_key("mapping", "confirmed"),
        *(dg.AssetKey(["staging", name]) for name in ("users", "custom_fields")),
    ],
    metadata=SEEN.metadata(),
    check_specs=[PREFLIGHT_CHECK.spec],
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
    seen = PREFLIGHT_CHECK.report(context, open_ledger, lambda: {None: evaluated(found)})
    if found.open:
        PREFLIGHT_CHECK.log_failing(context, seen)
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


@dg.asset(
    **STAGE,
    deps=[asset_key("mapping", "confirmed")],
)
def account_before(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource, gorgias: GorgiasResource
) -> dg.MaterializeResult:
    """Ids and digests of what the account held before the first write; a rollback is proved against them.

    Read once, a hundred objects a call. An account that an earlier release has written to has no such image, and a
    rollback says so.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    forgotten = forget_rolled_back(open_warehouse, open_ledger)
    objects = note_account_before(gorgias.reader, open_ledger, context.log)
    metadata = {"objects": objects or 0, "has_image": objects is not None, "forgotten_bases": forgotten}
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    **STAGE,
    deps=[
        asset_key("mapping", "confirmed"),
        asset_key("gorgias", "tags"),
        asset_key("gorgias", "custom_fields"),
        asset_key("gorgias", "users"),
    ],
    check_specs=[CHECK.spec],
)
def canary(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Silent trial tickets, watched, read back and deleted: does this account keep times, order, ids and silence?

    Once passed it is not repeated for the account. A difference keeps every record from being written.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    if passed := passed_before(open_ledger):
        sent = delete_leftovers(context, open_warehouse, open_ledger, gorgias)
        return _trial_result(sent, CHECK.report(context, None, lambda: {None: passed}))
    sent, differences = try_account(context, open_warehouse, open_ledger, gorgias, settings.get())
    seen = CHECK.report(context, open_ledger, lambda: {None: shown_assumptions(differences)})
    if differences:
        CHECK.log_failing(context, seen)
        raise unexpected_behaviour(differences)
    return _trial_result(sent, seen)


@dg.asset(
    **STAGE,
    deps=[
        asset_key("staging", "users"),
        asset_key("gorgias", "preflight"),
        asset_key("gorgias", "account_before"),
    ],
    check_specs=[checks.USERS.check.spec],
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Agents, matched by e-mail; stubs for inactive owners of records, as decided or as the account allows.

    Active users that are missing in Gorgias stop the load until it is decided whether to create them; so do people that
    only records name, and users that Gorgias refuses to make, because each of them owns records.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = load_users(context, open_warehouse, open_ledger, gorgias)
    return _result(tally, numbers, [checks.USERS.report(context, open_warehouse, open_ledger)])


@dg.asset(
    **STAGE,
    deps=[asset_key("staging", "teams"), asset_key("gorgias", "users")],
    check_specs=[checks.TEAMS.check.spec],
)
def teams(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Teams made of Ivinex groups; members are the users who are in Gorgias, stubs among them."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    require_open(open_ledger, ["staging/teams"])
    wanted = list(team_writes(open_warehouse, open_ledger, gorgias.reader))
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        tally = apply_writes(context, writer, open_ledger, "gorgias/teams", len(wanted), wanted)
    require_all(tally, "teams", open_ledger, "teams")
    enter_teams(open_warehouse, open_ledger, wanted)
    numbers = {"teams": len(wanted), **first_set_aside(open_ledger, ["teams"])}
    return _result(tally, numbers, [checks.TEAMS.report(context, open_warehouse, open_ledger)])


@dg.asset(
    **STAGE,
    deps=[
        asset_key("staging", "custom_fields"),
        asset_key("gorgias", "preflight"),
        asset_key("gorgias", "account_before"),
    ],
    check_specs=[checks.CUSTOM_FIELDS.check.spec],
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Ticket and customer fields of the confirmed map, with `external_id` set to the Ivinex field's identifier."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    wanted = custom_field_writes(open_warehouse)
    with loading(context, gorgias, open_ledger, open_warehouse) as writer:
        reactivate(writer, open_ledger, wanted)
        tally = apply_writes(context, writer, open_ledger, "gorgias/custom_fields", len(wanted), wanted)
        require_all(tally, "custom fields", open_ledger, "custom_fields")
        more = list(new_choices(open_warehouse, open_ledger, gorgias.reader))
        added = apply_writes(context, writer, open_ledger, "gorgias/custom_fields: choices", len(more), more)
    enter_custom_fields(open_warehouse, open_ledger, more)
    numbers = {"fields": len(wanted), "choices_added": added["done"], **first_set_aside(open_ledger, ["custom_fields"])}
    return _result(merged([tally, added]), numbers, [checks.CUSTOM_FIELDS.report(context, open_warehouse, open_ledger)])


@dg.asset(
    **STAGE,
    deps=[
        asset_key("staging", "tags"),
        asset_key("gorgias", "preflight"),
        asset_key("gorgias", "account_before"),
    ],
    check_specs=[checks.TAGS.check.spec],
)
def tags(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Tags that imported tickets carry, `ai_ignore` among them; present ones are adopted by name."""
    wanted, open_ledger = tag_writes(warehouse.get()), ledger.get()
    with loading(context, gorgias, open_ledger, warehouse.get()) as writer:
        tally = apply_writes(context, writer, open_ledger, "gorgias/tags", len(wanted), wanted)
    require_all(tally, "tags", open_ledger, "tags")
    rows = {row["name"]: row for row in tag_rows(warehouse.get())}
    enter_definitions(warehouse.get(), open_ledger, "tags", [(rows[one.key.source_id], one) for one in wanted])
    numbers = {"tags": len(wanted), **first_set_aside(open_ledger, ["tags"])}
    return _result(tally, numbers, [checks.TAGS.report(context, warehouse.get(), open_ledger)])


@dg.asset(
    **STAGE,
    deps=[
        asset_key("staging", "customers"),
        asset_key("gorgias", "custom_fields"),
        asset_key("gorgias", "canary"),
    ],
    check_specs=[checks.CUSTOMERS.check.spec],
)
def customers(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Customers with their channels, custom field values and `data`; existing ones are adopted by e-mail or phone.

    On an adopted customer empty fields are filled, filled ones stay, and the set of values is merged. What changed at
    the source after a customer was written is merged by gorgias/customer_changes.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = load_customers(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers, [checks.CUSTOMERS.report(context, open_warehouse, open_ledger)])


@dg.asset(
    **STAGE,
    partitions_def=daily_partitions(),
    deps=[asset_key("staging", "attachments"), asset_key("gorgias", "canary")],
)
def files(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Contents of the day's files in Gorgias: one upload for each, packed to 20 MB a call across tickets and days.

    A content that any ticket brought before costs no call. One that Gorgias refuses is set aside with its answer, told
    in the messages that it came with, and stays in the store.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = upload_files(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers)


@dg.asset(
    **STAGE,
    partitions_def=daily_partitions(),
    deps=[
        asset_key("staging", "tickets"),
        asset_key("staging", "messages"),
        asset_key("gorgias", "users"),
        asset_key("gorgias", "teams"),
        asset_key("gorgias", "tags"),
        asset_key("staging", "customers"),
        asset_key("gorgias", "files"),
    ],
    check_specs=[checks.TICKETS.check.spec],
)
def tickets(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tickets with up to 500 messages (or 8 MB) in one create call, silent and at their own time.

    The customers that they name and that are not there yet are written just before them; the others are left to
    gorgias/customers. The day's gates must be open. A day that was loaded before sends nothing.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = load_tickets(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers, [checks.TICKETS.report(context, open_warehouse, open_ledger)])


@dg.asset(
    **STAGE,
    partitions_def=daily_partitions(),
    deps=[asset_key("gorgias", "tickets")],
)
def ticket_messages(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The rest of long tickets, from the 501st message or past 8 MB of text; and files that came after their ticket.

    What a ticket gained after its first load is appended with its other changes (gorgias/ticket_changes).
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = load_ticket_messages(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers)


@dg.asset(
    **STAGE,
    deps=[asset_key("gorgias", "customers")],
    check_specs=[CONFLICTS.spec],
)
def customer_changes(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Changes of customers that are in Gorgias: name, addresses, custom field values and data, merged three ways.

    What changed in Gorgias since it was written stays; where the source changed it too, differently, it becomes a
    conflict for a person. Nothing is read or written where nothing changed.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = apply_customer_changes(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers, [CONFLICTS.report(context, open_ledger, lambda: {None: conflicts(open_ledger)})])


@dg.asset(
    **STAGE,
    partitions_def=daily_partitions(),
    deps=[asset_key("gorgias", "ticket_messages")],
    check_specs=[checks.MESSAGES.check.spec, checks.FILES.check.spec, checks.CONFLICTS.spec],
)
def ticket_changes(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Changes of tickets that are in Gorgias already: new activities appended, fields merged three ways, one PUT each.

    A field that changed in Gorgias since it was written keeps its value; where the source changed it too, differently,
    it becomes a conflict for a person. A day without changes costs no call.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    tally, numbers = apply_ticket_changes(context, open_warehouse, open_ledger, gorgias, settings.get())
    return _result(tally, numbers, checks.report_changes(context, open_warehouse, open_ledger))
