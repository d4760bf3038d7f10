"""Per object type: how it is found again, whose it is, and what an adopted one lacks (design.md 4).

Found again means: read back by our external_id, or by the natural key that Gorgias keeps unique (gorgias-api.md
12). It belongs here: reading and judging. It does not: sending, and the states that follow (gate.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.compare import (
    change_differences,
    flat_differences,
    message_differences,
    ticket_differences,
    values_agree,
)
from resources.gorgias.failures import GorgiasError
from resources.gorgias.uploads import uploaded
from resources.gorgias.write import Write


@dataclass(frozen=True)
class Found:
    """An object of the target that may be the one asked for."""

    id: int
    body: dict[str, Any]
    ours: bool
    trashed: bool = False


class Kind:
    """What the gate must know of one object type.

    Attributes:
        natural: a refused create may mean that the object exists already.
        forbidden_is_refusal: a 403 may be about this one row (a seat limit), not about the credential.
        repeatable: carrying it out twice does no harm, so a lost answer is not waited for.
    """

    natural = False
    forbidden_is_refusal = False
    repeatable = False

    def __init__(self, reader: Reader):
        self.reader = reader

    def find(self, write: Write) -> list[Found]:
        """Objects that may be the result of this write; [] when there is none (yet)."""
        raise LookupError(f"{write.key.object} cannot be read back")

    def holder(self, write: Write) -> list[Found]:
        """Objects that may hold the natural key for which this write was refused."""
        return self.find(write)

    def named(self, write: Write, answer: Any) -> bool:
        """Does the answer of a create say which object it made?"""
        return isinstance(answer, dict) and isinstance(answer.get("id"), int)

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return flat_differences(asked, answer)

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        """For an adopted object that is not ours: (body that fills what is empty, fields that differ and stay)."""
        return {}, []


class Tickets(Kind):
    def find(self, write: Write) -> list[Found]:
        wanted = write.body["external_id"]
        rows = _matching(self.reader.rows("/api/tickets", external_id=wanted), "external_id", wanted)
        if len(rows) != 1:
            return [Found(row["id"], row, True, bool(row.get("trashed_datetime"))) for row in rows]
        whole = self.reader.get(f"/api/tickets/{rows[0]['id']}", relationships="custom_fields")
        return [Found(whole["id"], whole, True, bool(whole.get("trashed_datetime")))]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return ticket_differences(asked, answer)


class Messages(Kind):
    """Appended messages: no list knows their external_id, so the ticket is read (gorgias-api.md 12)."""

    def find(self, write: Write) -> list[Found]:
        ticket = self.reader.get(write.path.rsplit("/", 1)[0])
        rows = _matching(ticket.get("messages") or [], "external_id", write.body["external_id"])
        return [Found(row["id"], row, True) for row in rows]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return message_differences(asked, answer)


class Customers(Kind):
    natural = True

    def __init__(self, reader: Reader):
        super().__init__(reader)
        self._by_email: dict[str, int] | None = None

    def find(self, write: Write) -> list[Found]:
        asked = write.body
        rows = _matching(
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
        return Found(number, self.reader.get(f"/api/customers/{number}"), ours)

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


class Users(Kind):
    natural = True
    forbidden_is_refusal = True

    def find(self, write: Write) -> list[Found]:
        wanted = write.body["email"].lower()
        rows = [row for row in self.reader.rows("/api/users") if str(row.get("email", "")).lower() == wanted]
        return [Found(row["id"], row, row.get("external_id") == write.body.get("external_id")) for row in rows]


class Named(Kind):
    """Tags, teams: no external_id; the name is the natural key."""

    natural = True
    path = ""

    def find(self, write: Write) -> list[Found]:
        rows = _matching(self.reader.rows(self.path), "name", write.body["name"])
        return [Found(row["id"], row, False) for row in rows]


class Tags(Named):
    path = "/api/tags"


class Teams(Named):
    """A team of the same name in other letter case is the same team, unless one fits exactly."""

    path = "/api/teams"

    def find(self, write: Write) -> list[Found]:
        wanted = write.body["name"]
        rows = [row for row in self.reader.rows(self.path) if str(row.get("name")).casefold() == wanted.casefold()]
        exact = [row for row in rows if row["name"] == wanted]
        return [Found(row["id"], row, False) for row in exact or rows]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        lacking = "members" in answer and not _members(asked) <= _members(answer)
        return flat_differences(asked, answer) + (["members"] if lacking else [])

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        """A written list replaces the members, so those who are there stay in it (gorgias-api.md 6.3)."""
        held, wanted = _members(found.body), _members(asked)
        return ({} if wanted <= held else {"members": [{"id": number} for number in sorted(held | wanted)]}), []


class CustomFields(Kind):
    natural = True

    def find(self, write: Write) -> list[Found]:
        asked = write.body
        rows = list(self.reader.rows("/api/custom-fields", object_type=asked["object_type"]))
        own = _matching(rows, "external_id", asked["external_id"])
        same = own or [row for row in rows if str(row.get("label", "")).casefold() == asked["label"].casefold()]
        return [Found(row["id"], row, bool(own), bool(row.get("deactivated_datetime"))) for row in same]

    def fill(self, asked: dict[str, Any], found: Found) -> tuple[dict[str, Any], list[str]]:
        held = found.body.get("definition") or {}
        if held.get("data_type") != asked["definition"]["data_type"]:
            return {}, ["definition.data_type"]
        wanted = asked["definition"].get("input_settings", {}).get("choices") or []
        settings = dict(held.get("input_settings") or {})
        if settings.get("input_type") != asked["definition"]["input_settings"]["input_type"]:
            return {}, ["definition.input_settings.input_type"]
        missing = [choice for choice in wanted if choice not in (settings.get("choices") or [])]
        if not missing:
            return {}, []
        settings["choices"] = [*(settings.get("choices") or []), *missing]
        return {
            "object_type": asked["object_type"],
            "label": found.body["label"],
            "definition": {"data_type": held["data_type"], "input_settings": settings},
        }, []


class Values(Kind):
    """The set of a customer's custom field values: a PUT of the whole set, so repeating it changes nothing."""

    def find(self, write: Write) -> list[Found]:
        body = self.reader.get(write.path)
        rows = body.get("data", []) if isinstance(body, dict) else body
        return [Found(0, {"data": rows}, True)] if values_agree(write.body, rows) else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        rows = answer.get("data") if isinstance(answer, Mapping) else answer
        return [] if rows is None or values_agree(asked, rows) else ["custom_fields"]


