"""ivinex/ticket_sweep: every record of the tabs with the role ticket, each with its created day.

Belongs here: the asset only; the sweep is in scan.py, the days in day_assignment.py and days_found.py.
"""

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.mapping.roles import selected_roles
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


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
