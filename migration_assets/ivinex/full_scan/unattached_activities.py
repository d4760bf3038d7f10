"""ivinex/activity_sweep: every record of the tabs with the role activity, and what hangs on which ticket.

Belongs here: the asset, and the books of activities that no ticket takes along. The links of tasks are found here
too: an answer on a ticket names everything that hangs on it, and is asked for once.
"""

from typing import Any

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.day_assignment import record_messages_without_created_date
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.ivinex.full_scan.independent_tasks import record_independent
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.ivinex.relations.model import ACTIVITY_TICKET, TASK_TICKET
from migration_assets.ivinex.relations.resolve import record_unread, resolve_links
from migration_assets.mapping.roles import selected_roles
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger, LedgerResource, Outcome
from resources.warehouse import Warehouse, WarehouseResource


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


def record_unattached(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books activities that hang on no ticket as skipped; returns how many."""
    rows = warehouse.query(
        "SELECT source_id FROM ivinex.activity_sweep a WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "
        "WHERE l.role = 'activity_ticket' AND l.from_source_id = a.source_id) ORDER BY source_id"
    )
    ledger.record_outcomes(
        "activities", "ivinex", [Outcome(source_id, "skipped", "no ticket") for source_id in rows["source_id"]]
    )
    return len(rows)
