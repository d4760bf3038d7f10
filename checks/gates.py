"""Gates: check results that keep a load from starting, in whatever run it is started.

Dagster's blocking checks hold inside one run only; "Materialize selected" on a downstream asset would run past a
failed check (dagster.md 2.1). So every result is also kept in the ledger, and a load begins with `require_open`.
"""

from collections.abc import Sequence

import dagster as dg
import pandas as pd

from resources.ledger import Ledger
from resources.ledger.gates import WHOLE


def closed(ledger: Ledger, assets: Sequence[str], partitions: Sequence[str] | None = None) -> pd.DataFrame:
    """check_name, partition, detail of every gate on these assets that is closed for these partitions.

    A failed check closes its gate unless a person overrode it; a partition without any result is closed too,
    because nothing says that it was looked at.
    """
    rows = ledger.gate_rows().assign(asset=lambda frame: frame["check_name"].str.rsplit(":", n=1).str[0])
    wanted = list(partitions) if partitions is not None else [WHOLE]
    rows = rows[rows["asset"].isin(assets) & rows["partition"].isin(wanted)]
    failed = rows[~rows["passed"] & ~rows["overridden"]][["check_name", "partition", "detail"]]
    seen = set(zip(rows["asset"], rows["partition"], strict=True))
    unseen = [
        (f"{asset}:*", key, "no result yet: materialize it first")
        for asset in assets
        for key in wanted
        if (asset, key) not in seen
    ]
    return pd.concat([failed, pd.DataFrame(unseen, columns=failed.columns)], ignore_index=True)


def failed(ledger: Ledger, checks: Sequence[str], partitions: Sequence[str]) -> pd.DataFrame:
    """check_name, partition, detail of these checks that failed and that nobody overrode; one without a result passes.

    For checks that can only follow a load: what they found of an earlier one keeps the next from starting.
    """
    rows = ledger.gate_rows(list(checks))
    rows = rows[rows["partition"].isin(list(partitions)) & ~rows["passed"] & ~rows["overridden"]]
    return rows[["check_name", "partition", "detail"]]


def require_not_failed(ledger: Ledger, checks: Sequence[str], partitions: Sequence[str]) -> None:
    """
    Raises:
        dagster.Failure: as `require_open`.
    """
    _refuse(failed(ledger, checks, partitions))


def require_open(ledger: Ledger, assets: Sequence[str], partitions: Sequence[str] | None = None) -> None:
    """
    Raises:
        dagster.Failure: a gate is closed; names the checks and partitions and how to open them. Not retried.
    """
    _refuse(closed(ledger, assets, partitions))


def _refuse(shut: pd.DataFrame) -> None:
    if shut.empty:
        return
    listed = "\n".join(f"  {row.check_name} {row.partition}: {row.detail}" for row in shut.head(20).itertuples())
    more = f"\n  and {len(shut) - 20} more" if len(shut) > 20 else ""
    raise dg.Failure(
        f"{len(shut)} gates are closed:\n{listed}{more}\nRepair the data and materialize those partitions again, or "
        "open a gate by name with `migrate gates override CHECK PARTITION --by NAME --reason TEXT`.",
        metadata={"closed": len(shut)},
        allow_retries=False,
    )
