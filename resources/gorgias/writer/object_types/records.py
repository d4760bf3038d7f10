"""Tickets, messages, customers and users: what a source record becomes.

It belongs here: finding them again and judging them. It does not: what is added to them later (additions.py).
"""

from collections.abc import Iterable
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.writer.object_types.object_type import Found, ObjectType, matching
from resources.gorgias.writer.value_equality import message_differences, ticket_differences
from resources.gorgias.writer.write import Write


class Tickets(ObjectType):
    def find(self, write: Write) -> list[Found]:
        wanted = write.body["external_id"]
        rows = matching(self.reader.rows("/api/tickets", external_id=wanted), "external_id", wanted)
        if len(rows) != 1:
            return [_ticket(row) for row in rows]
        return [_ticket(self.reader.get(f"/api/tickets/{rows[0]['id']}", relationships="custom_fields"))]

    def read(self, write: Write, number: int) -> Found | None:
        whole = self.reader.get_object(f"{write.path}/{number}", relationships="custom_fields")
        return None if isinstance(whole, int) else _ticket(whole)

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return ticket_differences(asked, answer)


def _ticket(row: dict[str, Any]) -> Found:
    return Found(row["id"], row, True, bool(row.get("trashed_datetime")))


class TrialTickets(Tickets):
    """The canary's ticket: the canary itself looks at every field, and names what is behind a difference."""

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []


class Messages(ObjectType):
    """Appended messages: no list knows their external_id, so the ticket is read (gorgias-api.md 12)."""

    def find(self, write: Write) -> list[Found]:
        ticket = self.reader.get(write.path.rsplit("/", 1)[0])
        rows = matching(ticket.get("messages") or [], "external_id", write.body["external_id"])
        return [Found(row["id"], row, True) for row in rows]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return message_differences(asked, answer)


class Customers(ObjectType):
    natural = True

    def __init__(self, reader: Reader):
        super().__init__(reader)
        self._by_email: dict[str, int] | None = None

    def find(self, write: Write) -> list[Found]:
        asked = write.body
        rows = matching(
            self.reader.rows("/api/customers", external_id=asked["external_id"]), "external_id", asked["external_id"]
        )
        if rows:
            return [self._whole(row["id"], ours=True) for row in rows]
        ids = {row["id"] for row in self._by_channels(asked)}
        return [self._whole(number, ours=False) for number in sorted(ids)]

    def holder(self, write: Write) -> list[Found]:
        if found := self.find(write):
            return found
        addresses = [c["address"].lower() for c in write.body["channels"] if c["type"] == "email"]
        ids = {number for address in addresses if (number := self._index().get(address))}
        return [self._whole(number, ours=False) for number in sorted(ids)]

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        held = found.body
        body = {name: asked[name] for name in ("name", "external_id") if asked.get(name) and not held.get(name)}
        differing = [
            name
            for name in ("name", "external_id")
            if asked.get(name) and held.get(name) not in (None, "", asked[name])
        ]
        channels = [
            {"type": c["type"], "address": c["address"], "preferred": bool(c.get("preferred"))}
            for c in held.get("channels") or []
        ]
        known = {(c["type"], str(c["address"]).lower()) for c in channels}
        new = [c for c in asked["channels"] if (c["type"], c["address"].lower()) not in known]
        if new:
            # A written list replaces the whole list, so the present one goes with it (gorgias-api.md 6.1).
            body["channels"] = channels + [c | {"preferred": False} for c in new]
        return body, differing

    def _whole(self, number: int, ours: bool) -> Found:
        return Found(number, self.reader.get(f"/api/customers/{number}", relationships="custom_fields"), ours)

    def _by_channels(self, asked: dict[str, Any]) -> Iterable[dict[str, Any]]:
        for channel in asked["channels"]:
            kind, address = channel["type"], channel["address"]
            if kind != "email":
                yield from self.reader.rows("/api/customers", channel_type=kind, channel_address=address)
                continue
            for variant in sorted({address, address.lower(), address.upper()}):
                yield from self.reader.rows("/api/customers", email=variant)

    def _index(self) -> dict[str, int]:
        """Every customer's address in lower case, walked once and only when no filter finds a refused address.

        Whether `?email=` minds letter case is not documented, and a mixed-case address refuses ours.
        """
        if self._by_email is None:
            self._by_email = {
                row["email"].lower(): row["id"] for row in self.reader.rows("/api/customers") if row.get("email")
            }
        return self._by_email


class Users(ObjectType):
    identity = ("email",)
    natural = True
    forbidden_is_refusal = True

    def find(self, write: Write) -> list[Found]:
        wanted = write.body["email"].lower()
        rows = [row for row in self.reader.rows("/api/users") if str(row.get("email", "")).lower() == wanted]
        return [Found(row["id"], row, row.get("external_id") == write.body.get("external_id")) for row in rows]
