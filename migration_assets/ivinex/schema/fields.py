"""ivinex/fields: the live field list of every listed tab.

Belongs here: the asset. There is no global schema (ivinex-api.md 2.2), so GetFields is asked tab by tab.
"""

from typing import Any

import dagster as dg
import orjson
import pandas as pd

from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.schema.field_frame import field_frame
from resources.ivinex.failures import ErrorAnswer, Forbidden
from resources.ivinex.resource import IvinexResource
from resources.ivinex.response_parser import Tab
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="ivinex",
    group_name="ivinex",
    kinds={"ivinex", "duckdb"},
    pool="ivinex_api",
    deps=[dg.AssetKey(["ivinex", "tabs"])],
    metadata=tables.FIELDS.metadata(),
    check_specs=[checks.TYPES.spec, checks.DRIFT.spec],
)
def fields(
    context: dg.AssetExecutionContext, ivinex: IvinexResource, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Fields of every tab: machine name, label, type, options, linked tab; unknown type words are reported."""
    open_warehouse, client = warehouse.get(), ivinex.get()
    listed = open_warehouse.query(
        "SELECT tab, collection_type_id FROM ivinex.tabs WHERE listed ORDER BY collection_type_id"
    )
    frames, refused = [], []
    for name, number in listed.itertuples(index=False):
        try:
            frames.append(field_frame(client, Tab(name, number, number != name)))
        except (Forbidden, ErrorAnswer) as failure:
            refused.append(str(failure))
            context.log.warning(f"tab {name}: its fields cannot be read: {failure}")
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(tables.FIELDS.columns))
    open_warehouse.replace(tables.FIELDS, frame)
    unknown = frame[frame["kind"] == "unknown"]
    for row in unknown.to_dict("records"):
        context.log.warning(f"unknown type {row['data_type']!r} of {row['tab']}.{row['field_name']}: carried as text")
    confirmation = ledger.get().confirmed_mapping()
    seen = [
        checks.TYPES.report(context, None, lambda: {None: checks.types_known(frame, refused)}),
        checks.DRIFT.report(context, None, lambda: {None: checks.drifted(frame, confirmation)}),
    ]
    return dg.MaterializeResult(metadata=_metadata(frame, unknown, refused), check_results=seen)


def _metadata(frame: pd.DataFrame, unknown: pd.DataFrame, refused: list[str]) -> dict[str, Any]:
    words = sorted(set(unknown["data_type"]))
    return {
        "dagster/row_count": len(frame),
        "tabs": int(frame["collection_type_id"].nunique()),
        "options": int(frame["options"].map(lambda text: len(orjson.loads(text))).sum()) if len(frame) else 0,
        "unknown_types": len(unknown),
        "unknown_words": ", ".join(words),
        "problem": "; ".join(refused),
    }
