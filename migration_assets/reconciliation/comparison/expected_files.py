"""What Gorgias should hold of a day's files: name, size, type and content by message, and the addresses of images.

It belongs here: the wanted and the held side of attachments, worked out from staged rows and the ledger's uploads; it
shares nothing with what builds requests. It does not: the rest of a message (expected_tickets.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import re
from collections.abc import Sequence
from html import escape

import pandas as pd

from migration_assets.gorgias.attachments.carried_files import CARRIED
from migration_assets.reconciliation.comparison.comparator import SCOPE
from migration_assets.reconciliation.target.file_contents import CONTENTS
from migration_assets.reconciliation.target.target_tables import MESSAGES
from resources.gorgias.downloads import REFUSED
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
_LISTED = "{0}.name || ' ' || {0}.size || ' ' || {0}.content_type || ' ' || coalesce({0}.content, '')"
"""A file by its name, size and type, and by its content."""
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

EXPECTED_FILES = f"""
    CREATE OR REPLACE TEMP TABLE asked_files AS
    SELECT f.message_source_id AS source_id, bool_or(w.source_id IS NULL) AS undelivered,
           coalesce(list_sort(list({_LISTED.format("f")}) FILTER (w.source_id IS NOT NULL)), []) AS files
    FROM (SELECT *, sha256 AS content FROM files) f
    LEFT JOIN {SCOPE.name} w ON w.object = 'files' AND w.source_id = f.source_id GROUP BY f.message_source_id
"""
NO_FILES = """
    CREATE OR REPLACE TEMP TABLE asked_files (source_id VARCHAR, undelivered BOOLEAN, files VARCHAR[])
"""
FILE_NOTE = r"'#files\d*$'"
"""How the external id of a note ends that carries files which came later: no row of staging.messages stands for it."""
_LIST = '[{"url":"VARCHAR","name":"VARCHAR","size":"VARCHAR","content_type":"VARCHAR"}]'
ACTUAL_FILES = f"""
    CREATE OR REPLACE TEMP TABLE held_files AS
    SELECT ticket_id, regexp_replace(external_id, {FILE_NOTE}, '') AS carrier,
           list_sort(list({_LISTED.format("one")})) AS files
    FROM (
        SELECT m.ticket_id, m.external_id, m.file.name AS name, m.file.size AS size,
               m.file.content_type AS content_type,
               -- What was read there; else what was uploaded there; else the address is the content's only name.
               coalesce(c.sha256, nullif(c.problem, '{REFUSED}'), u.sha256, m.file.url) AS content
        FROM (SELECT partition, ticket_id, external_id, unnest(from_json(attachments, '{_LIST}')) AS file
              FROM {MESSAGES.name} WHERE list_contains($keys, partition)) m
        LEFT JOIN {CONTENTS.name} c ON c.partition = m.partition AND c.url = m.file.url
        LEFT JOIN {UPLOADS.name} u ON u.url = m.file.url
    ) one GROUP BY ALL
"""
"""By message; files that came later may be on a note beside it (`<message>#files`)."""
NOTED_FILES = f"""(
    SELECT coalesce(list_sort(list({_LISTED.format("one")})), []) FROM (
        SELECT m.file.name AS name, m.file.size AS size, m.file.content_type AS content_type,
               coalesce(c.sha256, nullif(c.problem, '{REFUSED}'), u.sha256, m.file.url) AS content
        FROM (SELECT unnest(from_json(k.value, '{_LIST}')) AS file) m
        LEFT JOIN (SELECT DISTINCT ON (url) * FROM {CONTENTS.name}) c ON c.url = m.file.url
        LEFT JOIN {UPLOADS.name} u ON u.url = m.file.url
    ) one)"""
"""The same of what a delta found on a message, as JSON in `k.value`."""


def expect_files(tx: Connection, ledger: Ledger, keys: Sequence[str]) -> None:
    """Fill asked_files, held_files and the bodies with images of these days."""
    tx.ensure(BODIES)
    tx.execute(f"DELETE FROM {BODIES.name}")
    tx.ensure(CONTENTS)
    sql = f"SELECT DISTINCT file.url AS url FROM (SELECT unnest(from_json(attachments, '{_LIST}')) AS file "
    sql += f"FROM {MESSAGES.name} WHERE list_contains(?, partition))"
    addresses = {str(row["url"]) for row in tx.rows(sql, [list(keys)])}
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
