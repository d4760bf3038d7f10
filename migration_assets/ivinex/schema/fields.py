"""ivinex/fields: the live field list of every listed tab.

Belongs here: filling the table. There is no global schema (ivinex-api.md 2.2), so GetFields is asked tab by tab.
"""

from typing import Any

import orjson
import pandas as pd

from checks.step_result import StepResult
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.schema.live_schema import read_schema
from migration_assets.ivinex.schema.restricted_fields import mark_restricted
from migration_assets.ivinex.source_step import SourceStep
from resources.ivinex.response_parser import Tab


def fields_metadata(frame: pd.DataFrame, unknown: pd.DataFrame, refused: list[str]) -> dict[str, Any]:
    words = sorted(set(unknown["data_type"]))
    return {
        "dagster/row_count": len(frame),
        "tabs": int(frame["collection_type_id"].nunique()),
        "options": int(frame["options"].map(lambda text: len(orjson.loads(text))).sum()) if len(frame) else 0,
        "unknown_types": len(unknown),
        "unknown_words": ", ".join(words),
        "problem": "; ".join(refused),
    }


def fill_fields(step: SourceStep) -> StepResult:
    """Fields of every tab: machine name, label, type, options, linked tab; unknown type words are reported.

    Which of them groups of users may not see no call shows; the admin's restricted_fields.csv tells, where it is there.
    """
    client = step.ivinex.get()
    listed = step.warehouse.query(
        "SELECT tab, collection_type_id FROM ivinex.tabs WHERE listed ORDER BY collection_type_id"
    )
    live = read_schema(client, (Tab(name, number, number != name) for name, number in listed.itertuples(index=False)))
    for tab, failure in live.refused:
        step.log.warning(f"tab {tab.name}: its fields cannot be read: {failure}")
    refused = [failure for _, failure in live.refused]
    frame = mark_restricted(live.fields, step.settings.home)
    step.warehouse.replace(tables.FIELDS, frame)
    unknown = frame[frame["kind"] == "unknown"]
    for row in unknown.to_dict("records"):
        step.log.warning(f"unknown type {row['data_type']!r} of {row['tab']}.{row['field_name']}: carried as text")
    confirmation = step.ledger.decisions.confirmed_mapping()
    return StepResult(
        fields_metadata(frame, unknown, refused),
        [lambda: checks.types_known(frame, refused), lambda: checks.drifted(frame, confirmation)],
    )
