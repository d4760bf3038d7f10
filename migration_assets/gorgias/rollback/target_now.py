"""A fresh look at the target for a plan: lists of a hundred, and single reads only where a list does not decide.

It belongs here: reading. It does not: judging (judge.py), and the look right before each delete (execute.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from migration_assets.gorgias.rollback.scope import KINDS
from resources.batches import batches
from resources.gorgias.client import Reader
from resources.gorgias.wire import moment

Row = dict[str, Any]
PATHS = {name: f"/api/{name.replace('_', '-')}" for name in KINDS}
CLOCKS = timedelta(hours=1)
"""How far our clock and Gorgias's may be apart: what changed in this time is looked at as well."""
_TICKETS, _USERS = 100, 50
_OF_OBJECT = {"Ticket": "tickets", "Customer": "customers", "Tag": "tags", "Team": "teams", "User": "users"}


@dataclass
class Events:
    """What users other than the credential's own did since our first write.

    Attributes:
        on: (object, Gorgias id) -> events.
        actors: users who did something.
    """

    on: dict[tuple[str, int], list[Row]] = field(default_factory=lambda: defaultdict(list))
    actors: set[int] = field(default_factory=set)


def one(reader: Reader, object: str, number: int) -> Row | int:
    """The object with custom field values; 404 where it is gone, 301 where it was merged into another one."""
    asked = {"relationships": "custom_fields"} if object in {"tickets", "customers"} else {}
    return reader.get_object(f"{PATHS[object]}/{number}", **asked)


def tickets(reader: Reader, numbers: Sequence[int]) -> dict[int, Row]:
    """List rows of these tickets; what is not among them is gone."""
    found: dict[int, Row] = {}
    for some in batches(numbers, _TICKETS):
        found |= {row["id"]: row for row in reader.rows(PATHS["tickets"], ticket_ids=list(some))}
    return found


def tickets_of_others(reader: Reader, since: datetime, ours: set[int]) -> Iterator[Row]:
    """List rows of tickets that are not ours and were touched since: whatever refers to an object of ours is here."""
    for row in reader.rows(PATHS["tickets"], order_by="updated_datetime:desc"):
        if moment_of(row.get("updated_datetime")) < since - CLOCKS:
            return
        if row["id"] not in ours:
            yield row


def has_tickets(reader: Reader, customer: int) -> int | None:
    """A ticket of this customer, if there is one."""
    page = next(reader.pages(PATHS["tickets"], customer_id=customer), [])
    # A filter that the server ignored must not look like a hit.
    return next((row["id"] for row in page if (row.get("customer") or {}).get("id") == customer), None)


def customers(reader: Reader) -> Iterator[Row]:
    yield from reader.rows(PATHS["customers"], order_by="created_datetime:asc")


def definitions(reader: Reader, object: str) -> dict[int, Row]:
    """All users, teams, tags or custom fields."""
    kinds: list[dict[str, Any]] = [{}]
    if object == "custom_fields":
        kinds = [{"object_type": kind} for kind in ("Ticket", "Customer")]
    return {row["id"]: row for asked in kinds for row in reader.rows(PATHS[object], **asked)}


def rules_and_views(reader: Reader) -> Iterator[tuple[str, Row]]:
    """What an admin built; each with how it is called in a reason."""
    for name, path in (("rule", "/api/rules"), ("view", "/api/views")):
        for row in reader.rows(path):
            yield f"{name} {row['id']}", row


def events_of_others(reader: Reader, users: Iterable[int], since: datetime) -> Events:
    """Events of these users; one call for fifty of them and a hundred events."""
    found = Events()
    for some in batches(sorted(users), _USERS):
        bounds = {"created_datetime[gte]": moment(since - CLOCKS)}
        for row in reader.rows("/api/events", user_ids=list(some), **bounds):
            found.actors.add(row["user_id"])
            if (name := _OF_OBJECT.get(str(row.get("object_type")))) is not None:
                found.on[name, row["object_id"]].append(row)
    return found


def moment_of(value: Any) -> datetime:
    """Without a time it may be of any time, so it counts as new."""
    if not value:
        return datetime.max.replace(tzinfo=UTC)
    at = datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
