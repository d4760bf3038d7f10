"""What only a single read shows: a ticket with messages and values in one call, a customer with channels and values.

It belongs here: reading by id, several at a time, and what a merged or deleted object answers. It does not: lists
(list_reads.py) and comparing. Only GETs are sent, and no warehouse connection is open while Gorgias is waited for.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from migration_assets.reconciliation.target import response_parser
from migration_assets.reconciliation.target.customer_proof import READ
from migration_assets.reconciliation.target.target_tables import (
    CUSTOMERS,
    GONE,
    MERGED,
    MESSAGES,
    PRESENT,
    TICKETS,
    frame_of,
)
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.warehouse import Warehouse

T = TypeVar("T")
CHUNK = 200
WORKERS = 8
"""Requests in flight, so that a slow answer costs no allowance."""
_STATUS = {301: MERGED, 404: GONE}


def read_tickets(
    reader: Reader, warehouse: Warehouse, days: Mapping[int, str], read_at: datetime, progress: Callable[[int], None]
) -> None:
    """One call a ticket; rows of TICKETS and MESSAGES, which must hold none of these tickets yet."""

    def read(number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        body, found = _body(reader, f"/api/tickets/{number}")
        row = response_parser.ticket(body) if body else {"gorgias_id": number}
        messages = [response_parser.message(one, number) for one in (body or {}).get("messages") or []]
        return row | {"found": found}, messages

    for done, chunk in _chunks(list(days), read):
        tickets = [row | {"partition": days[row["gorgias_id"]], "read_at": read_at} for row, _ in chunk]
        messages = [row | {"partition": days[row["ticket_id"]]} for _, rows in chunk for row in rows]
        with warehouse.transaction() as tx:
            tx.append(TICKETS, frame_of(TICKETS, tickets))
            tx.append(MESSAGES, frame_of(MESSAGES, messages))
        progress(done)


def read_customers(
    reader: Reader,
    warehouse: Warehouse,
    channels: Mapping[int, str],
    read_at: datetime,
    progress: Callable[[int], None],
) -> int:
    """One call a customer, and one more for each that was merged into another, to find the survivor.

    Rows of CUSTOMERS, which must hold none of these customers yet.

    Args:
        channels: Gorgias id -> staged channels (JSON) of the customers in scope.

    Returns:
        How many were merged.
    """
    merged = 0

    def read(number: int) -> dict[str, Any]:
        body, found = _body(reader, f"/api/customers/{number}")
        row = response_parser.customer(body) if body else {"gorgias_id": number}
        return row | {"found": found, "read_at": read_at, "proof": READ}

    for done, rows in _chunks(list(channels), read):
        for row in rows:
            if row["found"] == MERGED:
                merged += 1
                row["survivor_id"] = _survivor(reader, json.loads(channels[row["gorgias_id"]]))
        warehouse.append(CUSTOMERS, frame_of(CUSTOMERS, rows))
        progress(done)
    return merged


def _body(reader: Reader, path: str) -> tuple[dict[str, Any] | None, str]:
    """The object, or what became of it."""
    try:
        return reader.get(path, relationships="custom_fields"), PRESENT
    except GorgiasError as error:
        if error.status not in _STATUS:
            raise
        return None, _STATUS[error.status]


def _survivor(reader: Reader, channels: list[dict[str, str]]) -> int | None:
    """The customer that holds a merged one's first channel now (docs/cutover.md)."""
    for channel in channels[:1]:
        for row in reader.rows("/api/customers", channel_type=channel["type"], channel_address=channel["address"]):
            return int(row["id"])
    return None


def _chunks(ids: Sequence[int], read: Callable[[int], T]) -> Iterator[tuple[int, list[T]]]:
    """(how many are through, what they gave), a chunk at a time."""
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="readback") as pool:
        for start in range(0, len(ids), CHUNK):
            chunk = list(pool.map(read, ids[start : start + CHUNK]))
            yield start + len(chunk), chunk
