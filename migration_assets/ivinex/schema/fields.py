"""ivinex/fields: the live field list of every listed tab.

Belongs here: the asset. There is no global schema (ivinex-api.md 2.2), so GetFields is asked tab by tab.
"""

from typing import Any

import orjson
import pandas as pd


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
