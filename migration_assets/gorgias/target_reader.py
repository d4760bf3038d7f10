"""One object of the target as it is now, for a merge: read once, followed where it was merged, never taken for lost.

It belongs here: 301, 404 and the trash (gorgias-api.md 4), and who changed an object. It does not: merging.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.wire import moment

_SHOWN = 5


@dataclass(frozen=True)
class TargetObject:
    """What the target holds.

    Attributes:
        body: the object; None where it cannot be written to.
        number: its id, another one than before where it was merged into a survivor.
        problem: why not, for the conflict.
    """

    number: int
    body: dict[str, Any] | None
    problem: str = ""


def read_ticket(reader: Reader, number: int, external_id: str) -> TargetObject:
    """A ticket with messages and custom field values; a merged one is followed by its external id."""
    found = _read(reader, "/api/tickets", number)
    if isinstance(found, dict):
        problem = "it is in the trash in Gorgias" if found.get("trashed_datetime") else ""
        return TargetObject(number, None if problem else found, problem)
    if found == 301:
        rows = [row for row in reader.rows("/api/tickets", external_id=external_id) if row["id"] != number]
        if len(rows) == 1 and isinstance(survivor := _read(reader, "/api/tickets", rows[0]["id"]), dict):
            return TargetObject(rows[0]["id"], survivor)
        return TargetObject(number, None, "it was merged into another ticket in Gorgias")
    return TargetObject(number, None, "it was deleted in Gorgias")


def read_customer(reader: Reader, number: int, external_id: str, emails: Iterable[str]) -> TargetObject:
    """A customer with channels and custom field values; a merged one is followed by external id or e-mail."""
    found = _read(reader, "/api/customers", number)
    if isinstance(found, dict):
        return TargetObject(number, found)
    if found == 404:
        return TargetObject(number, None, "it was deleted in Gorgias")
    by_channel = [{"channel_type": "email", "channel_address": email} for email in emails]
    for filters in ({"external_id": external_id}, *({"email": email} for email in emails), *by_channel):
        ids = {row["id"] for row in reader.rows("/api/customers", **filters)} - {number}
        if len(ids) == 1 and isinstance(survivor := _read(reader, "/api/customers", ids.pop()), dict):
            return TargetObject(survivor["id"], survivor)
    return TargetObject(number, None, "it was merged into another customer in Gorgias, which could not be found")


def changed_by(reader: Reader, object_type: str, number: int, since: datetime | None) -> str:
    """Who changed an object since then, from its events, newest first: types, users and times, no values."""
    bounds = {"created_datetime[gt]": moment(since)} if since else {}
    events = list(reader.rows("/api/events", object_type=object_type, object_id=number, **bounds))
    told = [f"{one['type']} by user {one['user_id']} at {one['created_datetime']}" for one in events]
    return "; ".join(sorted(told, key=lambda text: text.rsplit(" at ", 1)[1], reverse=True)[:_SHOWN])


def _read(reader: Reader, path: str, number: int) -> dict[str, Any] | int:
    return reader.get_object(f"{path}/{number}", relationships="custom_fields")
