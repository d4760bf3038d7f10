"""Which days something happened to in Gorgias, by its own list of events: one call where nothing did.

No clocks are compared: a look goes back to the newest event that an earlier look had seen. It belongs here: reading
those events and finding the days of their objects. It does not: what an event proves of a field
(reconciliation/comparison/events.py).
"""

from collections import defaultdict

from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED

_OBJECTS = {
    "Ticket": "tickets",
    "TicketMessage": "messages",
    "Customer": "contacts",
    "User": "users",
    "Team": "teams",
    "Tag": "tags",
    "CustomField": "custom_fields",
}
"""Type of an event's object -> how the outcomes call it."""
NO_EVENTS = ""
MOST = 5_000
"""Events that are looked through; where more happened, every day is taken as touched."""


def newest_event(reader: Reader) -> str | None:
    """The mark for `days_touched`: when the newest event was, by Gorgias's clock, and its id.

    Returns:
        NO_EVENTS where there is none yet; None where the account shows no events to this credential.
    """
    try:
        page = next(reader.pages("/api/events", limit=1, order_by="created_datetime:desc"), [])
    except GorgiasError as error:
        if error.status not in {403, 404}:
            raise
        return None
    return f"{page[0]['created_datetime']} {page[0]['id']}" if page else NO_EVENTS


def days_touched(reader: Reader, ledger: Ledger, mark: str) -> set[str] | None:
    """Days of our objects with an event since the mark, and `*` for what belongs to no day; None: it cannot be said."""
    at, _, number = mark.partition(" ")
    seen: defaultdict[str, set[int]] = defaultdict(set)
    looked = 0
    try:
        for row in reader.rows("/api/events", order_by="created_datetime:desc"):
            if mark and (row["created_datetime"] < at or str(row["id"]) == number):
                break
            looked += 1
            if looked > MOST:
                return None
            if (name := _OBJECTS.get(str(row.get("object_type")))) is not None and row.get("object_id") is not None:
                seen[name].add(int(row["object_id"]))
    except GorgiasError as error:
        if error.status not in {403, 404}:
            raise
        return None
    days: set[str] = set()
    for name, numbers in seen.items():
        days |= {day or UNPARTITIONED for day in ledger.day_marks.days_of_targets(name, numbers)}
    return days
