"""Which contacts are one customer, and who owns an address. Set-wise, in SQL over `contact_rows.py`'s work tables.

Rules: one customer per e-mail in lower case, the oldest contact first (docs/mapping.md); an address is a channel of one
customer only, because Gorgias refuses a second customer with it (gorgias-api.md 6.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migration_assets.mapping.frames import to_rows
from resources.batches import batches
from resources.warehouse import Connection

CHUNK = 2_000

_GROUPS = """
CREATE OR REPLACE TABLE work.customer_of AS
SELECT source_id, first_value(source_id) OVER oldest AS customer_id, row_number() OVER oldest AS place
FROM work.contact_rows
WINDOW oldest AS (PARTITION BY coalesce(email, source_id) ORDER BY created_at NULLS LAST, number, source_id)
"""
_OWNERS = """
CREATE OR REPLACE TABLE work.address_owner AS
WITH claims AS (
    SELECT email AS address, 0 AS strength, created_at, number, source_id FROM work.contact_rows WHERE email IS NOT NULL
    UNION ALL
    SELECT unnest(from_json(other_emails, '["VARCHAR"]')), 1, created_at, number, source_id FROM work.contact_rows
    UNION ALL
    SELECT unnest(from_json(phones, '["VARCHAR"]')), 1, created_at, number, source_id FROM work.contact_rows
)
SELECT DISTINCT address,
    first_value(customer_id) OVER (
        PARTITION BY address ORDER BY strength, created_at NULLS LAST, number, source_id
    ) AS customer_id
FROM claims JOIN work.customer_of USING (source_id)
"""
_RELATIONS = """
CREATE OR REPLACE TABLE work.organization_of AS
SELECT from_source_id AS source_id, list(DISTINCT to_source_id) AS linked,
    arg_min(to_source_id, (CASE WHEN via LIKE 'field:%' THEN 0 ELSE 1 END, to_source_id)) AS organization_id
FROM ivinex.links WHERE role = 'contact_organization' GROUP BY from_source_id
"""
_MEMBERS = """
SELECT c.*, g.customer_id, o.source_id AS organization_id, o.version AS organization_version,
    o.field_values AS organization_values, o.data AS organization_data,
    coalesce(len(r.linked), 0) AS organizations, r.organization_id AS linked_organization_id
FROM work.customer_of g JOIN work.contact_rows c USING (source_id)
LEFT JOIN work.organization_of r USING (source_id)
LEFT JOIN work.organization_rows o ON o.source_id = r.organization_id
WHERE g.customer_id IN (SELECT unnest(?::VARCHAR[]))
ORDER BY g.customer_id, g.place
"""


def group(tx: Connection) -> None:
    """Decide groups, owners of addresses, and each contact's organization."""
    tx.execute(_GROUPS)
    tx.execute(_OWNERS)
    tx.execute(_RELATIONS)


def members(tx: Connection) -> Iterator[tuple[list[list[dict[str, Any]]], dict[str, set[str]]]]:
    """Chunks of customers: each one's contacts, the oldest first; and customer -> the addresses that it owns."""
    customers = tx.query(
        "SELECT customer_id FROM work.customer_of JOIN work.contact_rows USING (source_id) WHERE place = 1 "
        "ORDER BY number, customer_id"
    )["customer_id"].tolist()
    for wanted in batches(customers, CHUNK):
        groups: dict[str, list[dict[str, Any]]] = {customer: [] for customer in wanted}
        for row in to_rows(tx.query(_MEMBERS, [wanted])):
            groups[row["customer_id"]].append(row)
        owned: dict[str, set[str]] = {customer: set() for customer in wanted}
        for row in to_rows(
            tx.query("SELECT * FROM work.address_owner WHERE customer_id IN (SELECT unnest(?::VARCHAR[]))", [wanted])
        ):
            owned[row["customer_id"]].add(row["address"])
        yield list(groups.values()), owned


def organization_outcomes(tx: Connection) -> list[tuple[str, int]]:
    """(organization, number of contacts that it is flattened into)."""
    found = tx.query(
        "SELECT o.source_id, count(r.source_id) AS contacts FROM work.organization_rows o "
        "LEFT JOIN (SELECT r.organization_id, c.source_id FROM work.organization_of r "
        "JOIN work.contact_rows c USING (source_id)) r ON r.organization_id = o.source_id "
        "GROUP BY o.source_id ORDER BY o.source_id"
    )
    return [(row["source_id"], int(row["contacts"])) for row in to_rows(found)]


def drop(tx: Connection) -> None:
    for name in ("customer_of", "address_owner", "organization_of"):
        tx.execute(f"DROP TABLE IF EXISTS work.{name}")
