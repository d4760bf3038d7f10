"""Asset mapping/proposal: a map written from the live schema and a profile of the values, for a person to judge."""

import dagster as dg
from pydantic import Field

from checks.step_check import StepCheck
from migration_assets.mapping.confirm import FILE, live_fields, propose
from migration_assets.mapping.review import DOUBTFUL, as_markdown, facts, proposed
from migration_assets.run_config import plain_fields
from migration_assets.settings import SettingsResource
from resources.warehouse import WarehouseResource


class ProposalConfig(dg.Config):
    """What the proposal has to know of the target account."""

    active_fields: int = Field(0, ge=0, description="custom fields active in Gorgias that are not this migration's")


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
    config_schema=plain_fields(ProposalConfig),
)
def proposal(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """A proposed target for every source field, with a confidence and a reason.

    Written to `mapping.yaml`, or to `mapping.proposed.yaml` where there is one already: a person's edits are never
    overwritten. `map` in the metadata shows it as a table, doubtful fields first. The custom-field budget is
    GORGIAS_MAX_ACTIVE_FIELDS less `active_fields`.
    """
    config = ProposalConfig(**context.op_execution_context.op_config)
    current, store = settings.get(), warehouse.get()
    with store.held():
        written = propose(
            current.home,
            store,
            str(current.zone),
            active_fields=config.active_fields,
            max_fields=current.gorgias_max_active_fields,
        )
    fields, numbers = live_fields(store), facts(written.mapping)
    if written.path.name != FILE:
        context.log.info(f"{FILE} is there and was left alone; the proposal is {written.path.name} beside it")
    context.log.info(f"{numbers['fields']} fields mapped, {numbers['doubtful']} of them doubtful")
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(written.path)),
            "map": dg.MetadataValue.md(as_markdown(written.mapping, fields)),
            **numbers,
        },
        check_results=[CHECK.report(context, None, lambda: {None: proposed(written.mapping, fields)})],
    )
