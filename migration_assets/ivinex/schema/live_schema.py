"""The schema as Ivinex shows it: every listed tab's fields, and the tabs whose fields it refuses to show.

Belongs here: asking. Does not belong here: what the stage keeps of it (ivinex/assets.py) and what drifted
(mapping/schema_check.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.schema.field_frame import field_frame
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import ErrorAnswer, Forbidden
from resources.ivinex.response_parser import Tab


@dataclass(frozen=True)
class LiveSchema:
    """
    Attributes:
        fields: rows of `ivinex.fields`.
        refused: tabs whose fields cannot be read, and why.
    """

    fields: pd.DataFrame
    refused: list[tuple[Tab, str]]


def read_schema(client: IvinexClient, tabs: Iterable[Tab]) -> LiveSchema:
    """One call for each tab."""
    frames, refused = list[pd.DataFrame](), list[tuple[Tab, str]]()
    for tab in tabs:
        try:
            frames.append(field_frame(client, tab))
        except (Forbidden, ErrorAnswer) as failure:
            refused.append((tab, str(failure)))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(tables.FIELDS.columns))
    return LiveSchema(whole, refused)
