"""Asset mapping/confirmed: passes only while a person's confirmation fits the map and the live schema."""

import dagster as dg

from migration_assets.mapping.confirm import load_confirmed
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[dg.AssetKey(["mapping", "proposal"])],
)
def confirmed(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The confirmed map: its version and the fingerprint of schema, roles and time zone are those of the confirmation.

    Fails, without a retry, when the map was never confirmed, was edited since, or the schema drifted, naming each
    change and how to confirm.
    """
    mapping = load_confirmed(settings.get().home, ledger.get(), warehouse.get())
    confirmation = ledger.get().confirmed_mapping()
    if confirmation is None:  # a confirmation was just read: nothing takes one away
        raise dg.Failure("The confirmation disappeared from the ledger.", allow_retries=False)
    context.log.info(f"mapping {mapping.mapping_version}, confirmed by {confirmation.by}")
    return dg.MaterializeResult(
        metadata={
            "mapping_version": mapping.mapping_version,
            "fingerprint": confirmation.fingerprint,
            "confirmed_by": confirmation.by,
            "confirmed_at": dg.MetadataValue.timestamp(confirmation.at),
            "custom_fields": len(mapping.custom_fields()),
        }
    )
