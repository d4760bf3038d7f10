"""The assets of the stage ivinex: the source as it is, read from the API and from the admin's exports.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from typing import Any

import dagster as dg
import pandas as pd

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.day_downloads import download_days
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
from migration_assets.ivinex.exports.json_export import read_list
from migration_assets.ivinex.exports.saved_view_model import SAVED_VIEW_KEYS, SAVED_VIEWS_FILE, SavedView
from migration_assets.ivinex.exports.workflow_model import WORKFLOW_KEYS, WORKFLOWS_FILE, Workflow
from migration_assets.ivinex.full_scan.daily_slices import slice_activities, slice_files, slice_tickets
from migration_assets.ivinex.full_scan.day_assignment import record_messages_without_created_date
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.ivinex.full_scan.independent_tasks import record_independent
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.ivinex.full_scan.slice_checks import activities_match, files_there, tickets_match
from migration_assets.ivinex.full_scan.unattached_activities import record_unattached
from migration_assets.ivinex.relations.model import ACTIVITY_TICKET, CONTACT_ORGANIZATION, TASK_TICKET
from migration_assets.ivinex.relations.resolve import record_unread, resolve_links
from migration_assets.ivinex.schema.field_frame import field_frame
from migration_assets.ivinex.schema.fields import fields_metadata
from migration_assets.ivinex.schema.tabs import fatal_problems, inspect_tabs, tabs_metadata
from migration_assets.ivinex.schema.unmapped_tabs import export_tabs
from migration_assets.ivinex.schema.usernames import usernames
from migration_assets.ivinex.schema.users import collect_users, user_frame, users_metadata
from migration_assets.losses import EXPORT_MISSING
from migration_assets.mapping.roles import selected_roles
from migration_assets.mapping.source_site import require_same_host
from migration_assets.partitions import daily_partitions
from migration_assets.run_tags import FILES_TAG
from migration_assets.settings_resource import SettingsResource
from resources.ivinex.failures import ErrorAnswer, Forbidden
from resources.ivinex.resource import IvinexResource
from resources.ivinex.response_parser import Tab
from resources.ledger import LedgerResource, Loss
from resources.warehouse import WarehouseResource


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
    context: dg.AssetExecutionContext, ivinex: IvinexResource, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Fields of every tab: machine name, label, type, options, linked tab; unknown type words are reported."""
    open_warehouse, client = warehouse.get(), ivinex.get()
    listed = open_warehouse.query(
        "SELECT tab, collection_type_id FROM ivinex.tabs WHERE listed ORDER BY collection_type_id"
    )
    frames, refused = [], []
    for name, number in listed.itertuples(index=False):
        try:
            frames.append(field_frame(client, Tab(name, number, number != name)))
        except (Forbidden, ErrorAnswer) as failure:
            refused.append(str(failure))
            context.log.warning(f"tab {name}: its fields cannot be read: {failure}")
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(tables.FIELDS.columns))
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


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"json", "duckdb"},
    metadata=export_tables.WORKFLOWS.metadata(),
    check_specs=[checks.WORKFLOWS.spec],
)
def workflows(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Workflows with triggers, conditions, actions and branches; a missing file is told, not fatal."""
    file = export_file(settings.get().home, WORKFLOWS_FILE)
    problem = "" if file.exists() else missing_export_message(file, WORKFLOW_KEYS)
    found = read_list(file, Workflow) if not problem else []
    rows = [
        {
            "source_id": f"ivinex:workflow:{one.id}",
            "name": one.name,
            "tab": one.tab,
            "active": one.active,
            "content": one.model_dump_json(by_alias=True),
        }
        for one in found
    ]
    warehouse.get().replace(export_tables.WORKFLOWS, pd.DataFrame(rows, columns=list(export_tables.WORKFLOWS.columns)))
    record_missing(ledger.get(), "workflows", file, problem)
    if problem:
        context.log.warning(f"{problem}. The workflows cannot be documented without it.")
    seen = checks.WORKFLOWS.report(
        context, None, lambda: {None: checks.export_seen(WORKFLOWS_FILE, len(found), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            "active": sum(one.active for one in found),
            "with_branches": sum(bool(one.branches) for one in found),
            "problem": problem,
        },
        check_results=[seen],
    )


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"json", "duckdb"},
    metadata=export_tables.SAVED_VIEWS.metadata(),
    check_specs=[checks.SAVED_VIEWS.spec],
)
def saved_views(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Saved views with criteria, columns and order; a missing file is told, not fatal."""
    file = export_file(settings.get().home, SAVED_VIEWS_FILE)
    problem = "" if file.exists() else missing_export_message(file, SAVED_VIEW_KEYS)
    found = read_list(file, SavedView) if not problem else []
    rows = [
        {
            "source_id": f"ivinex:view:{one.id}",
            "name": one.name,
            "tab": one.tab,
            "content": one.model_dump_json(by_alias=True),
        }
        for one in found
    ]
    warehouse.get().replace(
        export_tables.SAVED_VIEWS, pd.DataFrame(rows, columns=list(export_tables.SAVED_VIEWS.columns))
    )
    record_missing(ledger.get(), "saved_views", file, problem)
    if problem:
        context.log.warning(f"{problem}. The saved views cannot be documented without it.")
    seen = checks.SAVED_VIEWS.report(
        context, None, lambda: {None: checks.export_seen(SAVED_VIEWS_FILE, len(found), problem)}
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(found),
            "tabs": len({one.tab for one in found}),
            "problem": problem,
        },
        check_results=[seen],
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


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "fields"])],
    metadata=tables.ORGANIZATIONS.metadata(),
    check_specs=[checks.COMPLETE["organizations"].spec],
)
def organizations(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Organizations as they are now: the newest version of every record that the last two full scans met."""
    chosen = settings.get()
    metadata = scan_tabs_of_role(
        ivinex.get(),
        warehouse.get(),
        ledger.get(),
        role="organization",
        present=tables.ORGANIZATIONS,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    seen = [checks.COMPLETE["organizations"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata, check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "organizations"])],
    metadata=tables.CONTACTS.metadata(),
    check_specs=[checks.COMPLETE["contacts"].spec],
)
def contacts(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Contacts as they are now, with `contact_organization` links from link fields and related items."""
    chosen, client, open_warehouse = settings.get(), ivinex.get(), warehouse.get()
    metadata = scan_tabs_of_role(
        client,
        open_warehouse,
        ledger.get(),
        role="contact",
        present=tables.CONTACTS,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    links = resolve_links(client, open_warehouse, (CONTACT_ORGANIZATION,), ivinex.relations, log=context.log.info)
    record_unread(ledger.get(), "organizations", links)
    seen = [checks.COMPLETE["contacts"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata | links.metadata(), check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "fields"])],
    metadata=tables.TASKS.metadata(),
    check_specs=[checks.COMPLETE["tasks"].spec],
)
def tasks(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tasks as they are now; those on a ticket become internal notes on it, the others are documented."""
    chosen = settings.get()
    metadata = scan_tabs_of_role(
        ivinex.get(),
        warehouse.get(),
        ledger.get(),
        role="task",
        present=tables.TASKS,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    seen = [checks.COMPLETE["tasks"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata, check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "fields"])],
    metadata=tables.TICKET_SWEEP.metadata(),
    check_specs=[checks.COMPLETE["ticket_sweep"].spec, checks.CREATED_DAY.spec],
)
def ticket_sweep(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tickets as they are now, with the day (UTC) that each belongs to; those without one are quarantined."""
    chosen, open_warehouse, open_ledger = settings.get(), warehouse.get(), ledger.get()
    metadata = scan_tabs_of_role(
        ivinex.get(),
        open_warehouse,
        open_ledger,
        role="ticket",
        present=tables.TICKET_SWEEP,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    # first_activity needs the links, which activity_sweep finds: it assigns the days again.
    fallback = selected_roles(chosen.home).partition_fallback
    open_warehouse.ensure(tables.LINKS, tables.ACTIVITY_SWEEP)
    found = settle_days(open_warehouse, open_ledger, chosen, fallback, context.log.warning)
    seen = [
        checks.COMPLETE["ticket_sweep"].report(context, None, lambda: {None: checks.sweep_proved(metadata)}),
        checks.CREATED_DAY.report(context, None, lambda: {None: found.evaluation()}),
    ]
    return dg.MaterializeResult(metadata=metadata | found.metadata(), check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "ticket_sweep"]), dg.AssetKey(["ivinex", "tasks"])],
    metadata=tables.ACTIVITY_SWEEP.metadata(),
    check_specs=[checks.COMPLETE["activity_sweep"].spec],
)
def activity_sweep(
    context: dg.AssetExecutionContext,
    ivinex: IvinexResource,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Activities as they are now, and the tickets that activities and tasks hang on; those on none are skipped."""
    chosen, client, open_warehouse, open_ledger = settings.get(), ivinex.get(), warehouse.get(), ledger.get()
    metadata = scan_tabs_of_role(
        client,
        open_warehouse,
        open_ledger,
        role="activity",
        present=tables.ACTIVITY_SWEEP,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    links = resolve_links(
        client, open_warehouse, (ACTIVITY_TICKET, TASK_TICKET), ivinex.relations, log=context.log.info
    )
    record_unread(open_ledger, "tickets", links)
    fallback = selected_roles(chosen.home).partition_fallback
    days: dict[str, Any] = {}
    if fallback == "first_activity":
        days = settle_days(open_warehouse, open_ledger, chosen, fallback, context.log.warning).metadata()
    counts = {
        "no_ticket": record_unattached(open_warehouse, open_ledger),
        "independent_tasks": record_independent(open_warehouse, open_ledger),
        "on_dayless_tickets": record_messages_without_created_date(open_warehouse, open_ledger),
    }
    seen = [checks.COMPLETE["activity_sweep"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata | links.metadata() | days | counts, check_results=seen)


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"duckdb"},
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", "ticket_sweep"])],
    metadata=tables.TICKETS.metadata() | {"partition_expr": "partition"},
    check_specs=[checks.TICKETS.spec],
)
def tickets(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Tickets created on the day; the slice of ticket_sweep, without any call."""
    open_warehouse, keys = warehouse.get(), list(context.partition_keys)
    days = slice_tickets(open_warehouse, keys)
    rows = sum(days.values())
    context.log.info(f"{rows} tickets on {len(days)} of {len(keys)} days")
    seen = checks.TICKETS.report(context, ledger.get(), lambda: tickets_match(open_warehouse, keys))
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "days_with_rows": len(days)}, check_results=[seen]
    )


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"duckdb"},
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["ivinex", "activity_sweep"])],
    metadata=tables.ACTIVITIES.metadata() | {"partition_expr": "partition"},
    check_specs=[checks.ACTIVITIES.spec],
)
def activities(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Activities of the tickets created on the day, one row per activity and ticket."""
    open_warehouse, keys = warehouse.get(), list(context.partition_keys)
    days = slice_activities(open_warehouse, keys)
    rows = sum(days.values())
    context.log.info(f"{rows} activities on {len(days)} of {len(keys)} days")
    seen = checks.ACTIVITIES.report(context, ledger.get(), lambda: activities_match(open_warehouse, keys))
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "days_with_rows": len(days)}, check_results=[seen]
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

    What was not downloaded ahead is downloaded now. A URL that had expired is refreshed once, from the ticket's related
    items or the page of its record; a day without such files makes no call.
    """
    chosen, open_warehouse, days = settings.get(), warehouse.get(), list(context.partition_keys)
    files = Files.of(chosen, ivinex)
    counts = slice_files(open_warehouse, days)
    asked = {"refreshed": 0, "recovered": 0}
    waits = FILES_TAG in (context.run.tags or {})
    if files.downloader is not None and not waits:
        if download_days(open_warehouse, days, files):
            counts = slice_files(open_warehouse, days)
        asked = refresh(open_warehouse, days, files, ivinex.get)
        if asked["refreshed"]:
            counts = slice_files(open_warehouse, days)
    rows = sum(counts.values())
    context.log.info(f"{rows} files on {len(days)} days: {counts}")
    seen = checks.DOWNLOADED.report(
        context, None, lambda: files_there(open_warehouse, days, chosen.files_later or waits)
    )
    return dg.MaterializeResult(
        metadata={"dagster/partition_row_count": rows, "held": counts.get("ok", 0), **asked}
        | {f"status_{status}": count for status, count in counts.items() if status != "ok"},
        check_results=[seen],
    )
