"""Tags, created before tickets: an unknown tag may refuse a whole ticket (gorgias-api.md 6.4)."""

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.load.written_definitions import enter_definitions
from migration_assets.gorgias.load_step import apply_writes, require_all, result
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.set_aside import first_set_aside
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.wire import Tag
from resources.gorgias.writer.write import Write
from resources.ledger import LedgerResource, Outcome
from resources.ledger.records import WriteKey
from resources.warehouse import Warehouse, WarehouseResource


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["staging", "tags"]),
        dg.AssetKey(["gorgias", "preflight"]),
        dg.AssetKey(["gorgias", "account_before"]),
    ],
    check_specs=[checks.TAGS.check.spec],
)
def tags(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Tags that imported tickets carry, `ai_ignore` among them; present ones are adopted by name."""
    wanted, open_ledger = writes(warehouse.get()), ledger.get()
    with loading(context, gorgias, open_ledger, warehouse.get()) as writer:
        tally = apply_writes(context, writer, open_ledger, "gorgias/tags", len(wanted), wanted)
    require_all(tally, "tags", open_ledger, "tags")
    rows = {row["name"]: row for row in _rows(warehouse.get())}
    enter_definitions(warehouse.get(), open_ledger, "tags", [(rows[one.key.source_id], one) for one in wanted])
    return result(
        tally,
        [checks.TAGS.report(context, warehouse.get(), open_ledger)],
        tags=len(wanted),
        **first_set_aside(open_ledger, ["tags"]),
    )


def writes(warehouse: Warehouse) -> list[Write]:
    return [_write(row) for row in _rows(warehouse)]


def _rows(warehouse: Warehouse) -> list[dict[str, str]]:
    return warehouse.rows("SELECT name, description FROM staging.tags ORDER BY name")


def _write(row: dict[str, str]) -> Write:
    tag = Tag(name=row["name"], description=row["description"] or None)
    key = WriteKey("tags", row["name"], "create")
    return Write(key, "POST", "/api/tags", tag.body(), (Outcome(row["name"], "created"),))
