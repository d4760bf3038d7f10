"""The fewest calls that the content of a migration needs, by operation, and what was made beside it.

It belongs here: the arithmetic over staged rows and the ledger of a finished run, and the sentence why an operation is
above its fewest. It does not: running a migration (measured_size.py) and the page (performance_page.py).

The fewest is what any client needs for the content as mapped: one call an object, one for each part that has a call of
its own, lists at 100 rows a call, uploads at 20 MB a call; of the proof, one call for each file and customer that the
settings have read one by one. It holds no look at the account and no trial.

Of Ivinex it is what any reader needs that can tell a whole tab from one that was cut or hidden: a look whether it
answers, its rows in full pages, a page behind the last row, and the last rows once more. That goes for tabs without a
role as well, which are exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from migration_assets.settings import Settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

PAGE = 100
MESSAGES_OF_A_CREATE = 500
UPLOAD_BYTES = 20_000_000
LISTS = {
    "GET /api/tickets": "tickets",
    "GET /api/messages": "messages",
    "GET /api/customers": "customers",
    "GET /api/users": "users",
    "GET /api/teams": "teams",
    "GET /api/tags": "tags",
}
WRITES = {
    "POST /api/custom-fields": "custom_fields",
    "POST /api/customers": "customers",
    "POST /api/tags": "tags",
    "POST /api/teams": "teams",
    "POST /api/tickets": "tickets",
    "POST /api/users": "users",
}
_WHY = {
    "POST /api/customers": "the trial before the first write",
    "POST /api/tickets": "the trial before the first write",
    "POST /api/tags": "the trial before the first write",
    "POST /api/upload": "each range of days packs its own files, so its last call is not full",
    "GET /api/users": "looked at before the load and in its runs: who stands in for an author",
    "GET /api/custom-fields": "looked at before the map and before the load",
    "GET /api/events": "the account's newest event before and after each pass, to tell own acts from others'",
}
_OTHERWISE = "looked at before the load, or part of its trial"


@dataclass(frozen=True)
class Operation:
    """One operation: how often it was made, the fewest, and why it is above."""

    name: str
    made: int
    fewest: int
    why: str = ""


def fewest_of_load(warehouse: Warehouse, ledger: Ledger) -> dict[str, int]:
    """Operation -> calls, of a load of all that was written into an empty account."""
    made = {name: len(ledger.known_writes.gorgias_ids(objects)) for name, objects in WRITES.items()}
    made["POST /api/users"] = len(ledger.known_writes.ended_ids("users", "create") - _adopted(ledger, "users"))
    with_values = "SELECT count(*) FROM staging.customers WHERE coalesce(field_values, '{}') <> '{}'"
    with_data = "SELECT count(*) FROM staging.customers WHERE coalesce(data, '{}') <> '{}'"
    sizes = "SELECT coalesce(sum(size), 0)::BIGINT FROM (SELECT DISTINCT sha256, size FROM staging.attachments)"
    long = "SELECT ticket_source_id, count(*) AS rows FROM staging.messages GROUP BY 1 HAVING count(*) > ?"
    late = [row["rows"] - MESSAGES_OF_A_CREATE for row in warehouse.rows(long, [MESSAGES_OF_A_CREATE])]
    return made | {
        "PUT /api/customers/{customer_id}/custom-fields": int(warehouse.scalar(with_values)),
        "PUT /api/customers/{customer_id}/data": int(warehouse.scalar(with_data)),
        "POST /api/upload": ceil(int(warehouse.scalar(sizes)) / UPLOAD_BYTES),
        "POST /api/tickets/{ticket_id}/messages": sum(late),
        "PUT /api/tickets/{id}": len(late),
    }


def fewest_of_proof(warehouse: Warehouse, ledger: Ledger, settings: Settings) -> dict[str, int]:
    """Operation -> calls, of reading all of it back once.

    Args:
        settings: say which share of the customers is read one by one, and which files are compared by their bytes.
    """
    rows = {
        name: len(ledger.known_writes.gorgias_ids(name)) for name in ("tickets", "customers", "users", "teams", "tags")
    }
    rows["messages"] = int(warehouse.scalar("SELECT count(*) FROM reconciliation.target_messages"))
    calls = {operation: max(1, ceil(rows[name] / PAGE)) for operation, name in LISTS.items()}
    files = "SELECT count(DISTINCT sha256) FROM staging.attachments WHERE size <= ?"
    compared = int(warehouse.scalar(files, [settings.file_compare_max_bytes]))
    return calls | {
        "GET /api/custom-fields": 2,
        "GET /api/customers/{id}": round(rows["customers"] * settings.customer_read_share),
        "GET /api/{file_type}/download/{domain_hash}/{resource_name}": round(compared * settings.file_compare_share),
    }


PAGES_OF_A_PROOF = 2
_TABS = "SELECT count(*) FROM ivinex.tabs WHERE listed"
_RECORDS = """
    SELECT arg_max(distinct_ids, started_at) AS records FROM ivinex.sweeps GROUP BY collection_type_id
    UNION ALL SELECT records FROM ivinex.unmapped_tabs WHERE file <> ''
"""


def fewest_pages(warehouse: Warehouse, size: int) -> int:
    """Pages of records that a whole reading of Ivinex needs.

    Args:
        size: rows of a full page.
    """
    records = [int(row["records"]) for row in warehouse.rows(_RECORDS)]
    read = sum(ceil(number / size) + PAGES_OF_A_PROOF if number else 1 for number in records)
    return int(warehouse.scalar(_TABS)) + read


def table(made: Mapping[str, int], fewest: Mapping[str, int]) -> list[Operation]:
    """All operations, those that were made most first."""
    names = sorted(
        {*made, *(name for name, number in fewest.items() if number)}, key=lambda one: (-made.get(one, 0), one)
    )
    return [_operation(name, made.get(name, 0), fewest.get(name, 0)) for name in names]


def _operation(name: str, made: int, fewest: int) -> Operation:
    return Operation(name, made, fewest, _WHY.get(name, _OTHERWISE) if made > fewest else "")


def _adopted(ledger: Ledger, name: str) -> set[str]:
    rows: Any = ledger.outcomes.outcomes_of(name)
    return set(rows[rows["outcome"] == "adopted"]["source_id"])
