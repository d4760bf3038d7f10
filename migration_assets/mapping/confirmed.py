"""Asset mapping/confirmed: passes only while a person's confirmation fits the map and the live schema."""

import dagster as dg

from checks.step_check import StepCheck
from migration_assets.mapping import review
from migration_assets.mapping.confirm import live_fields, load_confirmed
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

CHECK = StepCheck(
    dg.AssetKey(["mapping", "confirmed"]),
    "settled",
    "A person confirmed the map by name, and nothing in it is doubtful or without a value.",
    severity=dg.AssetCheckSeverity.WARN,
)


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[dg.AssetKey(["mapping", "proposal"])],
    check_specs=[CHECK.spec],
)
def confirmed(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The confirmed map: its version and the fingerprint of schema, roles and time zone are those of the confirmation.

    Fails, without a retry, when the map was never confirmed, was edited since, or the schema drifted, naming each
    change and the way out.
    """
    open_warehouse, chosen = warehouse.get(), settings.get()
    mapping = load_confirmed(chosen.home, ledger.get(), open_warehouse, chosen.ivinex_timezone)
    confirmation = ledger.get().confirmed_mapping()
    if confirmation is None:  # a confirmation was just read: nothing takes one away
        raise dg.Failure("The confirmation disappeared from the ledger.", allow_retries=False)
    fields = live_fields(open_warehouse)
    context.log.info(f"mapping {mapping.mapping_version}, confirmed by {confirmation.by}")
    return dg.MaterializeResult(
        metadata={
            **review.facts(mapping),
            "fingerprint": confirmation.fingerprint,
            "confirmed_by": confirmation.by,
            "confirmed_at": dg.MetadataValue.timestamp(confirmation.at),
            "custom_fields": len(mapping.custom_fields()),
        },
        # The same map confirmed anew puts no staged row out of date; another one does.
        data_version=dg.DataVersion(mapping.mapping_version),
        check_results=[CHECK.report(context, None, lambda: {None: review.confirmed(mapping, fields, confirmation)})],
    )
