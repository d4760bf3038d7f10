"""handoff/organization_relations: organization -> contacts -> tickets, with the ids of both sides.

It belongs here: the chain that Gorgias cannot hold, since it has no organizations (architecture.md 8). It does not: the
fields of an organization, which are on its contacts' customers; those of one without contacts are a private file.
"""

from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument, publish_page
from migration_assets.handoff.sources import RECORD_IDS, copy_record_ids, mapping_of
from migration_assets.mapping.model import Mapping
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

NAME = "organization_relations"
LINES = f"{NAME}.ndjson"
_TICKETS = """
    INSERT INTO handoff.ticket_contacts
    SELECT 'ivinex:' || f.linked_collection_type_id || ':' || (t.raw ->> $path) AS contact, t.source_id
    FROM ivinex.ticket_sweep t
    JOIN ivinex.fields f ON f.collection_type_id = t.collection_type_id AND f.field_name = $field
    WHERE t.collection_type_id = $tab AND (t.raw ->> $path) NOT IN ('', '0')
"""
_MEMBERS = f"""
    CREATE OR REPLACE TABLE handoff.organization_members AS
    SELECT DISTINCT l.to_source_id AS organization, l.from_source_id AS contact, c.gorgias_id AS customer_id
    FROM ivinex.links l LEFT JOIN {RECORD_IDS.name} c ON c.object = 'contacts' AND c.source_id = l.from_source_id
    WHERE l.role = 'contact_organization'
"""  # noqa: S608
_CHAIN = f"""
    WITH tickets AS (
        SELECT t.contact, list({{'ivinex': t.source_id, 'gorgias': r.gorgias_id}} ORDER BY t.source_id) AS tickets
        FROM handoff.ticket_contacts t
        LEFT JOIN {RECORD_IDS.name} r ON r.object = 'tickets' AND r.source_id = t.source_id
        GROUP BY t.contact
    ), contacts AS (
        SELECT m.organization, list(
               {{'ivinex': m.contact, 'gorgias': m.customer_id, 'tickets': coalesce(t.tickets, [])}} ORDER BY m.contact
        ) AS contacts
        FROM handoff.organization_members m LEFT JOIN tickets t ON t.contact = m.contact
        GROUP BY m.organization
    )
    SELECT o.source_id AS organization, coalesce(c.contacts, []) AS contacts
    FROM ivinex.organizations o LEFT JOIN contacts c ON c.organization = o.source_id
    ORDER BY o.collection_type_id, try_cast(o.collection_id AS BIGINT), o.source_id
"""  # noqa: S608
_NUMBERS = ("organizations", "with_contacts", "without_contacts", "contacts", "contacts_not_moved", "tickets")
_COUNTS = """
    SELECT (SELECT count(*) FROM ivinex.organizations) AS organizations,
           count(DISTINCT m.organization) AS with_contacts, count(DISTINCT m.contact) AS contacts,
           count(DISTINCT m.contact) FILTER (m.customer_id IS NULL) AS contacts_not_moved,
           (SELECT count(DISTINCT t.source_id) FROM handoff.ticket_contacts t
            SEMI JOIN handoff.organization_members m ON m.contact = t.contact) AS tickets
    FROM handoff.organization_members m
"""
_LARGEST = """
    SELECT m.organization, count(DISTINCT m.contact) AS contacts, count(DISTINCT t.source_id) AS tickets
    FROM handoff.organization_members m LEFT JOIN handoff.ticket_contacts t ON t.contact = m.contact
    GROUP BY m.organization ORDER BY tickets DESC, contacts DESC, m.organization LIMIT 20
"""
ALONE = Path("unmapped/organizations_without_contacts.ndjson")
"""In the private folder: what nobody's customer holds."""
_ALONE = """
    SELECT o.source_id, coalesce(try_cast(o.raw AS JSON), to_json(o.raw)) AS record FROM ivinex.organizations o
    ANTI JOIN handoff.organization_members m ON m.organization = o.source_id
    ORDER BY o.collection_type_id, try_cast(o.collection_id AS BIGINT), o.source_id
"""
ORGANIZATION_RELATIONS_COLUMNS = {"organization": "organization", "contacts": "contacts", "tickets": "tickets"}


def write_organization_relations(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The lines, made by DuckDB and never held here, and the document with its numbers for the UI."""
    made = documents.private_folder(home) / f"{LINES}.part"
    with warehouse.transaction() as tx:
        if not (tx.exists("ivinex.organizations") and tx.exists("ivinex.links")):
            return _published(home, {"numbers": dict.fromkeys(_NUMBERS, 0), "lines": "", "alone": "", "largest": []})
        copy_record_ids(tx, ledger)
        tx.execute(_MEMBERS)
        _contacts_of_tickets(tx, mapping_of(home))
        numbers = {name: int(value) for name, value in tx.rows(_COUNTS)[0].items()}
        largest = tx.rows(_LARGEST)
        tx.write_lines(_CHAIN, made)
        numbers["without_contacts"] = tx.write_lines(_ALONE, documents.private_folder(home, "unmapped") / ALONE.name)
        tx.execute("DROP TABLE handoff.organization_members; DROP TABLE handoff.ticket_contacts")
    lines = documents.publish_file(home, LINES, made)
    content = {"numbers": numbers, "lines": LINES, "alone": f"private/{ALONE}", "largest": largest}
    return _published(home, content, lines=lines)


def _published(home: Path, content: dict[str, Any], **files: Path) -> HandoffDocument:
    largest = content["largest"]
    table = markdown.table(largest, ORGANIZATION_RELATIONS_COLUMNS)
    paths = publish_page(home, NAME, content, **content, table=table) | files
    return HandoffDocument(paths, content["numbers"], largest, ORGANIZATION_RELATIONS_COLUMNS)


def _contacts_of_tickets(tx: Connection, mapping: Mapping | None) -> None:
    """handoff.ticket_contacts: the contact that each ticket names, by the map's link field."""
    tx.execute("CREATE OR REPLACE TABLE handoff.ticket_contacts (contact VARCHAR, source_id VARCHAR)")
    for role, _, item in mapping.each("standard") if mapping else ():
        if role == "ticket" and item.target.name == "contact":
            given = {"path": f'$."{item.source}"', "field": item.source, "tab": item.collection_type_id}
            tx.execute(_TICKETS, given)
