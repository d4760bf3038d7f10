"""All rows of one account as lines of JSON, and back into another ledger, be it on SQLite or on PostgreSQL.

It belongs here: rows as text. It does not: where the text is kept (orchestration/backup.py).
"""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, select

from resources.batches import batches
from resources.ledger import tables
from resources.ledger.engine import UtcDateTime

_BATCH = 500


def tables_of_ledger() -> list[Table]:
    """Every table that has rows of accounts, but the lease: who held it then is gone, who holds it now is here."""
    return [table for table in tables.metadata.sorted_tables if table is not tables.leases]


def dump_rows(connection: Connection, table: Table, account: str) -> Iterator[str]:
    """One line for each row, in the order of its key; a number that the database gave is left out."""
    kept = [column for column in table.columns if column.name != "id"]
    query = select(*kept).where(table.c.account == account).order_by(*table.primary_key.columns)
    for row in connection.execute(query):
        values = {column.name: _as_text(value) for column, value in zip(kept, row, strict=True)}
        yield json.dumps(values, ensure_ascii=False)


def load_rows(connection: Connection, table: Table, lines: Iterable[str]) -> int:
    """Insert what `dump_rows` wrote; columns that this release has in addition keep their default.

    Returns:
        How many rows there were.
    """
    rows = [_typed(table, json.loads(line)) for line in lines]
    for batch in batches(rows, _BATCH):
        connection.execute(table.insert(), batch)
    return len(rows)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode("ascii") if isinstance(value, (bytes, memoryview)) else value


def _typed(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in table.c:  # a column that this release gave up
            continue
        kind = table.c[name].type
        if value is not None and isinstance(kind, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(kind, LargeBinary):
            value = base64.b64decode(value)
        typed[name] = value
    return typed
