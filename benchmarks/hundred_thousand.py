"""How long 100,000 tickets take on one key, computed from the calls that were measured at a smaller size.

It belongs here: the arithmetic and what it assumes. It does not: measuring (measured_size.py).

Assumed: 100,000 tickets, 50,000 customers, 600,000 activities, 49,000 files; a key with 2 calls a second of which the
migration takes nine tenths; Ivinex asked twice a second; the calls of a record are those that were measured. Files are
downloaded beside the load, those of open tickets first. What local work takes is not in it: it is done while requests
are under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

TICKETS, CUSTOMERS, FILES = 100_000, 50_000, 49_000
OPEN, NEWEST = 1_000, 5_000
PAGES = 8_700
PER_SECOND, SHARE, IVINEX_PER_SECOND = 2.0, 0.9, 2.0
CUSTOMER_CALLS = (
    "POST /api/customers",
    "PUT /api/customers/{customer_id}/custom-fields",
    "PUT /api/customers/{customer_id}/data",
)
DOWNLOAD = "GET /api/{file_type}/download/{domain_hash}/{resource_name}"
SAMPLE = 0.1
"""A FILE_COMPARE_SHARE with which a shop proves its files by a sample."""


@dataclass(frozen=True)
class Milestones:
    """Hours after the first request to Ivinex.

    Attributes:
        map: Ivinex is read, and the map can be confirmed.
        files: the downloads alone, from then on.
        useful: 1,000 open tickets are there, with their customers.
        newest: these and the newest 5,000 are.
        loaded: all tickets and customers are.
        verified: all of it was read back and compared.
    """

    map: float
    files: float
    useful: float
    newest: float
    loaded: float
    verified: float


def milestones(size: dict[str, Any], compared: float = 1.0) -> Milestones:
    """From a result of measured_size.py, which reads back every file.

    Args:
        compared: share of the files that is read back and compared by bytes (FILE_COMPARE_SHARE).
    """
    moved, made = size["moved"], {one["name"]: one["made"] for one in size["operations"]}
    customer = sum(made.get(name, 0) for name in CUSTOMER_CALLS) / moved["customers"]
    own = customer * moved["customers"]
    ticket = (size["load"]["made"] - own) / moved["tickets"]
    downloads = next((one["fewest"] for one in size["operations"] if one["name"] == DOWNLOAD), 0)
    proof = (size["proof"]["made"] - (1 - compared) * downloads) / moved["tickets"]
    scan = PAGES * size["pages"]["made"] / size["pages"]["fewest"]
    map_at = scan / IVINEX_PER_SECOND / 3600
    files = FILES / IVINEX_PER_SECOND / 3600

    def after(tickets: int, customers: int) -> float:
        return round(map_at + (tickets * ticket + customers * customer) / (PER_SECOND * SHARE) / 3600, 1)

    # Of the tickets that go first nearly each one brings a customer of its own.
    opened, newest = OPEN, OPEN + NEWEST
    loaded = max(after(TICKETS, CUSTOMERS), round(map_at + files, 1))
    verified = round(loaded + ceil(TICKETS * proof) / (PER_SECOND * SHARE) / 3600, 1)
    first = (after(opened, opened), after(newest, newest))
    return Milestones(round(map_at, 1), round(files, 1), *first, loaded, verified)
