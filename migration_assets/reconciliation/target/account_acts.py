"""What the account sent by itself on tickets of this migration: answers of rules and AI Agent, satisfaction surveys.

From what the account shows (messages that are not ours, events), not from what was sent to it. It belongs here: reading
the surveys, and which of these acts the load caused. It does not: fields of our own messages
(comparison/expected_tickets.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from migration_assets.reconciliation.target.target_tables import DEFINITIONS, MESSAGES, SURVEYS, frame_of
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.gorgias.wire import moment
from resources.ledger import Ledger
from resources.warehouse import Warehouse

ANSWERED, SURVEYED = "automatic answer", "satisfaction survey"
_SENT = "satisfaction-survey-sent"
_HIDDEN = (403, 404)

ANSWERS = f"""
    SELECT k.partition, '{ANSWERED}' AS field, NULL AS source_id, h.gorgias_id, 'on ' || k.source_id AS detail
    FROM {MESSAGES.name} h JOIN asked_tickets k ON k.gorgias_id = h.ticket_id
    ANTI JOIN paired p ON p.gorgias_id = h.gorgias_id
    LEFT JOIN {DEFINITIONS.name} u ON u.object = 'users' AND u.gorgias_id = h.sender_id
    LEFT JOIN (
        SELECT q.ticket_id, min(q.created_at) AS asked_at FROM {MESSAGES.name} q
        ANTI JOIN paired o ON o.gorgias_id = q.gorgias_id WHERE NOT q.from_agent GROUP BY q.ticket_id
    ) n ON n.ticket_id = h.ticket_id
    WHERE h.from_agent AND coalesce(h.public, true) AND h.channel <> 'internal-note'
      AND (coalesce(h.automatic, false) OR u.facts ->> '$.role' = 'bot')
      AND coalesce(n.asked_at > h.created_at, true)
"""
"""An answer that nobody asked for: where the customer wrote anew since, the answer is to that."""
ASKED_BY_SURVEY = f"""
    SELECT k.partition, '{SURVEYED}' AS field, NULL AS source_id, s.gorgias_id, 'on ' || k.source_id AS detail
    FROM {SURVEYS.name} s JOIN asked_tickets k ON k.gorgias_id = s.ticket_id
    JOIN reconciliation.target_tickets h ON h.gorgias_id = k.gorgias_id
    WHERE h.closed_at IS NULL OR h.closed_at IS NOT DISTINCT FROM k.closed_at
"""
"""One that nobody closed anew since was closed by the load."""


def read_surveys(reader: Reader, ledger: Ledger, warehouse: Warehouse) -> None:
    """Surveys that the account sent since this migration began: one call a hundred. None where events are hidden."""
    since, rows = ledger.times.first_sent(), []
    bounds = {"created_datetime[gte]": moment(since)} if since else {}
    try:
        for row in reader.rows("/api/events", types=_SENT, **bounds):
            if row.get("type") == _SENT and row.get("object_type") == "Ticket":
                at = row.get("created_datetime")
                rows.append({"gorgias_id": row["id"], "ticket_id": row["object_id"], "sent_at": at})
    except GorgiasError as error:
        if error.status not in _HIDDEN:
            raise
    warehouse.replace(SURVEYS, frame_of(SURVEYS, rows))
