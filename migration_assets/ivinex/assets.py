"""The assets of the stage ivinex: the source as it is, read from the API and from the admin's exports.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dagster as dg
import pandas as pd

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.attachments.link_renewal import refresh
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.change_history import change_history_numbers, fill
from migration_assets.ivinex.exports.export_files import (
    GROUP_COLUMNS,
    HISTORY_COLUMNS,
    HISTORY_FILE,
    USER_COLUMNS,
    export_file,
    groups_file,
    missing_export_message,
    read_groups,
    read_users,
    record_missing,
    users_file,
)
from migration_assets.ivinex.exports.json_export import Kind, read_list
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from migration_assets.ivinex.exports.workflow_model import WORKFLOW_KEYS, WORKFLOWS_FILE, Workflow
from migration_assets.ivinex.full_scan.after_scan import (
    CREATED_DAY,
    ScannedRole,
    days_of_tickets,
    links_of_activities,
    links_of_contacts,
)
from migration_assets.ivinex.full_scan.daily_slices import slice_activities, slice_files, slice_tickets
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.ivinex.full_scan.slice_checks import activities_match, files_there, tickets_match
from migration_assets.ivinex.schema.fields import fields_metadata
from migration_assets.ivinex.schema.live_schema import read_schema
from migration_assets.ivinex.schema.restricted_fields import mark_restricted
from migration_assets.ivinex.schema.tabs import fatal_problems, inspect_tabs, tabs_metadata
from migration_assets.ivinex.schema.unmapped_tabs import export_tabs
from migration_assets.ivinex.schema.usernames import usernames
from migration_assets.ivinex.schema.users import collect_users, user_frame, users_metadata
from migration_assets.losses import EXPORT_MISSING
from migration_assets.mapping.source_site import require_same_host
from migration_assets.partitions import daily_partitions
from migration_assets.settings_resource import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ivinex.response_parser import Tab
from resources.ledger import LedgerResource, Loss
from resources.warehouse import Table, Warehouse, WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    metadata=tables.TABS.metadata(),
    check_specs=[checks.TABS.spec],
)
def tabs(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    settings: SettingsResource,
    ledger: LedgerResource,
) -> dg.MaterializeResult:
    """Tabs that GetTabs names, with the role that mapping.yaml gives or the name suggests, and how they answer.

    A tab that answers zero rows without the marker is escalated; for a required role it stops the run.
    """
    home = settings.get().home
    require_same_host(ledger.get())
    frame = inspect_tabs(ivinex.get(), home)
    warehouse.get().replace(tables.TABS, frame)
    if fatal := fatal_problems(frame):
        raise dg.Failure("\n".join(fatal), allow_retries=False)
    problems = frame[frame["problem"] != ""]
    for tab, problem in zip(problems["tab"], problems["problem"], strict=True):
        context.log.warning(f"tab {tab}: {problem}")
    seen = checks.TABS.report(context, None, lambda: {None: checks.tabs_seen(frame)})
    return dg.MaterializeResult(metadata=tabs_metadata(frame, problems), check_results=[seen])


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "tabs"])],
    metadata=tables.FIELDS.metadata(),
    check_specs=[checks.TYPES.spec, checks.DRIFT.spec],
)
def fields(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Fields of every tab: machine name, label, type, options, linked tab; unknown type words are reported.

    Which of them groups of users may not see no call shows; the admin's restricted_fields.csv tells, where it is there.
    """
    open_warehouse, client = warehouse.get(), ivinex.get()
    listed = open_warehouse.query(
        "SELECT tab, collection_type_id FROM ivinex.tabs WHERE listed ORDER BY collection_type_id"
    )
    live = read_schema(client, (Tab(name, number, number != name) for name, number in listed.itertuples(index=False)))
    for tab, failure in live.refused:
        context.log.warning(f"tab {tab.name}: its fields cannot be read: {failure}")
    refused = [failure for _, failure in live.refused]
    frame = mark_restricted(live.fields, settings.get().home)
    open_warehouse.replace(tables.FIELDS, frame)
    unknown = frame[frame["kind"] == "unknown"]
    for row in unknown.to_dict("records"):
        context.log.warning(f"unknown type {row['data_type']!r} of {row['tab']}.{row['field_name']}: carried as text")
    confirmation = ledger.get().confirmed_mapping()
    seen = [
        checks.TYPES.report(context, None, lambda: {None: checks.types_known(frame, refused)}),
        checks.DRIFT.report(context, None, lambda: {None: checks.drifted(frame, confirmation)}),
    ]
    return dg.MaterializeResult(metadata=fields_metadata(frame, unknown, refused), check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "json"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "fields"])],
    metadata=tables.UNMAPPED_TABS.metadata(),
    check_specs=[checks.UNMAPPED.spec],
)
def unmapped_tabs(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Every tab without a role with its number of records; their content is in MIGRATION_HOME/private/unmapped."""
    chosen = settings.get()
    found = export_tabs(ivinex.get(), warehouse.get(), chosen.home, chosen.ivinex_unexported_tabs, context.log.info)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            "records": int(found["records"].sum()) if len(found) else 0,
            "exported": int((found["file"] != "").sum()),
            "not_exported": int((found["problem"] != "").sum()),
        },
        check_results=[checks.UNMAPPED.report(context, None, lambda: {None: checks.unmapped_exported(found)})],
    )


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"duckdb"},
    deps=[
        dg.AssetKey(["ivinex", name])
        for name in ("organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
    ],
    pool="ivinex_api",
    metadata=tables.USERS.metadata(),
    check_specs=[checks.USERS.spec],
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
    ivinex: IvinexResource,
) -> dg.MaterializeResult:
    """Users from the admin's users.csv, and those that only records name; a missing list is told, not fatal.

    Whom only records name is shown with the username that the classic calls give, where the site has them; the load
    asks who they are before it makes anybody (gorgias/preflight).
    """
    home, open_warehouse = settings.get().home, warehouse.get()
    exported, named = read_users(home), collect_users(open_warehouse)
    strangers = set(named) - {user.user_id for user in exported or []}
    shown = usernames(ivinex.get(), open_warehouse, strangers, context.log.warning) if strangers else {}
    frame = user_frame(exported or [], named, shown)
    open_warehouse.replace(tables.USERS, frame)
    unknown = int((frame["origin"] == "harvested").sum())
    problem = ""
    if exported is None:
        problem = f"{missing_export_message(users_file(home), USER_COLUMNS)} (and title, optional)"
    elif unknown:
        problem = f"{unknown} users are named by records and missing from {users_file(home)}"
    if problem:
        context.log.warning(f"{problem}. Their records migrate without a known person behind the number.")
    losses = [Loss(field="users.csv", kind="unknown person", count=unknown, detail=problem)] if unknown else []
    if exported is None:
        losses.append(Loss(field="users.csv", kind=EXPORT_MISSING, detail=problem))
    ledger.get().record_losses("ivinex", "users", losses)
    seen = checks.USERS.report(context, None, lambda: {None: checks.owners_known(frame, problem)})
    return dg.MaterializeResult(metadata=users_metadata(frame, unknown, problem), check_results=[seen])


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"csv", "duckdb"},
    metadata=tables.GROUPS.metadata(),
    check_specs=[checks.GROUPS.spec],
)
def groups(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Memberships from the admin's groups.csv, one row each; a missing file is told, not fatal."""
    home = settings.get().home
    rows = read_groups(home)
    problem = ""
    if rows is None:
        problem = missing_export_message(groups_file(home), GROUP_COLUMNS)
        context.log.warning(f"{problem}. No team can be made without it.")
    frame = pd.DataFrame([vars(row) for row in rows or []], columns=list(tables.GROUPS.columns), dtype="str")
    warehouse.get().replace(tables.GROUPS, frame)
    record_missing(ledger.get(), "teams", groups_file(home), problem)
    seen = checks.GROUPS.report(
        context, None, lambda: {None: checks.export_seen(groups_file(home).name, len(frame), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(frame),
            "groups": int(frame["group_id"].nunique()),
            "members": int(frame["user_id"].nunique()),
            "problem": problem,
        },
        check_results=[seen],
    )


def build_json_export_asset(
    name: str,
    file_name: str,
    kind: type[Kind],
    keys: Iterable[str],
    table: Table,
    row: Callable[[Kind], dict[str, Any]],
    numbers: Callable[[Sequence[Kind]], dict[str, int]],
    description: str,
) -> dg.AssetsDefinition:
    """What the admin exports as a JSON list and only handoff documents show.

    Args:
        row: an object as a row of the table, without its `content`.
        numbers: of all objects, for the UI.
    """
    check = checks.EXPORT_PRESENT[name]

    @dg.asset(
        name=name,
        key_prefix="ivinex",
        group_name="ivinex",
        kinds={"json", "duckdb"},
        metadata=table.metadata(),
        check_specs=[check.spec],
        description=description,
    )
    def export(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        file = export_file(settings.get().home, file_name)
        problem = "" if file.exists() else missing_export_message(file, keys)
        found = read_list(file, kind) if not problem else []
        rows = [row(one) | {"content": one.model_dump_json(by_alias=True)} for one in found]
        warehouse.get().replace(table, pd.DataFrame(rows, columns=list(table.columns)))
        record_missing(ledger.get(), name, file, problem)
        if problem:
            context.log.warning(f"{problem}. The {name.replace('_', ' ')} cannot be documented without it.")
        seen = check.report(context, None, lambda: {None: checks.export_seen(file_name, len(found), problem)})
        return dg.MaterializeResult(
            metadata={"dagster/row_count": len(found), **numbers(found), "problem": problem}, check_results=[seen]
        )

    return export


workflows = build_json_export_asset(
    "workflows",
    WORKFLOWS_FILE,
    Workflow,
    WORKFLOW_KEYS,
    export_tables.WORKFLOWS,
    row=lambda one: {"source_id": f"ivinex:workflow:{one.id}", "name": one.name, "tab": one.tab, "active": one.active},
    numbers=lambda found: {
        "active": sum(one.active for one in found),
        "with_branches": sum(bool(one.branches) for one in found),
    },
    description="Workflows with triggers, conditions, actions and branches; a missing file is told, not fatal.",
)
saved_views = build_json_export_asset(
    "saved_views",
    SAVED_VIEWS_FILE,
    SavedView,
    SAVED_VIEW_KEYS,
    export_tables.SAVED_VIEWS,
    row=lambda one: {"source_id": f"ivinex:view:{one.id}", "name": one.name, "tab": one.tab},
    numbers=lambda found: {"tabs": len({one.tab for one in found})},
    description="Saved views with criteria, columns and order; a missing file is told, not fatal.",
)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"csv", "duckdb"},
    deps=[dg.AssetKey(["ivinex", "tabs"])],
    metadata=export_tables.CHANGE_HISTORY.metadata(),
    check_specs=[checks.CHANGE_HISTORY.spec],
)
def change_history(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Field changes with the record they belong to and their time in UTC; a missing file is told, not fatal."""
    chosen, open_warehouse = settings.get(), warehouse.get()
    file = export_file(chosen.home, HISTORY_FILE)
    problem = "" if file.exists() else missing_export_message(file, HISTORY_COLUMNS)
    fill(open_warehouse, file, chosen.zone)
    record_missing(ledger.get(), "change_history", file, problem)
    if problem:
        context.log.warning(f"{problem}. The change history cannot be exported without it.")
    numbers = change_history_numbers(open_warehouse)
    rows = numbers["dagster/row_count"]
    seen = checks.CHANGE_HISTORY.report(context, None, lambda: {None: checks.export_seen(HISTORY_FILE, rows, problem)})
    return dg.MaterializeResult(metadata={**numbers, "problem": problem}, check_results=[seen])


def build_full_scan_asset(
    role: str,
    table: Table,
    dependencies: Sequence[str],
    description: str,
    after: Callable[[ScannedRole], dict[str, Any]] = lambda _: {},
    further: Mapping[str, StepCheck] = MappingProxyType({}),
) -> dg.AssetsDefinition:
    """Every record of the tabs of one role as it is now: the newest version that the last two full scans met.

    Args:
        after: what follows from the records once they are there; returns further metadata.
        further: name in `ScannedRole.found` -> the check that is evaluated with it.
    """
    name = table.name.partition(".")[2]
    complete = checks.COMPLETE[name]

    @dg.asset(
        name=name,
        key_prefix="ivinex",
        group_name="ivinex",
        kinds={"ivinex", "duckdb"},
        pool="ivinex_api",
        deps=[dg.AssetKey(["ivinex", one]) for one in dependencies],
        metadata=table.metadata(),
        check_specs=[complete.spec, *(check.spec for check in further.values())],
        description=description,
    )
    def full_scan(
        context: dg.AssetExecutionContext,
        ivinex: IvinexResource,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        chosen = settings.get()
        stores = (ivinex.get(), warehouse.get(), ledger.get())
        scanned = ScannedRole(*stores, chosen, ivinex.relations, context.log.info, context.log.warning)
        metadata = scan_tabs_of_role(
            *stores,
            role=role,
            present=table,
            home=chosen.home,
            zone=chosen.zone,
            files=Files.of(chosen, ivinex),
            log=context.log.info,
        )
        more = after(scanned)
        seen = [complete.report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
        seen += [check.report(context, None, scanned.evaluation(found)) for found, check in further.items()]
        return dg.MaterializeResult(metadata=metadata | more, check_results=seen)

    return full_scan


organizations = build_full_scan_asset(
    "organization",
    tables.ORGANIZATIONS,
    ["fields"],
    "Organizations as they are now: the newest version of every record that the last two full scans met.",
)
contacts = build_full_scan_asset(
    "contact",
    tables.CONTACTS,
    ["organizations"],
    "Contacts as they are now, with `contact_organization` links from link fields and related items.",
    after=links_of_contacts,
)
tasks = build_full_scan_asset(
    "task",
    tables.TASKS,
    ["fields"],
    "Tasks as they are now; those on a ticket become internal notes on it, the others are documented.",
)
ticket_sweep = build_full_scan_asset(
    "ticket",
    tables.TICKET_SWEEP,
    ["fields"],
    "Tickets as they are now, with the day (UTC) that each belongs to; those without one are quarantined.",
    after=days_of_tickets,
    further={CREATED_DAY: checks.CREATED_DAY},
)
activity_sweep = build_full_scan_asset(
    "activity",
    tables.ACTIVITY_SWEEP,
    ["ticket_sweep", "tasks"],
    "Activities as they are now, and the tickets that activities and tasks hang on; those on none are skipped.",
    after=links_of_activities,
)


def build_day_asset(
    table: Table,
    dependency: str,
    description: str,
    slice_days: Callable[[Warehouse, Sequence[str]], dict[str, int]],
    check: StepCheck,
    match: Callable[[Warehouse, Sequence[str]], Mapping[str | None, Evaluation]],
) -> dg.AssetsDefinition:
    """The days of what a full scan holds, without any call."""
    name = table.name.partition(".")[2]

    @dg.asset(
        name=name,
        key_prefix="ivinex",
        group_name="ivinex",
        kinds={"duckdb"},
        partitions_def=daily_partitions(),
        deps=[dg.AssetKey(["ivinex", dependency])],
        metadata=table.metadata() | {"partition_expr": "partition"},
        check_specs=[check.spec],
        description=description,
    )
    def day(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
    ) -> dg.MaterializeResult:
        open_warehouse, keys = warehouse.get(), list(context.partition_keys)
        days = slice_days(open_warehouse, keys)
        rows = sum(days.values())
        context.log.info(f"{rows} {name} on {len(days)} of {len(keys)} days")
        seen = check.report(context, ledger.get(), lambda: match(open_warehouse, keys))
        return dg.MaterializeResult(
            metadata={"dagster/partition_row_count": rows, "days_with_rows": len(days)}, check_results=[seen]
        )

    return day


tickets = build_day_asset(
    tables.TICKETS,
    "ticket_sweep",
    "Tickets created on the day; the slice of ticket_sweep, without any call.",
    slice_tickets,
    checks.TICKETS,
    tickets_match,
)
activities = build_day_asset(
    tables.ACTIVITIES,
    "activity_sweep",
    "Activities of the tickets created on the day, one row per activity and ticket.",
    slice_activities,
    checks.ACTIVITIES,
    activities_match,
)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", name]) for name in ("ticket_sweep", "activity_sweep", "tasks")],
    metadata=ATTACHMENTS.metadata() | {"partition_expr": "partition"},
    check_specs=[checks.DOWNLOADED.spec],
)
def attachments(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Files on the day's tickets and activities, each with its content in the store or the reason why it is not there.

    A URL that had expired is refreshed once, from the ticket's related items or the page of its record; a day without
    such files makes no call.
    """
    chosen, open_warehouse, days = settings.get(), warehouse.get(), list(context.partition_keys)
    files = Files.of(chosen, ivinex)
    counts = slice_files(open_warehouse, days)
    asked = {"refreshed": 0, "recovered": 0}
    if files.downloader is not None:
        asked = refresh(open_warehouse, days, files, ivinex.get)
        if asked["refreshed"]:
            counts = slice_files(open_warehouse, days)
    rows = sum(counts.values())
    context.log.info(f"{rows} files on {len(days)} days: {counts}")
    seen = checks.DOWNLOADED.report(context, None, lambda: files_there(open_warehouse, days, chosen.files_later))
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "held": counts.get("ok", 0), **asked}
        | {f"status_{status}": count for status, count in counts.items() if status != "ok"},
        check_results=[seen],
    )
