"""Is IVINEX_TIMEZONE right? Proved by a record of which a person knows the true time, disproved by it, or unproved.

It belongs here: the comparison and its sentence. It does not: reading times (resources/ivinex/wire.py).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import orjson

from migration_assets.mapping.profile import SWEEPS
from resources.ivinex import wire

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

NEAR = timedelta(minutes=5)
"""A person reads a clock, and a mail takes its time."""
_WAY = (
    "Set IVINEX_KNOWN_TIME to a record and the moment when it was truly made, such as 10101:77=2024-07-01T15:30:00Z "
    "(in summer, where the zone has one), and read again: the job discover, or `migrate discover`"
)


class Proof(StrEnum):
    proved = "proved"
    unproved = "unproved"
    disproved = "disproved"


def zone_proof(warehouse: Warehouse, zone: str, known: str) -> tuple[Proof, str]:
    """The verdict and its sentence.

    Args:
        known: IVINEX_KNOWN_TIME; empty where nobody knows one.
    """
    if not known:
        return Proof.unproved, f"The zone {zone} is unproved: every time is moved by it. {_WAY}."
    (record, _, moment), (tab, _, number) = known.partition("="), known.partition("=")[0].partition(":")
    true = datetime.fromisoformat(moment).astimezone(UTC)
    written = _created(warehouse, tab, number)
    at = wire.moment(written or "", ZoneInfo(zone)).value
    if at is None:
        return Proof.unproved, f"The zone {zone} is unproved: record {record} was not read, or has no time. {_WAY}."
    off = at - true
    if abs(off) <= NEAR:
        return Proof.proved, f"The zone {zone} is proved by record {record}."
    hours = off.total_seconds() / 3600
    return (
        Proof.disproved,
        f"The zone {zone} is wrong, or record {record} of IVINEX_KNOWN_TIME is another one: by the zone it was made "
        f"{abs(hours):.1f} hours {'after' if hours > 0 else 'before'} its true time. Correct IVINEX_TIMEZONE and read "
        "again (the job discover, or `migrate discover`).",
    )


def _created(warehouse: Warehouse, tab: str, number: str) -> str | None:
    for table in SWEEPS:
        if warehouse.exists(table):
            query = f"SELECT raw FROM {table} WHERE collection_type_id = ? AND collection_id = ? LIMIT 1"  # noqa: S608
            for row in warehouse.rows(query, [tab, number]):
                value = orjson.loads(row["raw"]).get("created_date")
                return None if value is None else str(value)
    return None
