"""ivinex/organizations: every record of the tabs with the role organization.

Belongs here: the asset only; the sweep is in scan.py.
"""

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
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
    """Organizations as they are now: the newest version of every record that the last two sweeps met."""
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
