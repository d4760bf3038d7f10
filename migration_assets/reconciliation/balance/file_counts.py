"""Files as units of the books: one for each ticket on which a file hangs, counted from what the sweeps met.

It belongs here: the SQL. A file on no ticket is a unit too, with the reason why it has no place in Gorgias.
"""

from migration_assets.gorgias.attachments.carried_files import CARRIED
from migration_assets.ivinex.attachments.file_tables import MENTIONS
from resources.warehouse import Connection, Table

NO_HOLDER = "Gorgias customers hold no files: kept in the store, listed in handoff/undelivered_files"
NO_TICKET = "its activity or task is on no ticket: kept in the store, listed in handoff/undelivered_files"

_LINKED = {"activity_ticket": "ivinex.activity_sweep", "task_ticket": "ivinex.tasks"}
_ON_TICKETS = """
    SELECT 'files' AS object, m.source_id || '@' || r.ticket AS source_id, r.partition, r.ticket AS parent
    FROM ({records}) r JOIN {mentions} m ON m.record_source_id = r.source_id AND m.content_hash = r.content_hash
"""
_OF_TICKETS = """
    SELECT t.source_id, t.content_hash, t.source_id AS ticket, coalesce(t.partition, 'none') AS partition
    FROM ivinex.ticket_sweep t
"""
_OF_OTHERS = """
    SELECT DISTINCT a.source_id, a.content_hash, t.source_id AS ticket, coalesce(t.partition, 'none') AS partition
    FROM ivinex.links l
    JOIN {table} a ON a.source_id = l.from_source_id
    JOIN ivinex.ticket_sweep t ON t.source_id = l.to_source_id
    WHERE l.role = '{role}'
"""
_ELSEWHERE = """
    SELECT 'files' AS object, m.source_id, 'none' AS partition, 'skipped' AS fallback, $reason AS reason
    FROM {table} r JOIN {mentions} m ON m.record_source_id = r.source_id AND m.content_hash = r.content_hash
"""
_UNATTACHED = """
    WHERE NOT EXISTS (SELECT 1 FROM ivinex.links l JOIN ivinex.ticket_sweep t ON t.source_id = l.to_source_id
                      WHERE l.role = '{role}' AND l.from_source_id = r.source_id)
"""


_NOT_CARRIED = """
    AND NOT EXISTS (SELECT 1 FROM gorgias.carried_files c WHERE split_part(c.source_id, '@', 1) = m.source_id)
"""
"""A file that Gorgias was given stays in the books as it was booked, whatever became of its ticket at the source."""


def count_files(tx: Connection, units: Table) -> None:
    """Add the files on tickets to the units."""
    if not tx.exists(MENTIONS):
        return
    records = [_OF_TICKETS, *(_OF_OTHERS.format(role=role, table=table) for role, table in linked(tx).items())]
    for found in records:
        select = _ON_TICKETS.format(records=found, mentions=MENTIONS.name)
        tx.execute(f"INSERT INTO {units.name} BY NAME {select}")


def count_files_elsewhere(tx: Connection, units: Table) -> None:
    """Add the files that hang on no ticket; they belong to no day."""
    if not tx.exists(MENTIONS):
        return
    for table in ("ivinex.contacts", "ivinex.organizations"):
        if tx.exists(table):
            select = _ELSEWHERE.format(table=table, mentions=MENTIONS.name)
            tx.execute(f"INSERT INTO {units.name} BY NAME {select}", {"reason": NO_HOLDER})
    tx.ensure(CARRIED)
    for role, table in linked(tx).items():
        select = _ELSEWHERE.format(table=table, mentions=MENTIONS.name) + _UNATTACHED.format(role=role) + _NOT_CARRIED
        tx.execute(f"INSERT INTO {units.name} BY NAME {select}", {"reason": NO_TICKET})


def linked(tx: Connection) -> dict[str, str]:
    """Link of a record to a ticket -> table of the records that become a message on it, of those that are there."""
    return {role: table for role, table in _LINKED.items() if tx.exists("ivinex.links") and tx.exists(table)}
