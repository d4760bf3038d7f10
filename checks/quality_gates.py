"""Gates: check results that keep a load from starting, in whatever run it is started.

Dagster's blocking checks hold inside one run only; "Materialize selected" on a downstream asset would run past a
failed check (dagster.md 2.1). So results are also kept in the ledger, and a load begins with `require_open`.

A gate is passed, failed, or never looked at. Only a failed one closes. Rows that were never looked at are not loaded
either, but that is no closed gate: they want staging.
"""

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from checks.refusal import refusal
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED

SHOWN = 20
COLUMNS = ["check_name", "partition", "detail"]
GATE_CLOSED = "closed"
"""Metadata of the failure of a load that was refused."""
_REMEDIES = {
    "staging": "Repair what the check found (at the source, then the job discover; or in the map), then stage again: "
    "in the UI the job migrate_day for a day, or prepare for what has no day; or run `migrate run`.",
    "reconciliation": "Repair what differs, then read those days back again: in the UI the jobs second_pass, verify "
    "and verify_days, or run `migrate verify`.",
    "": "Repair what the check found, then materialize the asset again: in the UI the job prepare (migrate_day for a "
    "day), or run `migrate run`.",
}
"""First part of the asset's key -> what opens a gate on it."""
_OVERRIDE = (
    "To go on all the same, open a gate by name: in the UI the job override_gate, or `migrate gates override CHECK "
    "PARTITION --by NAME --reason TEXT`."
)


def failed(ledger: Ledger, checks: Sequence[str], partitions: Sequence[str]) -> pd.DataFrame:
    """check_name, partition, detail of these checks that failed and that nobody overrode; one without a result passes.

    For checks that can only follow a load: what they found of an earlier one keeps the next from starting.
    """
    rows = ledger.quality_gates.gate_rows(list(checks))
    rows = rows[rows["partition"].isin(list(partitions)) & ~rows["passed"] & ~rows["overridden"]]
    return rows[COLUMNS]


def closed(ledger: Ledger, assets: Sequence[str], partitions: Sequence[str] | None = None) -> pd.DataFrame:
    """check_name, partition, detail of every gate on these assets that failed for these partitions."""
    rows, wanted = _of_assets(ledger, assets), _partitions(partitions)
    rows = rows[rows["partition"].isin(wanted) & ~rows["passed"] & ~rows["overridden"]]
    return rows[COLUMNS]


def never_looked_at(ledger: Ledger, assets: Sequence[str], partitions: Sequence[str] | None = None) -> pd.DataFrame:
    """check_name (`asset:*`), partition, detail of assets and partitions without any result."""
    rows = _of_assets(ledger, assets)
    seen = set(zip(rows["asset"], rows["partition"], strict=True))
    unseen = [
        (f"{asset}:*", key, f"never looked at: materialize {asset} first")
        for asset in assets
        for key in _partitions(partitions)
        if (asset, key) not in seen
    ]
    return pd.DataFrame(unseen, columns=COLUMNS)


def way_out(checks: Iterable[str]) -> str:
    """How these gates are opened, from the UI and from the command."""
    stages = sorted({check.split("/")[0] for check in checks})
    told = dict.fromkeys(_REMEDIES.get(stage, _REMEDIES[""]) for stage in stages)
    return "\n".join([*told, _OVERRIDE])


def require_not_failed(ledger: Ledger, checks: Sequence[str], partitions: Sequence[str]) -> None:
    """
    Raises:
        dagster.Failure: as `require_open`.
    """
    _refuse(failed(ledger, checks, partitions))


def require_open(
    ledger: Ledger,
    assets: Sequence[str],
    partitions: Sequence[str] | None = None,
    holding: Collection[str] | None = None,
) -> None:
    """
    Args:
        partitions: days; None for assets without partitions.
        holding: those of the days that hold rows, where a result is asked for; None: all. A day without rows and
            without a result has nothing that could be loaded, and passes.

    Raises:
        dagster.Failure: a gate failed, or rows were never looked at; names the checks and partitions and how to go
            on, from the UI and from the command. Not retried.
    """
    asked = partitions if holding is None else [key for key in _partitions(partitions) if key in holding]
    _refuse(closed(ledger, assets, partitions))
    unseen = never_looked_at(ledger, assets, asked)
    if len(unseen):
        raise refusal(
            f"{len(unseen)} results are missing, so nothing was written:\n{_listed(unseen)}\nIn the UI, materialize "
            "them (the job prepare, and migrate_day for days); the command `migrate run` does it by itself.",
            {GATE_CLOSED: len(unseen)},
        )


def _of_assets(ledger: Ledger, assets: Sequence[str]) -> pd.DataFrame:
    rows = ledger.quality_gates.gate_rows(assets=assets)
    return rows.assign(asset=rows["check_name"].str.rsplit(":", n=1).str[0])


def _partitions(partitions: Sequence[str] | None) -> list[str]:
    return [UNPARTITIONED] if partitions is None else list(partitions)


def _refuse(shut: pd.DataFrame) -> None:
    if shut.empty:
        return
    raise refusal(
        f"{len(shut)} gates are closed, so nothing was written:\n{_listed(shut)}\n{way_out(shut['check_name'])}",
        {GATE_CLOSED: len(shut)},
    )


def _listed(rows: pd.DataFrame) -> str:
    listed = "\n".join(f"  {row.check_name} {row.partition}: {row.detail}" for row in rows.head(SHOWN).itertuples())
    return listed + (f"\n  and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
