"""Whether a row in quarantine may pass now: what changed since it was set aside, the map, its record, or neither.

It belongs here: comparing the versions that a row was set aside with, and one row with its record, for a person. It
does not: trying again (quarantine_replay.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from enum import StrEnum
from typing import Any

import pandas as pd

from migration_assets.gorgias.load.tickets import ORPHAN_STAGE
from migration_assets.ivinex import tables
from migration_assets.orchestration.decisions import DecisionRefused
from resources.ledger import Ledger
from resources.warehouse import Warehouse

_RECORDS = (tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP, tables.CONTACTS, tables.ORGANIZATIONS, tables.TASKS)
CONTACT = "contact"
_AWAITED = rf"(?:\(quarantine of contact |^as )(?P<{CONTACT}>\S+?)(?:\)|: )"
"""As staging says it of a ticket (staging/conversations) and of who shares an address (staging/people)."""
_PASSING = ("transient", "needs_permission")


class Since(StrEnum):
    """What changed since a row was set aside."""

    map = "the map changed"
    record = "its record changed"
    around = "what it waits for may be there now"
    unknown = "it is not known with which versions it was set aside"
    nothing = "neither the map nor its record changed"


def since_set_aside(rows: pd.DataFrame, warehouse: Warehouse, mapping_version: str) -> pd.Series:
    """`Since` of each row of the quarantine, by its index.

    Args:
        rows: all of them, since one may wait for another.
        mapping_version: of the map that is confirmed now.
    """
    present = _present_versions(warehouse, rows["source_id"].map(record_of).unique().tolist())
    found = pd.Series(str(Since.nothing), index=rows.index, dtype=object)
    found[(rows["mapping_version"] == "") | (rows["source_version"] == "")] = str(Since.unknown)
    found[rows["reason_class"].isin(_PASSING) | (rows["stage"] == ORPHAN_STAGE)] = str(Since.around)
    now = rows["source_id"].map(record_of).map(present)
    found[(rows["source_version"] != "") & now.notna() & (now != rows["source_version"])] = str(Since.record)
    found[(rows["mapping_version"] != "") & (rows["mapping_version"] != mapping_version)] = str(Since.map)
    # A ticket waits for its contact, and a message for its ticket, which a change of their own record tells nothing of.
    for awaited in (awaited_contact(rows), rows["source_id"].str.split("@").str[1]):
        stuck = awaited.isin(rows.loc[found == str(Since.nothing), "source_id"])
        aside = awaited.isin(rows["source_id"])
        freed = ~stuck if awaited.name == CONTACT else aside & ~stuck
        found[(found == str(Since.nothing)) & awaited.notna() & freed] = str(Since.around)
    return found


def awaited_contact(rows: pd.DataFrame) -> pd.Series:
    """The contact that a row waits for, by its index: None where it waits for none."""
    return rows["message"].str.extract(_AWAITED)[CONTACT]


def record_of(source_id: str) -> str:
    """The record of a row: `ivinex:1002:7@ivinex:1001:5`, an activity on a ticket, is of `ivinex:1002:7`."""
    return source_id.split("@", maxsplit=1)[0].split("#", maxsplit=1)[0].split("/", maxsplit=1)[0]


def shown_row(ledger: Ledger, warehouse: Warehouse, source_id: str, values: bool) -> list[dict[str, Any]]:
    """Everything that is known of a row in quarantine; several where several objects carry the id.

    Args:
        values: the record as it was read last as well, which is people's data.

    Raises:
        DecisionRefused: no such row is in quarantine.
    """
    rows = ledger.quarantine.rows()
    mine = rows[rows["source_id"] == source_id]
    if mine.empty:
        raise DecisionRefused(
            f"No row {source_id!r} is in quarantine: `migrate quarantine list` names them, in the UI the asset "
            "reconciliation/report."
        )
    confirmed = ledger.decisions.confirmed_mapping()
    version = confirmed.version if confirmed else ""
    since = since_set_aside(rows, warehouse, version)
    told: list[dict[str, Any]] = [
        {**{str(name): value for name, value in row.items()}, "mapping_version_now": version, "since": since[index]}
        for index, row in zip(mine.index, mine.to_dict("records"), strict=True)
    ]
    return [row | ({"record": _record(warehouse, record_of(source_id))} if values else {}) for row in told]


def _present_versions(warehouse: Warehouse, records: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in _RECORDS:
        if warehouse.exists(table):
            rows = warehouse.rows(
                f"SELECT source_id, content_hash FROM {table.name} WHERE list_contains(?, source_id)", [records]
            )
            found |= {row["source_id"]: row["content_hash"] for row in rows}
    return found


def _record(warehouse: Warehouse, record: str) -> str | None:
    for table in _RECORDS:
        if warehouse.exists(table):
            for row in warehouse.rows(f"SELECT raw FROM {table.name} WHERE source_id = ?", [record]):
                return str(row["raw"])
    return None
