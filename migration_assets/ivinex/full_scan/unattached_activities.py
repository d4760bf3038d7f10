"""ivinex/activity_sweep: every record of the tabs with the role activity, and what hangs on which ticket.

Belongs here: the asset, and the books of activities that no ticket takes along. The links of tasks are found here
too: an answer on a ticket names everything that hangs on it, and is asked for once.
"""

from typing import Any

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.day_assignment import book_dayless_messages
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.ivinex.full_scan.independent_tasks import book_independent
from migration_assets.ivinex.full_scan.scan_tabs_of_role import sweep_role
from migration_assets.ivinex.relations.model import ACTIVITY_TICKET, TASK_TICKET
from migration_assets.ivinex.relations.resolve import book_unread, relate
from migration_assets.mapping.roles import chosen_roles
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
    chosen, client, store, books = settings.get(), ivinex.get(), warehouse.get(), ledger.get()
    metadata = sweep_role(
        client,
        store,
        books,
        role="activity",
        present=tables.ACTIVITY_SWEEP,
        home=chosen.home,
        zone=chosen.zone,
        files=Files.of(chosen, ivinex),
        log=context.log.info,
    )
    links = relate(client, store, (ACTIVITY_TICKET, TASK_TICKET), ivinex.relations, log=context.log.info)
    book_unread(books, "tickets", links)
    fallback = chosen_roles(chosen.home).partition_fallback
    days: dict[str, Any] = {}
    if fallback == "first_activity":
        days = settle_days(store, books, chosen, fallback, context.log.warning).metadata()
    counts = {
        "no_ticket": book_unattached(store, books),
        "independent_tasks": book_independent(store, books),
        "on_dayless_tickets": book_dayless_messages(store, books),
    }
    seen = [checks.COMPLETE["activity_sweep"].report(context, None, lambda: {None: checks.sweep_proved(metadata)})]
    return dg.MaterializeResult(metadata=metadata | links.metadata() | days | counts, check_results=seen)


def book_unattached(warehouse: Warehouse, ledger: Ledger) -> int:
    """Books activities that hang on no ticket as skipped; returns how many."""
    rows = warehouse.query(
        "SELECT source_id FROM ivinex.activity_sweep a WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l "
        "WHERE l.role = 'activity_ticket' AND l.from_source_id = a.source_id) ORDER BY source_id"
    )
    ledger.book("activities", "ivinex", [Outcome(source_id, "skipped", "no ticket") for source_id in rows["source_id"]])
    return len(rows)
