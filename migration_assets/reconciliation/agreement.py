"""Does Gorgias hold what was staged? The walked rows beside the staged ones, field by field, in SQL.

It belongs here: which fields are compared and what counts as equal. It does not: reading Gorgias (walk.py), and
bodies, subjects of messages, meta, attachments and channels of customers, which the full comparison reads.
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from migration_assets.reconciliation.walk import CUSTOMERS, MESSAGES, TICKETS
from resources.warehouse import Connection, Table

DIFFERENCES = Table(
    "reconciliation.differences",
    {
        "object": ("VARCHAR", "tickets, customers or messages"),
        "field": ("VARCHAR", "what differs; * for the whole object"),
        "kind": ("VARCHAR", "missing, doubled, extra, trashed or different"),
        "source_id": ("VARCHAR", "the staged row; NULL for an extra message"),
        "gorgias_id": ("BIGINT", "the object in Gorgias, where there is one"),
        "detail": ("VARCHAR", "ids of doubles"),
    },
)
_TEXT = "coalesce(a.{0}, '') <> coalesce(h.{0}, '')"
_PLAIN = "a.{0} IS DISTINCT FROM h.{0}"
_NAMES = "list_sort(list_distinct({0}.tags::JSON::VARCHAR[]))"

TICKET_FIELDS = {
    "external_id": _PLAIN.format("external_id"),
    "subject": _TEXT.format("subject"),
    "status": _PLAIN.format("status"),
    "priority": _PLAIN.format("priority"),
    "channel": _PLAIN.format("channel"),
    "customer": "a.customer_id IS NOT NULL AND a.customer_id IS DISTINCT FROM h.customer_id",
    "assignee": "a.assignee_id IS DISTINCT FROM h.assignee_id",
    "team": "a.team_id IS DISTINCT FROM h.team_id",
    "created_datetime": _PLAIN.format("created_at"),
    "closed_datetime": _PLAIN.format("closed_at"),
    "messages_count": _PLAIN.format("messages"),
    "tags": f"{_NAMES.format('a')} IS DISTINCT FROM {_NAMES.format('h')}",
}
CUSTOMER_FIELDS = {
    "external_id": _PLAIN.format("external_id"),
    "name": _TEXT.format("name"),
    "email": "lower(coalesce(a.email, '')) <> lower(coalesce(h.email, ''))",
}
MESSAGE_FIELDS = {
    "created_datetime": _PLAIN.format("created_at"),
    "sent_datetime": "a.sent_at IS DISTINCT FROM h.sent_at",
    "sender": "a.sender_id IS NOT NULL AND a.sender_id IS DISTINCT FROM h.sender_id",
    "channel": _PLAIN.format("channel"),
    "from_agent": _PLAIN.format("from_agent"),
    "public": _PLAIN.format("public"),
}

_THROUGH = "w.object = '{0}' AND w.source_id = s.source_id AND w.outcome IN ('created', 'adopted')"

_ASKED = {
    "tickets": f"""
        SELECT s.*, w.gorgias_id, c.gorgias_id AS customer_id, u.gorgias_id AS assignee_id,
               m.gorgias_id AS team_id
        FROM staging.tickets s JOIN reconciliation.booked w ON {_THROUGH.format("tickets")}
        LEFT JOIN reconciliation.booked c ON c.object = 'contacts' AND c.source_id = s.customer_source_id
        LEFT JOIN reconciliation.booked u ON u.object = 'users' AND u.source_id = s.assignee_source_id
        LEFT JOIN reconciliation.booked m ON m.object = 'teams' AND m.source_id = s.team_source_id
    """,
    # What an adopted customer held before stays, so only customers of our own making are compared by field.
    "customers": f"""
        SELECT s.*, w.gorgias_id, w.outcome = 'created' AS own
        FROM staging.customers s JOIN reconciliation.booked w ON {_THROUGH.format("contacts")}
    """,
    "messages": f"""
        SELECT s.*, t.gorgias_id AS ticket_id, p.gorgias_id AS sender_id
        FROM staging.messages s JOIN reconciliation.booked w ON {_THROUGH.format("messages")}
        JOIN reconciliation.booked t ON t.object = 'tickets' AND t.source_id = s.ticket_source_id
        LEFT JOIN reconciliation.booked p ON p.source_id = s.sender_source_id
            AND p.object = CASE s.sender_type WHEN 'user' THEN 'users' ELSE 'contacts' END
    """,
}


def compare(tx: Connection) -> None:
    """Fill reconciliation.differences from the walked tables, the staged ones and the copied outcomes.

    In scope is every staged row that the ledger knows as created or adopted.
    """
    tx.execute(f"DROP TABLE IF EXISTS {DIFFERENCES.name}")
    tx.ensure(DIFFERENCES)
    if tx.exists("staging.tickets"):
        _by_id(tx, "tickets", TICKETS, TICKET_FIELDS)
        _insert(
            tx,
            "tickets",
            "'*', 'trashed', a.source_id, h.gorgias_id, NULL",
            TICKETS,
            "a.gorgias_id = h.gorgias_id",
            "h.trashed",
        )
    if tx.exists("staging.customers"):
        _by_id(tx, "customers", CUSTOMERS, CUSTOMER_FIELDS, "a.own AND")
    if tx.exists("staging.messages"):
        _messages(tx)


def compared(tx: Connection, name: str) -> int:
    """How many staged rows of an object are in scope."""
    if not tx.exists(f"staging.{name}"):
        return 0
    return int(tx.scalar(f"SELECT count(*) FROM ({_ASKED[name]})"))


def _by_id(tx: Connection, name: str, table: Table, fields: dict[str, str], only: str = "") -> None:
    """Missing by Gorgias id, doubled by external id, and each field that differs."""
    _missing(tx, name, table, "a.gorgias_id = h.gorgias_id")
    tx.execute(
        f"""
        INSERT INTO {DIFFERENCES.name}
        SELECT '{name}', 'external_id', 'doubled', any_value(a.source_id), any_value(a.gorgias_id),
               string_agg(h.gorgias_id::VARCHAR, ', ' ORDER BY h.gorgias_id)
        FROM ({_ASKED[name]}) a JOIN {table.name} h ON h.external_id = a.external_id
        GROUP BY a.external_id HAVING count(*) > 1
        """
    )
    for field, differs in fields.items():
        told = f"'{field}', 'different', a.source_id, h.gorgias_id, NULL"
        _insert(tx, name, told, table, "a.gorgias_id = h.gorgias_id", f"{only} {differs}")


def _messages(tx: Connection) -> None:
    """Paired by ticket and external id, because an activity on two tickets is a message on each."""
    paired = "a.ticket_id = h.ticket_id AND a.external_id = h.external_id"
    _missing(tx, "messages", MESSAGES, paired)
    for field, differs in MESSAGE_FIELDS.items():
        _insert(tx, "messages", f"'{field}', 'different', a.source_id, h.gorgias_id, NULL", MESSAGES, paired, differs)
    tx.execute(
        f"""
        INSERT INTO {DIFFERENCES.name}
        SELECT 'messages', 'external_id', 'doubled', any_value(a.source_id), any_value(h.gorgias_id),
               string_agg(h.gorgias_id::VARCHAR, ', ' ORDER BY h.gorgias_id)
        FROM ({_ASKED["messages"]}) a JOIN {MESSAGES.name} h ON {paired}
        GROUP BY a.ticket_id, a.external_id HAVING count(*) > 1
        UNION ALL
        SELECT 'messages', '*', 'extra', NULL, h.gorgias_id, NULL
        FROM {MESSAGES.name} h ANTI JOIN ({_ASKED["messages"]}) a ON {paired}
        """
    )


def _missing(tx: Connection, name: str, table: Table, paired: str) -> None:
    number = "NULL" if name == "messages" else "a.gorgias_id"
    tx.execute(
        f"INSERT INTO {DIFFERENCES.name} SELECT '{name}', '*', 'missing', a.source_id, {number}, NULL "
        f"FROM ({_ASKED[name]}) a ANTI JOIN {table.name} h ON {paired}"
    )


def _insert(tx: Connection, name: str, told: str, table: Table, paired: str, where: str) -> None:
    tx.execute(
        f"INSERT INTO {DIFFERENCES.name} SELECT '{name}', {told} "
        f"FROM ({_ASKED[name]}) a JOIN {table.name} h ON {paired} WHERE {where}"
    )
