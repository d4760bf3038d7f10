"""By which map rows were staged: a load writes only what the map that is confirmed now made.

Dagster shows such rows as stale and loads them all the same. It belongs here: noting the version, and holding it
against the confirmation. It does not: staging, and the confirmation itself (confirm.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from migration_assets.mapping.confirm import NotConfirmed, load_confirmed
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Table, Warehouse

if TYPE_CHECKING:
    from migration_assets.settings import Settings
    from resources.ledger import Ledger

STAGED_BY = Table(
    "staging.map_versions",
    {
        "partition": ("VARCHAR", "the day; * for what has no day"),
        "mapping_version": ("VARCHAR", "map by which it was staged last"),
    },
)
SHOWN = 5


def note_staged(warehouse: Warehouse, partitions: Sequence[str], version: str) -> None:
    """These days (or `*`) were staged by this map."""
    frame = pd.DataFrame({"partition": list(partitions), "mapping_version": version})
    warehouse.replace_slice(STAGED_BY, "partition", list(partitions), frame)


def staged_by_another(warehouse: Warehouse, ledger: Ledger, partitions: Sequence[str]) -> dict[str, str]:
    """Day (or `*`) -> the version that it was staged by, where that is not the confirmed one.

    Days that an earlier release staged have no note, and are taken as they are.
    """
    confirmation = ledger.decisions.confirmed_mapping()
    if confirmation is None or not warehouse.exists(STAGED_BY.name):
        return {}
    query = f"SELECT * FROM {STAGED_BY.name} WHERE list_contains(?, partition) AND mapping_version <> ? ORDER BY ALL"  # noqa: S608
    rows = warehouse.rows(query, [list(partitions), confirmation.version])
    return {row["partition"]: row["mapping_version"] for row in rows}


def require_confirmed(warehouse: Warehouse, ledger: Ledger, settings: Settings, partitions: Sequence[str]) -> None:
    """For a load of these days (or of `*`), before its first request.

    Raises:
        NotConfirmed: map or schema are other than what was confirmed, or another map made the rows; each is named.
        MappingError, OtherSite: as `load_confirmed`.
    """
    if ledger.decisions.confirmed_mapping() is None:
        return  # nothing can have been staged, which its gates say (checks/quality_gates.py)
    mapping = load_confirmed(settings.home, ledger, warehouse, settings.ivinex_timezone)
    other = staged_by_another(warehouse, ledger, partitions)
    if not other:
        return
    days = [day for day in other if day != UNPARTITIONED]
    listed = ", ".join([*days[:SHOWN], *([f"{len(days) - SHOWN} more days"] if len(days) > SHOWN else [])])
    what = " and ".join(filter(None, (listed, "what has no day" if UNPARTITIONED in other else "")))
    raise NotConfirmed(
        f"Version {mapping.mapping_version} of the map is confirmed, and staged by another one (version "
        f"{', '.join(sorted(set(other.values())))}) are: {what}. Stage them again: in the UI the job prepare for what "
        "has no day, then migrate_day for days; or `migrate run`. Nothing was written."
    )
