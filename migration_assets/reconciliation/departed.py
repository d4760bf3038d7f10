"""What was written and is not to be found in staging any more, with good reason: it is out of scope of a comparison.

The source deleted it since (told as a loss, kept in Gorgias), or it is a note of ours that a later staging does not
make again (a placeholder of a ticket that has got activities). It belongs here: leaving those out. It does not: rows
that were refused since, which stay in scope and are missed there.
"""

from resources.warehouse import Connection, Table

_TICKETS = """
    DELETE FROM {scope} s WHERE s.object = 'tickets'
    AND NOT EXISTS (SELECT 1 FROM staging.tickets t WHERE t.source_id = s.source_id)
    AND NOT EXISTS (SELECT 1 FROM ivinex.ticket_sweep t WHERE t.source_id = s.source_id)
"""
_MESSAGES = """
    DELETE FROM {scope} s WHERE s.object = 'messages'
    AND NOT EXISTS (SELECT 1 FROM staging.messages m WHERE m.source_id = s.source_id)
    AND (contains(s.source_id, '#') OR NOT EXISTS (
        SELECT 1 FROM ({records}) r WHERE r.source_id = split_part(s.source_id, '@', 1))
        OR NOT EXISTS (SELECT 1 FROM ivinex.ticket_sweep t WHERE t.source_id = split_part(s.source_id, '@', 2)))
"""


def leave_out(tx: Connection, scope: Table) -> None:
    """Take departed tickets and messages out of the scope."""
    sources = [name for name in ("ivinex.activity_sweep", "ivinex.tasks") if tx.exists(name)]
    if not (sources and tx.exists("ivinex.ticket_sweep") and tx.exists("staging.messages")):
        return
    tx.execute(_TICKETS.format(scope=scope.name))
    records = " UNION ALL ".join(f"SELECT source_id FROM {name}" for name in sources)  # noqa: S608 - names of our own tables
    tx.execute(_MESSAGES.format(scope=scope.name, records=records))
