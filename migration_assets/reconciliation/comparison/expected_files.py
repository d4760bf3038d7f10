"""What Gorgias should hold of a day's files: name, size, type and content by message, and the addresses of images.

It belongs here: the wanted and the held side of attachments, worked out from staged rows and the ledger's uploads; it
shares nothing with what builds requests. It does not: the rest of a message (expected_tickets.py).
"""

import re
from collections.abc import Sequence
from html import escape

import pandas as pd

from migration_assets.gorgias.attachments.carried_files import CARRIED
from migration_assets.reconciliation.target.file_contents import CONTENTS
from resources.ledger import Ledger
from resources.warehouse import Connection, Table

PLACE = "https://files.invalid/"
"""In a staged body, followed by the sha256 of an image: the address is known when it is uploaded."""
_DIGEST = re.compile(re.escape(PLACE) + "([0-9a-f]{64})")
BODIES = Table(
    "reconciliation.asked_bodies",
    {
        "source_id": ("VARCHAR", "the message"),
        "body_html": ("VARCHAR", "its HTML with the addresses of the uploads"),
    },
)
UPLOADS = Table(
    "reconciliation.uploads",
    {"sha256": ("VARCHAR", "a content"), "url": ("VARCHAR", "where Gorgias keeps it")},
)
FILES = """
    CREATE OR REPLACE TEMP TABLE files AS
    SELECT s.partition, s.source_id, coalesce(c.message_source_id, s.message_source_id) AS message_source_id,
           coalesce(c.name, s.name) AS name, coalesce(c.size, s.size) AS size,
           coalesce(c.content_type, s.content_type) AS content_type, coalesce(c.sha256, s.sha256) AS sha256
    FROM staging.attachments s LEFT JOIN gorgias.carried_files c USING (source_id)
    WHERE list_contains($keys, s.partition)
    UNION ALL
    SELECT w.partition, c.source_id, c.message_source_id, c.name, c.size, c.content_type, c.sha256
    FROM gorgias.carried_files c JOIN reconciliation.scope w ON w.object = 'files' AND w.source_id = c.source_id
    WHERE NOT EXISTS (FROM staging.attachments s WHERE s.source_id = c.source_id)
"""
"""As each was given to its message, whatever became of it at the source since."""

EXPECTED_FILES = """
    CREATE OR REPLACE TEMP TABLE asked_files AS
    SELECT f.message_source_id AS source_id, bool_or(w.source_id IS NULL) AS undelivered,
           coalesce(list_sort(
               list(file_line(f.name, f.size, f.content_type, f.sha256)) FILTER (w.source_id IS NOT NULL)
           ), []) AS files
    FROM files f
    LEFT JOIN reconciliation.scope w ON w.object = 'files' AND w.source_id = f.source_id GROUP BY f.message_source_id
"""
NO_FILES = """
    CREATE OR REPLACE TEMP TABLE asked_files (source_id VARCHAR, undelivered BOOLEAN, files VARCHAR[])
"""
ACTUAL_FILES = r"""
    CREATE OR REPLACE TEMP TABLE held_files AS
    SELECT ticket_id, regexp_replace(external_id, '#files\d*$', '') AS carrier,
           list_sort(list(file_line(name, size, content_type, content))) AS files
    FROM (
        SELECT m.ticket_id, m.external_id, m.file.name AS name, m.file.size AS size,
               m.file.content_type AS content_type,
               -- What was read there; else what was uploaded there; else the address is the content's only name.
               coalesce(c.sha256, nullif(c.problem, 'refused'), u.sha256, m.file.url) AS content
        FROM (SELECT partition, ticket_id, external_id, unnest(files_in(attachments)) AS file
              FROM reconciliation.target_messages WHERE list_contains($keys, partition)) m
        LEFT JOIN reconciliation.file_contents c ON c.partition = m.partition AND c.url = m.file.url
        LEFT JOIN reconciliation.uploads u ON u.url = m.file.url
    ) one GROUP BY ALL
"""
"""By message; files that came later may be on a note beside it (`<message>#files`), for which no row is staged."""
_ADDRESSES = """
    SELECT DISTINCT file.url AS url FROM (
        SELECT unnest(files_in(attachments)) AS file FROM reconciliation.target_messages
        WHERE list_contains($keys, partition)
    )
"""
NOTED_FILES = """(
    SELECT coalesce(list_sort(list(file_line(name, size, content_type, content))), []) FROM (
        SELECT m.file.name AS name, m.file.size AS size, m.file.content_type AS content_type,
               coalesce(c.sha256, nullif(c.problem, 'refused'), u.sha256, m.file.url) AS content
        FROM (SELECT unnest(files_in(k.value)) AS file) m
        LEFT JOIN (SELECT DISTINCT ON (url) * FROM reconciliation.file_contents) c ON c.url = m.file.url
        LEFT JOIN reconciliation.uploads u ON u.url = m.file.url
    ) one)"""
"""The same of what a delta found on a message, as JSON in `k.value`."""


def expect_files(tx: Connection, ledger: Ledger, keys: Sequence[str]) -> None:
    """Fill asked_files, held_files and the bodies with images of these days."""
    tx.ensure(BODIES)
    tx.execute("DELETE FROM reconciliation.asked_bodies")
    tx.ensure(CONTENTS)
    addresses = {str(row["url"]) for row in tx.rows(_ADDRESSES, {"keys": list(keys)})}
    held = [{"sha256": sha256, "url": url} for url, sha256 in ledger.uploads.uploaded_to(addresses).items()]
    tx.replace(UPLOADS, pd.DataFrame(held, columns=list(UPLOADS.columns)))
    tx.execute(ACTUAL_FILES, {"keys": list(keys)})
    if not tx.exists("staging.attachments"):
        tx.execute(NO_FILES)
        return
    tx.ensure(CARRIED)
    tx.execute(FILES, {"keys": list(keys)})
    tx.execute(EXPECTED_FILES)
    rows = tx.rows(
        "SELECT source_id, body_html FROM staging.messages WHERE list_contains($keys, partition) "
        "AND contains(body_html, $place)",
        {"keys": list(keys), "place": PLACE},
    )
    uploads = ledger.uploads.of({digest for row in rows for digest in _DIGEST.findall(row["body_html"])})

    def address(found: re.Match[str]) -> str:
        return escape(uploads[found[1]].url) if found[1] in uploads else found[0]

    made = [{**row, "body_html": _DIGEST.sub(address, row["body_html"])} for row in rows]
    tx.append(BODIES, pd.DataFrame(made, columns=list(BODIES.columns)))
