"""ivinex/contacts: every record of the tabs with the role contact, and their links to organizations.

Belongs here: the asset only; the sweep is in scan.py, the links in relations/resolve.py.
"""

import dagster as dg

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.ivinex.relations.model import CONTACT_ORGANIZATION
from migration_assets.ivinex.relations.resolve import record_unread, resolve_links
from migration_assets.settings import SettingsResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


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