class Data(Kind):
    """A customer's `data`: a PUT of the whole document, answered with an empty body."""

    def find(self, write: Write) -> list[Found]:
        held = self.reader.get(write.path.rsplit("/", 1)[0])
        return [Found(held["id"], held, True)] if held.get("data") == write.body["data"] else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return [] if answer is None or answer.get("data") in (None, asked["data"]) else ["data"]


class Files(Kind):
    """Uploads: no id, no list, and safe to repeat (uploads.py)."""

    repeatable = True

    def find(self, write: Write) -> list[Found]:
        return []

    def named(self, write: Write, answer: Any) -> bool:
        return bool(uploaded(write.body, answer))

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []


class MessageFiles(Kind):
    """A message's whole list of attachments, by PUT: repeating it changes nothing."""

    def find(self, write: Write) -> list[Found]:
        held = self.reader.get(write.path)
        return [Found(held["id"], held, True)] if not message_differences(write.body, held) else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return message_differences(asked, answer)


class Update(Kind):
    """A PUT on an object that exists: repeating it changes nothing."""

    def find(self, write: Write) -> list[Found]:
        try:
            held = self.reader.get(write.path)
        except GorgiasError as error:
            if error.status != 404:
                raise
            return []
        return [Found(held["id"], held, True)] if not flat_differences(write.body, held) else []


class TicketUpdate(Kind):
    """A PUT on a ticket, with sets that the plain comparison does not look into."""

    def find(self, write: Write) -> list[Found]:
        try:
            held = self.reader.get(write.path, relationships="custom_fields")
        except GorgiasError as error:
            if error.status not in {301, 404}:
                raise
            return []
        return [Found(held["id"], held, True)] if not change_differences(write.body, held) else []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return change_differences(asked, answer)


class TeamMembers(Update):
    """A PUT of a team's whole member list."""

    def find(self, write: Write) -> list[Found]:
        return [one for one in super().find(write) if not self.differences(write.body, one.body)]

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return [] if _members(asked) == _members(answer) else ["members"]


class Deletion(Kind):
    """A DELETE: what it named is gone, by us or before us (gorgias-api.md 11)."""

    def find(self, write: Write) -> list[Found]:
        try:
            self.reader.get(write.path)
        except GorgiasError as error:
            if error.status not in {301, 404}:
                raise
            return [Found(int(write.path.rsplit("/", 1)[1]), {}, True)]
        return []

    def differences(self, asked: Any, answer: Any) -> list[str]:
        return []


def kinds(reader: Reader) -> dict[tuple[str, str], Kind]:
    """(object, part) -> what the gate knows of it."""
    members = TeamMembers(reader)
    update, values, deletion = Update(reader), Values(reader), Deletion(reader)
    tickets, customers = Tickets(reader), Customers(reader)
    return {
        ("tickets", "create"): tickets,
        ("tickets", "update"): TicketUpdate(reader),
        ("tickets", "files_update"): update,
        ("messages", "update"): update,
        ("messages", "append"): Messages(reader),
        ("messages", "files"): MessageFiles(reader),
        ("files", "upload"): Files(reader),
        ("customers", "create"): customers,
        ("customers", "update"): update,
        ("customers", "values"): values,
        ("customers", "data"): Data(reader),
        ("users", "create"): Users(reader),
        ("tags", "create"): Tags(reader),
        ("teams", "create"): Teams(reader),
        ("teams", "update"): members,
        ("teams", "members"): members,
        ("custom_fields", "create"): CustomFields(reader),
        ("custom_fields", "update"): update,
        ("canary", "customer"): customers,
        ("canary", "ticket"): tickets,
        ("canary", "delete_ticket"): deletion,
        ("canary", "delete_customer"): deletion,
    }


def _members(team: Mapping[str, Any]) -> set[int]:
    return {member["id"] for member in team.get("members") or ()}


def _matching(rows: Iterable[dict[str, Any]], name: str, wanted: Any) -> list[dict[str, Any]]:
    """A filter that the server ignored must not look like a hit."""
    return [row for row in rows if row.get(name) == wanted]
