"""What makes a message acceptable, how it is stored, and whether Gorgias would send it (gorgias-api.md 6.8, 7)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.moments import days_before, stored
from sandbox.gorgias.people import ADDRESS_LENGTH, NestedPerson, check_length
from sandbox.gorgias.table import Record

BODIES = ("body_text", "body_html", "stripped_text", "stripped_html", "stripped_signature")
DATETIMES = ("sent_datetime", "failed_datetime", "opened_datetime", "deleted_datetime")
PLAIN = (
    *BODIES,
    "channel",
    "via",
    "from_agent",
    "public",
    "subject",
    "external_id",
    "message_id",
    "integration_id",
    "source",
    "attachments",
    "headers",
    "meta",
    "macros",
    "actions",
    "imported",
    "last_sending_error",
)


class PreparedMessage:
    """A message that was checked and whose people were found; `store` writes it.

    Raises:
        ApiError: 400 naming the field, before anything is written.
    """

    def __init__(self, account: Account, body: dict[str, Any], where: str = "", *, nested: bool = False) -> None:
        self._account = account
        self._nested = nested
        self.body = body
        self.from_agent: bool = body["from_agent"]
        check_message(account, body, where)
        self.sender = NestedPerson(account, body.get("sender") or {}, f"{where}sender", agent=self.from_agent)
        self.receiver = NestedPerson(account, body.get("receiver") or {}, f"{where}receiver", agent=not self.from_agent)
        given = body.get("created_datetime")
        if nested and not account.switches["G-27"]:
            given = None
        self.created = kept(account, given) or account.now()

    def store(self, ticket: Record) -> Record:
        """Write the message onto its ticket, send it if nothing forbids that, and tell events."""
        account = self._account
        message: Record = {"id": None, "ticket_id": ticket["id"]}
        message.update({name: self.body[name] for name in PLAIN if self.body.get(name) is not None})
        message.setdefault("via", "api")
        _forget(account, message)
        message["created_datetime"] = self.created
        message["processed_datetime"] = account.now()
        for name in DATETIMES:
            if self.body.get(name) is not None:
                message[name] = stored(self.body[name])
        sender, receiver = self.sender.write(), self.receiver.write()
        message["sender_id"] = sender["id"] if sender else (account.actor if self.from_agent else ticket["customer_id"])
        message["receiver_id"] = receiver["id"] if receiver else None
        if message.get("source") is None and message["channel"] in ("phone", "api"):
            message["source"] = {"type": message["channel"]}
        account.messages.add(message)
        account.event("ticket-message-created", "TicketMessage", message["id"], {"ticket_id": ticket["id"]})
        if not self.from_agent:
            message.setdefault("sent_datetime", self.created)
        else:
            self._send_unless_silent(ticket, message)
        return message

    def _send_unless_silent(self, ticket: Record, message: Record) -> None:
        account = self._account
        silent = "sent_datetime" in message and (not self._nested or account.switches["G-11"])
        if message["channel"] == "internal-note" or silent:
            return
        account.mail(
            "message", recipients(account, ticket, message), "agent message without sent_datetime", ticket, message
        )
        message["sent_datetime"] = account.now()
        account.messages.save(message)


def _forget(account: Account, message: Record) -> None:
    if not account.switches["G-16"]:
        message.pop("meta", None)
    if not account.switches["G-18"]:
        message.pop("external_id", None)


def kept(account: Account, given: str | None) -> str | None:
    """A creation time as it is stored: clamped where times too far back are not kept."""
    days = account.switches["G-07"]
    moment = stored(given)
    if moment is None or days is None:
        return moment
    return max(moment, days_before(account.clock(), days))


def check_message(account: Account, body: dict[str, Any], where: str) -> None:
    """Raises ApiError 400 for what the contract cannot say."""
    if account.switches["G-05"] and body.get("via") is None:
        raise invalid(f"{where}via", "Missing data for required field.")
    if body["channel"] == "email" and body.get("source") is None:
        raise invalid(f"{where}source", "Missing data for required field.")
    check_content(account, body, where)


def check_content(account: Account, body: dict[str, Any], where: str) -> None:
    """Lengths of bodies, subject, ids and addresses."""
    limit = account.switches["G-32"]
    for name in BODIES:
        text = body.get(name)
        if text is not None and len(text) * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit:
            raise invalid(f"{where}{name}", f"Larger than {limit} bytes.")
    check_length(f"{where}subject", body.get("subject"), account.switches["G-33"])
    check_length(f"{where}external_id", body.get("external_id"), 255)
    source = body.get("source") or {}
    people = [source.get("from") or {}, *(p for name in ("to", "cc", "bcc") for p in source.get(name) or [])]
    for one in people:
        check_length(f"{where}source.address", one.get("address"), ADDRESS_LENGTH)


def recipients(account: Account, ticket: Record, message: Record) -> list[str]:
    """Whom a sent message would reach: its envelope, else its receiver, else the ticket's customer."""
    source = message.get("source") or {}
    envelope = [p.get("address") for name in ("to", "cc", "bcc") for p in source.get(name) or []]
    addresses = [address for address in envelope if address]
    if addresses:
        return addresses
    customer = account.customers.get(message.get("receiver_id")) or account.customers.get(ticket["customer_id"])
    if customer is None:
        return []
    return [customer["email"]] if customer["email"] else [c["address"] for c in customer["channels"][:1]]
