"""Asset mapping/proposal: a map written from the live schema and a profile of the values, for a person to judge."""

import dagster as dg

from checks.step_check import StepCheck
from migration_assets.mapping import account_fields
from migration_assets.mapping.confirm import FILE, live_fields, propose
from migration_assets.mapping.review import DOUBTFUL, as_markdown, facts, proposed
from migration_assets.settings import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.warehouse import WarehouseResource

CHECK = StepCheck(
    dg.AssetKey(["mapping", "proposal"]),
    "doubtful",
    f"No field was given its target with a confidence below {DOUBTFUL}: what a person looks at first.",
    severity=dg.AssetCheckSeverity.WARN,
)


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[
        dg.AssetKey(["ivinex", name])
        for name in ("tabs", "fields", "users", "organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
    ],
    check_specs=[CHECK.spec],
    pool="gorgias_api",
    config_schema={},
)
def proposal(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    settings: SettingsResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """A proposed target for every source field, with a confidence and a reason.

    Written to `mapping.yaml`, or to `mapping.proposed.yaml` where there is one already: a person's edits are never
    overwritten. `map` in the metadata shows it as a table, doubtful fields first. The custom-field budget is
    GORGIAS_MAX_ACTIVE_FIELDS less what is active in Gorgias already, which is read for it (two calls).
    """
    current, open_warehouse = settings.get(), warehouse.get()
    if gorgias.base_url:
        account_fields.keep(open_warehouse, account_fields.read_active_fields(gorgias.reader))
    else:
        context.log.warning("GORGIAS_BASE_URL is not set, so fields that are active there already are not counted.")
    active = account_fields.besides(account_fields.kept(open_warehouse))
    with open_warehouse.held():
        written = propose(
            current.home,
            open_warehouse,
            str(current.zone),
            max_fields=current.gorgias_max_active_fields,
        )
    fields, numbers = live_fields(open_warehouse), facts(written.mapping)
    if written.path.name != FILE:
        context.log.info(f"{FILE} is there and was left alone; the proposal is {written.path.name} beside it")
    context.log.info(f"{numbers['fields']} fields mapped, {numbers['doubtful']} of them doubtful")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(written.path)),
            "map": dg.MetadataValue.md(as_markdown(written.mapping, fields)),
            **numbers,
            "active_in_gorgias": active,
        },
        check_results=[CHECK.report(context, None, lambda: {None: proposed(written.mapping, fields)})],
    )
