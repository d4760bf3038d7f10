"""Rows that were set aside, as the first rows of a table beside an asset's numbers: ids, fields and reasons.

It belongs here: what the UI shows of the ledger's quarantine and conflicts. It does not: setting aside (the stages),
and the whole list (`migrate quarantine list`, `migrate conflicts list`).
"""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from checks.metadata import first_rows
from resources.ledger import Ledger


def first_set_aside(
    ledger: Ledger, objects: Collection[str], partitions: Sequence[str] | None = None
) -> dict[str, Any]:
    """`first_set_aside` -> the first of these objects' rows in quarantine and in conflict; {} where there is none.

    Args:
        objects: as the ledger names them.
        partitions: days, for their quarantine only: the ledger keeps no day of a conflict, and the check `conflicts`
            shows those of a day.
    """
    rows = ledger.quarantine.rows().rename(columns={"message": "reason"}).assign(field="")
    if partitions is not None:
        rows = rows[rows["partition"].isin(list(partitions))]
    else:
        rows = pd.concat([rows, ledger.conflicts.conflict_rows().rename(columns={"detail": "reason"})])
    shown = rows.loc[rows["object"].isin(list(objects)), ["object", "source_id", "field", "reason"]]
    return {"first_set_aside": first_rows(shown.to_dict("records"))} if len(shown) else {}
