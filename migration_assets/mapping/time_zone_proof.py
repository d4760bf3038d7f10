"""Is IVINEX_TIMEZONE right? Proved or disproved by a record of which a person knows the true time or by the headers of
mails, or unproved.

It belongs here: the verdict, its sentence, and keeping it. It does not: what mails prove (mail_header_dates.py), and
reading times (resources/ivinex/wire.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pandas as pd

from migration_assets.mapping.mail_header_dates import Proof, judge, mail_pairs
from migration_assets.mapping.profile import SWEEPS
from resources.ivinex import wire
from resources.warehouse import Table, Warehouse

KEPT = Table(
    "ivinex.time_zone_proof",
    {
        "zone": ("VARCHAR", "IVINEX_TIMEZONE of the discovery"),
        "proof": ("VARCHAR", "proved, unproved or disproved"),
        "sentence": ("VARCHAR", "by what, or what would prove it"),
    },
)

NEAR = timedelta(minutes=5)
"""A person reads a clock, and a mail takes its time."""
_WAY = (
    "Set IVINEX_KNOWN_TIME to a record and the moment when it was truly made, such as 10101:77=2024-07-01T15:30:00Z "
    "(in summer, where the zone has one), and read again: the job discover, or `migrate discover`"
)


@dataclass(frozen=True)
class ZoneProof:
    """A verdict on a zone, and its sentence."""

    zone: str
    proof: Proof
    sentence: str


def zone_proof(warehouse: Warehouse, zone: str, known: str) -> ZoneProof:
    """What the known time and the mails say together; where they contradict each other, it is unproved.

    Args:
        known: IVINEX_KNOWN_TIME; empty where nobody knows one.
    """
    of_record, by_record = _by_known_time(warehouse, zone, known)
    of_mails, by_mails = judge(mail_pairs(warehouse), zone)
    if of_record is Proof.disproved:
        return ZoneProof(zone, of_record, by_record)
    if of_mails is Proof.disproved and of_record is Proof.proved:
        return ZoneProof(
            zone,
            Proof.unproved,
            f"The zone {zone} is unproved: a record speaks for it, and mails against it: {by_mails}. {_WAY}.",
        )
    if of_mails is Proof.disproved:
        return ZoneProof(
            zone,
            of_mails,
            f"The zone {zone} is wrong: {by_mails}. Correct IVINEX_TIMEZONE and read again (the job discover, or "
            "`migrate discover`); where it is right all the same, set IVINEX_KNOWN_TIME to a record that shows it.",
        )
    if of_record is Proof.proved:
        return ZoneProof(zone, of_record, by_record)
    if of_mails is Proof.proved:
        return ZoneProof(zone, of_mails, f"The zone {zone} is proved by mails: {by_mails}.")
    return ZoneProof(
        zone,
        Proof.unproved,
        f"The zone {zone} is unproved, and every time is moved by it: {by_record}; {by_mails}. {_WAY}.",
    )


def keep_proof(warehouse: Warehouse, proof: ZoneProof) -> None:
    """Write `ivinex.time_zone_proof`, which the review and the confirmation ask."""
    row = {"zone": proof.zone, "proof": str(proof.proof), "sentence": proof.sentence}
    warehouse.replace(KEPT, pd.DataFrame([row]))


def kept_proof(warehouse: Warehouse) -> ZoneProof | None:
    """That of the last discovery; None where there was none yet."""
    rows = warehouse.rows(f"SELECT * FROM {KEPT.name}", if_exists=KEPT.name)  # noqa: S608
    return ZoneProof(rows[0]["zone"], Proof(rows[0]["proof"]), rows[0]["sentence"]) if rows else None


def _by_known_time(warehouse: Warehouse, zone: str, known: str) -> tuple[Proof, str]:
    """The verdict; its sentence, or where it is unproved a part of one."""
    if not known:
        return Proof.unproved, "no record's true time is known (IVINEX_KNOWN_TIME)"
    (record, _, moment), (tab, _, number) = known.partition("="), known.partition("=")[0].partition(":")
    true = datetime.fromisoformat(moment).astimezone(UTC)
    written = _created(warehouse, tab, number)
    at = wire.moment(written or "", ZoneInfo(zone)).value
    if at is None:
        return Proof.unproved, f"record {record} of IVINEX_KNOWN_TIME was not read, or has no time"
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
