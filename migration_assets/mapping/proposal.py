"""Asset mapping/proposal: a map written from the live schema and a profile of the values, for a person to judge."""

from collections import Counter

import dagster as dg
from pydantic import Field

from migration_assets.mapping.confirm import FILE, propose
from migration_assets.settings import SettingsResource
from resources.warehouse import WarehouseResource


class ProposalConfig(dg.Config):
    """What the proposal has to know of the target account."""

    active_fields: int = Field(0, ge=0, description="custom fields active in Gorgias that are not this migration's")


@dg.asset(
    key_prefix="mapping",
    group_name="mapping",
    kinds={"python", "yaml"},
    deps=[
        dg.AssetKey(["ivinex", name])
        for name in ("tabs", "fields", "users", "organizations", "contacts", "ticket_sweep", "activity_sweep", "tasks")
    ],
)
def proposal(
    context: dg.AssetExecutionContext,
    config: ProposalConfig,
    warehouse: WarehouseResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """A proposed target for every source field, with a confidence and a reason.

    Written to `mapping.yaml`, or to `mapping.proposed.yaml` where there is one already: a person's edits are never
    overwritten. The custom-field budget is GORGIAS_MAX_ACTIVE_FIELDS less `active_fields`.
    """
    current, store = settings.get(), warehouse.get()
    with store.held():
        written = propose(
            current.home,
            store,
            str(current.zone),
            active_fields=config.active_fields,
            max_fields=current.gorgias_max_active_fields,
        )
    targets = Counter(item.target.to for _, _, item in written.mapping.each())
    doubtful = sum(1 for _, _, item in written.mapping.each() if item.confidence < 0.85)
    if written.path.name != FILE:
        context.log.info(f"{FILE} is there and was left alone; the proposal is {written.path.name} beside it")
    context.log.info(f"{sum(targets.values())} fields mapped, {doubtful} of them doubtful")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(written.path)),
            "mapping_version": written.mapping.mapping_version,
            "doubtful": doubtful,
            **{f"fields_{to}": count for to, count in sorted(targets.items())},
        }
    )
