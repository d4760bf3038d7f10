"""Reads staged tickets with their messages in chunks that fit into memory, with no connection left open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.schemas import attachments, messages, tickets
from checks.table import table_of
from resources.warehouse import Warehouse

TABLES = tuple(table_of(one.SCHEMA) for one in (tickets, messages, attachments))

MAX_TICKETS = 500
MAX_BYTES = 32_000_000

_SIZES = """
    SELECT t.source_id, coalesce(sum(strlen(coalesce(m.body_text, '')) + strlen(coalesce(m.body_html, ''))), 0) AS size
    FROM staging.tickets t LEFT JOIN staging.messages m
        ON m.ticket_source_id = t.source_id AND m.partition = t.partition
    WHERE list_contains($keys, t.partition) AND ($only IS NULL OR t.source_id IN (SELECT unnest($only::VARCHAR[])))
    GROUP BY t.partition, t.source_id ORDER BY t.partition {order}, t.source_id
"""


@dataclass(frozen=True)
class StagedTicket:
    ticket: dict[str, Any]
    messages: list[dict[str, Any]]


def ensure(warehouse: Warehouse) -> None:
    """Make the daily tables where nothing was staged yet, so that a day without rows is an empty day."""
    warehouse.ensure(*TABLES)


def days(warehouse: Warehouse, table: str, keys: Sequence[str]) -> set[str]:
    """Those of the days that hold staged rows."""
    rows = warehouse.rows(
        f"SELECT DISTINCT partition FROM staging.{table} WHERE list_contains(?, partition)",  # noqa: S608
        [list(keys)],
    )
    return {row["partition"] for row in rows}


def count(warehouse: Warehouse, keys: Sequence[str], only: Sequence[str] | None = None) -> int:
    found: int = warehouse.scalar(
        "SELECT count(*) FROM staging.tickets WHERE list_contains($keys, partition) "
        "AND ($only IS NULL OR source_id IN (SELECT unnest($only::VARCHAR[])))",
        {"keys": list(keys), "only": only},
    )
    return found


def chunks(
    warehouse: Warehouse, keys: Sequence[str], only: Sequence[str] | None = None, newest_first: bool = False
) -> Iterator[list[StagedTicket]]:
    """Tickets of these days with their messages in order; at most 500 tickets or about 32 MB of text at a time.

    Args:
        only: leave out all tickets but these.
        newest_first: of several days.
    """
    sizes = warehouse.query(_SIZES.format(order="DESC" if newest_first else "ASC"), {"keys": list(keys), "only": only})
    batch: list[str] = []
    held = 0
    for source_id, size in zip(sizes["source_id"], sizes["size"], strict=True):
        if batch and (len(batch) >= MAX_TICKETS or held + size > MAX_BYTES):
            yield read(warehouse, keys, batch)
            batch, held = [], 0
        batch.append(source_id)
        held += int(size)
    if batch:
        yield read(warehouse, keys, batch)


def read(warehouse: Warehouse, keys: Sequence[str], source_ids: list[str]) -> list[StagedTicket]:
    """These tickets of these days with their messages in order."""
    tickets = warehouse.rows(
        "SELECT * FROM staging.tickets WHERE list_contains(?, partition) AND list_contains(?, source_id) "
        "ORDER BY partition, source_id",
        [list(keys), source_ids],
    )
    messages = warehouse.rows(
        "SELECT * FROM staging.messages WHERE list_contains(?, partition) AND list_contains(?, ticket_source_id) "
        "ORDER BY ticket_source_id, position",
        [list(keys), source_ids],
    )
    by_ticket: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        by_ticket.setdefault(message["ticket_source_id"], []).append(message)
    return [StagedTicket(ticket, by_ticket.get(ticket["source_id"], [])) for ticket in tickets]
