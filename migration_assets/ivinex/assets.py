"""The assets of the stage ivinex: the source as it is, read from the API and from the admin's exports.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster. What the UI says of
an asset is the docstring of the function that fills its table.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import getdoc
from typing import TypedDict

import dagster as dg

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from checks.step_result import StepResult
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.attachments.link_renewal import refresh
from migration_assets.ivinex.attachments.pending_downloads import download_pending
from migration_assets.ivinex.exports import export_tables
from migration_assets.ivinex.exports.change_history import fill_change_history
from migration_assets.ivinex.exports.definitions import fill_saved_views, fill_workflows
from migration_assets.ivinex.exports.groups import fill_groups
from migration_assets.ivinex.full_scan import scans
from migration_assets.ivinex.full_scan.daily_slices import files_of_days, slice_activities, slice_files, slice_tickets
from migration_assets.ivinex.full_scan.slice_checks import activities_match, files_there, tickets_match
from migration_assets.ivinex.schema.fields import fill_fields
from migration_assets.ivinex.schema.tabs import fill_tabs
from migration_assets.ivinex.schema.unmapped_tabs import fill_unmapped_tabs
from migration_assets.ivinex.schema.users import fill_users
from migration_assets.ivinex.source_step import SourceStep
from migration_assets.partitions import daily_partitions
from migration_assets.run_tags import FILES_TAG
from migration_assets.settings_resource import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.warehouse import Table, Warehouse, WarehouseResource


class _Stage(TypedDict):
    key_prefix: str
    group_name: str


STAGE: _Stage = {"key_prefix": "ivinex", "group_name": "ivinex"}
POOL = "ivinex_api"


def _keys(*names: str) -> list[dg.AssetKey]:
    return [dg.AssetKey(["ivinex", name]) for name in names]


def build_source_asset(
    fill: Callable[[SourceStep], StepResult],
    table: Table,
    reported: Sequence[StepCheck],
    dependencies: Sequence[str] = (),
    kinds: Sequence[str] = ("ivinex", "duckdb"),
    pool: str | None = POOL,
) -> dg.AssetsDefinition:
    """A table of the whole source; it is called after its table."""

    @dg.asset(
        **STAGE,
        name=table.name.partition(".")[2],
        kinds=set(kinds),
        pool=pool,
        deps=_keys(*dependencies),
        metadata=table.metadata(),
        check_specs=[check.spec for check in reported],
        description=getdoc(fill),
    )
    def source_asset(
        context: dg.AssetExecutionContext,
        ivinex: IvinexResource,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        result = fill(SourceStep(context.log, ivinex, warehouse.get(), ledger.get(), settings.get()))
        reports = [
            check.report(context, None, evaluate) for check, evaluate in zip(reported, result.evaluations, strict=True)
        ]
        return dg.MaterializeResult(metadata=result.metadata, check_results=reports)

    return source_asset


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
        **STAGE,
        kinds={"duckdb"},
        partitions_def=daily_partitions(),
        deps=_keys(dependency),
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


tabs = build_source_asset(fill_tabs, tables.TABS, [checks.TABS])
fields = build_source_asset(fill_fields, tables.FIELDS, [checks.TYPES, checks.DRIFT], ["tabs"])
unmapped_tabs = build_source_asset(
    fill_unmapped_tabs, tables.UNMAPPED_TABS, [checks.UNMAPPED], ["fields"], kinds=["ivinex", "json"]
)

organizations = build_source_asset(
    scans.scan_organizations, tables.ORGANIZATIONS, [checks.COMPLETE["organizations"]], ["fields"]
)
contacts = build_source_asset(scans.scan_contacts, tables.CONTACTS, [checks.COMPLETE["contacts"]], ["organizations"])
tasks = build_source_asset(scans.scan_tasks, tables.TASKS, [checks.COMPLETE["tasks"]], ["fields"])
ticket_sweep = build_source_asset(
    scans.scan_tickets, tables.TICKET_SWEEP, [checks.COMPLETE["ticket_sweep"], checks.CREATED_DAY], ["fields"]
)
activity_sweep = build_source_asset(
    scans.scan_activities, tables.ACTIVITY_SWEEP, [checks.COMPLETE["activity_sweep"]], ["ticket_sweep", "tasks"]
)

users = build_source_asset(
    fill_users,
    tables.USERS,
    [checks.USERS],
    ["organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks"],
    kinds=["duckdb"],
)
groups = build_source_asset(
    fill_groups, tables.GROUPS, [checks.EXPORT_PRESENT["groups"]], kinds=["csv", "duckdb"], pool=None
)
workflows = build_source_asset(
    fill_workflows,
    export_tables.WORKFLOWS,
    [checks.EXPORT_PRESENT["workflows"]],
    kinds=["json", "duckdb"],
    pool=None,
)
saved_views = build_source_asset(
    fill_saved_views,
    export_tables.SAVED_VIEWS,
    [checks.EXPORT_PRESENT["saved_views"]],
    kinds=["json", "duckdb"],
    pool=None,
)
change_history = build_source_asset(
    fill_change_history,
    export_tables.CHANGE_HISTORY,
    [checks.EXPORT_PRESENT["change_history"]],
    ["tabs"],
    kinds=["csv", "duckdb"],
    pool=None,
)

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
    **STAGE,
    kinds={"ivinex", "duckdb"},
    pool=POOL,
    partitions_def=daily_partitions(),
    deps=_keys("ticket_sweep", "activity_sweep", "tasks"),
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
        if download_pending(open_warehouse, files_of_days(open_warehouse, days, "pending"), files):
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
