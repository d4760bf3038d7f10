"""Contacts and organizations with their values transformed, before contacts become customers.

It belongs here: reading a sweep in chunks, and the two work tables that `customer_groups.py` joins. They live in the
transaction of one materialization only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd

from migration_assets.mapping.frames import to_rows
from migration_assets.mapping.model import Role
from migration_assets.staging.chunks import chunks
from migration_assets.staging.context import StagingContext, tabs_with_rows
from migration_assets.transforms.addresses import decoded
from migration_assets.transforms.apply import MappedRecords, apply, parse_raw
from migration_assets.transforms.people import name as full_name
from resources.ledger import Quarantined
from resources.warehouse import Connection, Table

CONTACTS = Table(
    "work.contact_rows",
    {
        "source_id": ("VARCHAR", ""),
        "number": ("BIGINT", "collection_id, for ties"),
        "created_at": ("TIMESTAMPTZ", ""),
        "version": ("VARCHAR", "content hash"),
        "name": ("VARCHAR", ""),
        "email": ("VARCHAR", "valid and in lower case, else null"),
        "other_emails": ("VARCHAR", "JSON list"),
        "phones": ("VARCHAR", "JSON list, E.164"),
        "unread": ("VARCHAR", "JSON list of source fields of which a part is no address"),
        "field_values": ("VARCHAR", "JSON"),
        "data": ("VARCHAR", "JSON"),
    },
)
ORGANIZATIONS = Table(
    "work.organization_rows",
    {
        "source_id": ("VARCHAR", ""),
        "version": ("VARCHAR", "content hash"),
        "field_values": ("VARCHAR", "JSON"),
        "data": ("VARCHAR", "JSON"),
    },
)

Losses = Counter[tuple[str, str, str]]
"""(field, kind, record; empty for what is counted of a whole field) -> how many."""


def fill(tx: Connection, context: StagingContext, losses: dict[str, Losses]) -> list[Quarantined]:
    """Fill both work tables; returns the contacts that the map's policies refuse."""
    rejected: list[Quarantined] = []
    tx.replace(CONTACTS, pd.DataFrame())
    for chunk, applied in _applied(tx, context, "contact", "ivinex.contacts"):
        losses["contacts"].update(_losses(chunk, applied))
        refused = {chunk[i]["source_id"]: reason for i, reason in applied.rejects.items()}
        rejected += [
            Quarantined(
                row["source_id"], "needs_mapping", refused[row["source_id"]], row["content_hash"],
                mapping_version=context.mapping.mapping_version,
            )
            for row in chunk
            if row["source_id"] in refused
        ]  # fmt: skip
        kept = [_contact(row, applied, i, context) for i, row in enumerate(chunk) if i not in applied.rejects]
        tx.append(CONTACTS, pd.DataFrame(kept, columns=list(CONTACTS.columns)))
    tx.replace(ORGANIZATIONS, pd.DataFrame())
    for chunk, applied in _applied(tx, context, "organization", "ivinex.organizations"):
        losses["organizations"].update(_losses(chunk, applied))
        made = [_organization(row, applied, i, context) for i, row in enumerate(chunk)]
        tx.append(ORGANIZATIONS, pd.DataFrame(made, columns=list(ORGANIZATIONS.columns)))
    return rejected


def _losses(chunk: list[dict[str, Any]], applied: MappedRecords) -> Losses:
    """Counted by field, and a value that could not be read by its record."""
    counted: Losses = Counter({(where, kind, ""): count for (where, kind), count in applied.losses.items()})
    counted.update((where, kind, chunk[position]["source_id"]) for position, where, kind in applied.dropped)
    return counted


def drop(tx: Connection) -> None:
    for table in (CONTACTS, ORGANIZATIONS):
        tx.execute(f"DROP TABLE IF EXISTS {table.name}")


def _applied(
    tx: Connection, context: StagingContext, role: Role, table: str
) -> Iterator[tuple[list[dict[str, Any]], MappedRecords]]:
    for tab in tabs_with_rows(tx, table):
        plan = tx.query(
            f"SELECT source_id, strlen(raw) AS bytes FROM {table} WHERE collection_type_id = ? "  # noqa: S608
            "ORDER BY try_cast(collection_id AS BIGINT), source_id",
            [tab],
        )
        for ids in chunks(plan):
            frame = tx.query(
                f"SELECT * FROM {table} WHERE source_id IN (SELECT unnest(?::VARCHAR[])) "  # noqa: S608
                "ORDER BY try_cast(collection_id AS BIGINT), source_id",
                [ids],
            )
            chunk = to_rows(frame)
            for row, record in zip(chunk, parse_raw([row["raw"] for row in chunk]), strict=True):
                row["record"] = record
            yield chunk, apply([row["record"] for row in chunk], context.mapping, role, tab, context.lookups)


def _contact(row: dict[str, Any], applied: MappedRecords, i: int, context: StagingContext) -> dict[str, Any]:
    emails = [e for name in ("email", "other_email") for e in applied.all(name, i)]
    phones = [p for p in (applied.get("phone", i), applied.get("other_phone", i)) if p]
    name = decoded(applied.get("name", i) or full_name(applied.get("first_name", i), applied.get("last_name", i)))
    data = {
        **_origin(row, context),
        **applied.extra[i],
    }
    return {
        "source_id": row["source_id"],
        "number": int(row["collection_id"]) if str(row["collection_id"]).isdigit() else None,
        "created_at": row["created_at"],
        "version": row["content_hash"],
        "name": full_name(name) or None,
        "email": emails[0] if emails else None,
        "other_emails": orjson.dumps(list(dict.fromkeys(emails[1:]))).decode(),
        "phones": orjson.dumps(list(dict.fromkeys(phones))).decode(),
        "unread": orjson.dumps(applied.unread.get(i, [])).decode(),
        "field_values": orjson.dumps(applied.custom[i]).decode(),
        "data": orjson.dumps({key: value for key, value in data.items() if value is not None}).decode(),
    }


def _organization(row: dict[str, Any], applied: MappedRecords, i: int, context: StagingContext) -> dict[str, Any]:
    data = {
        **_origin(row, context),
        "name": applied.get("name", i),
        "domain": applied.get("domain", i),
        **applied.extra[i],
    }
    return {
        "source_id": row["source_id"],
        "version": row["content_hash"],
        "field_values": orjson.dumps(applied.custom[i]).decode(),
        "data": orjson.dumps({key: value for key, value in data.items() if value is not None}).decode(),
    }


def _origin(row: dict[str, Any], context: StagingContext) -> dict[str, Any]:
    """Which record it is, and when and by whom it was made and last changed."""
    made, changed = (
        context.lookups.user(str(row["record"].get(f"{what}_by") or "")) for what in ("created", "modified")
    )
    return {
        "ivinex_id": row["source_id"],
        "ivinex_created": _iso(row["created_at"]),
        "ivinex_modified": _iso(row["modified_at"]),
        "ivinex_author": made["source_id"] if made else None,
        "ivinex_modifier": changed["source_id"] if changed else None,
    }


def _iso(at: Any) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at is not None else None
