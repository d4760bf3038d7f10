"""handoff/record_links: every link of the migrated records, with the ids of both ends on both sides.

It belongs here: which links there are, whatever told of them (a link field, LinkRecords), and where their ends are in
Gorgias. It does not: the chain of organizations (organization_relations.py), and what a ticket says of its links
(staging/conversations/record_links.py).
"""

from pathlib import Path
from typing import Any

from migration_assets import documents, markdown
from migration_assets.handoff.results import HandoffDocument
from migration_assets.handoff.sources import MOVED, RECORD_IDS, copy_record_ids
from migration_assets.ivinex import tables
from resources.ledger import Ledger
from resources.warehouse import Connection, Table, Warehouse

NAME = "record_links"
LINES = f"{NAME}.ndjson"
MESSAGES = Table(
    "handoff.link_messages",
    {"source_id": ("VARCHAR", "the activity or task"), "gorgias_id": ("BIGINT", "a message that was made of it")},
)
RECORDS = (
    tables.CONTACTS, tables.ORGANIZATIONS, tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP, tables.TASKS,
)  # fmt: skip
_FIELDS = """
    SELECT collection_type_id AS tab, field_name AS field, linked_collection_type_id AS linked FROM ivinex.fields
    WHERE kind = 'link' AND linked_collection_type_id IS NOT NULL ORDER BY ALL
"""
_OF_FIELD = """
    INSERT INTO handoff.found_links
    SELECT source_id, 'ivinex:' || $linked || ':' || trim(value), 'field ' || $field FROM (
        SELECT source_id, json_extract_string(CASE WHEN json_valid(raw) THEN raw END, $path) AS value
        FROM {table} WHERE collection_type_id = $tab
    ) WHERE regexp_full_match(trim(value), '[1-9][0-9]*')
"""
_IDS = f"""
    CREATE OR REPLACE TABLE handoff.link_ids AS
    SELECT source_id, list(DISTINCT gorgias_id ORDER BY gorgias_id) AS ids FROM (
        SELECT source_id, gorgias_id FROM {RECORD_IDS.name} WHERE gorgias_id IS NOT NULL
        UNION ALL SELECT source_id, gorgias_id FROM {MESSAGES.name}
    ) GROUP BY source_id
"""  # noqa: S608
_LINKS = """
    CREATE OR REPLACE TABLE handoff.links AS
    SELECT f.one, f.other, list(DISTINCT f.via ORDER BY f.via) AS via,
           coalesce(any_value(a.ids), []) AS one_ids, coalesce(any_value(b.ids), []) AS other_ids
    FROM (SELECT least(one, other) AS one, greatest(one, other) AS other, via FROM handoff.found_links) f
    LEFT JOIN handoff.link_ids a ON a.source_id = f.one LEFT JOIN handoff.link_ids b ON b.source_id = f.other
    WHERE f.one <> f.other AND (a.ids IS NOT NULL OR b.ids IS NOT NULL) GROUP BY f.one, f.other
"""
_LINES = """
    SELECT {'ivinex': one, 'gorgias': one_ids} AS one, {'ivinex': other, 'gorgias': other_ids} AS other, via
    FROM handoff.links ORDER BY one, other
"""
_COUNTS = """
    SELECT coalesce(any_value(a.tab), split_part(one, ':', 2)) AS one,
           coalesce(any_value(b.tab), split_part(other, ':', 2)) AS other, count(*) AS links,
           count(*) FILTER (one_ids <> [] AND other_ids <> []) AS both_in_gorgias
    FROM handoff.links
    LEFT JOIN ivinex.tabs a ON a.collection_type_id = split_part(one, ':', 2)
    LEFT JOIN ivinex.tabs b ON b.collection_type_id = split_part(other, ':', 2)
    GROUP BY split_part(one, ':', 2), split_part(other, ':', 2) ORDER BY ALL
"""
_PARTLY_KNOWN = f"""
    SELECT parent, records, asked FROM {tables.LINK_READS.name} WHERE asked < records ORDER BY parent
"""  # noqa: S608
RECORD_LINKS_COLUMNS = {"one": "tab", "other": "other tab", "links": "links", "both_in_gorgias": "both ends in Gorgias"}


def write_record_links(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The lines, made by DuckDB and never held here, and the document with its numbers for the UI."""
    made = documents.private_folder(home) / f"{LINES}.part"
    with warehouse.transaction() as tx:
        if not (tx.exists("ivinex.fields") and tx.exists("ivinex.links")):
            return _published(home, {"by_tabs": [], "lines": "", "partly_known": []})
        copy_record_ids(tx, ledger)
        _messages(tx, ledger)
        _find(tx)
        tx.execute(_IDS)
        tx.execute(_LINKS)
        by_tabs = tx.rows(_COUNTS)
        partly_known = tx.rows(_PARTLY_KNOWN) if tx.exists(tables.LINK_READS) else []
        tx.write_lines(_LINES, made)
        for name in ("found_links", "link_messages", "link_ids", "links"):
            tx.execute(f"DROP TABLE handoff.{name}")
    lines = documents.publish_file(home, LINES, made)
    return _published(home, {"by_tabs": by_tabs, "lines": LINES, "partly_known": partly_known}, lines=lines)


def _published(home: Path, content: dict[str, Any], **files: Path) -> HandoffDocument:
    paths = documents.publish(home, NAME, content, _page(content)) | files
    numbers = {"links": sum(row["links"] for row in content["by_tabs"])}
    return HandoffDocument(paths, numbers, content["by_tabs"], RECORD_LINKS_COLUMNS)


def _page(content: dict[str, Any]) -> str:
    return markdown.render(f"{NAME}.md.j2", **content, table=markdown.table(content["by_tabs"], RECORD_LINKS_COLUMNS))


def _messages(tx: Connection, ledger: Ledger) -> None:
    """An activity is the messages that were made of it, one on each of its tickets."""
    tx.ensure(MESSAGES)
    for batch in ledger.outcomes.outcome_batches(objects=["messages"]):
        moved = batch[batch["outcome"].isin(MOVED) & batch["gorgias_id"].notna() & batch["source_id"].str.contains("@")]
        records = moved.assign(source_id=moved["source_id"].str.split("@").str[0])[list(MESSAGES.columns)]
        tx.append(MESSAGES, records.astype({"gorgias_id": "int64"}))


def _find(tx: Connection) -> None:
    """handoff.found_links: both ends of every link, and what told of it."""
    tx.execute("CREATE OR REPLACE TABLE handoff.found_links (one VARCHAR, other VARCHAR, via VARCHAR)")
    tx.execute(
        "INSERT INTO handoff.found_links SELECT from_source_id, to_source_id, "
        "coalesce(replace(via, 'field:', 'field '), 'related') FROM ivinex.links"
    )
    if tx.exists(tables.OTHER_LINKS):
        tx.execute(
            f"INSERT INTO handoff.found_links SELECT one_source_id, other_source_id, 'related' "  # noqa: S608
            f"FROM {tables.OTHER_LINKS.name}"
        )
    for link in tx.rows(_FIELDS):
        for table in RECORDS:
            if tx.exists(table):
                path = "/" + link["field"].replace("~", "~0").replace("/", "~1")
                tx.execute(_OF_FIELD.format(table=table.name), link | {"path": path})
