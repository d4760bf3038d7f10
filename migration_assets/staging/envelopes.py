"""`source` of a message: the addresses of an e-mail, the numbers of a call. Pure."""

from __future__ import annotations

from typing import Any

from migration_assets.mapping.apply import Applied
from migration_assets.mapping.transforms_people import addresses, phone
from migration_assets.staging.directions import Author
from migration_assets.staging.inputs import Inputs
from migration_assets.staging.tickets import Customer

Address = dict[str, str]


def sender_of(value: str | None) -> Address | None:
    """The first valid address of a `from` field."""
    found = addresses(value) if value else []
    return found[0] if found else None


def email_source(
    customer: Customer | None, author: Author, sender: Address | None, applied: Applied, i: int, inputs: Inputs
) -> dict[str, Any]:
    """{type, from, to, cc, bcc}: the true addresses where Ivinex has them, else those of the two parties.

    Gorgias refuses an e-mail without a source (gorgias-api.md 6.8). Customers' addresses are masked in a staging
    account.
    """
    to = addresses(applied.get("to", i))
    known: Address | None = None
    if customer and customer.email:
        known = {"name": customer.name or "", "address": customer.email}
    user = inputs.lookups.accounts.get(author.user) if author.user else None
    agent: Address | None = None
    if user and user.get("email"):
        agent = {"name": str(user.get("name") or ""), "address": str(user["email"]).strip().lower()}
    writer = _shown(sender, inputs) if sender else agent if author.from_agent else known
    receivers = [_shown(address, inputs) for address in to]
    if not receivers and author.from_agent and known:
        receivers = [known]
    source: dict[str, Any] = {"type": "email", "to": receivers}
    if writer:
        source["from"] = writer
    for name in ("cc", "bcc"):
        source[name] = [_shown(address, inputs) for address in addresses(applied.get(name, i))]
    return source


def phone_source(channel: str, author: Author, number: str | None, inputs: Inputs) -> dict[str, Any]:
    """{type, from | to}: the customer's number on its side of the call, E.164 where it can be read."""
    source: dict[str, Any] = {"type": channel}
    if number and number.strip() not in ("", "0"):
        party = {"name": "", "address": inputs.shown(phone(number) or number.strip())}
        source |= {"to": [party]} if author.from_agent else {"from": party}
    return source


def unplaced(channel: str, applied: Applied, i: int, inputs: Inputs) -> dict[str, str]:
    """What the address fields hold that no envelope takes, for meta: of a call or a note, or no valid address."""
    kept = {}
    for name in ("from", "to", "cc", "bcc"):
        value = str(applied.get(name, i) or "").strip()
        found = [_shown(address, inputs)["address"] for address in addresses(value)]
        if value not in ("", "0") and (channel != "email" or not found):
            kept[f"ivinex_{name}"] = ", ".join(found) or value
    return kept


def _shown(address: Address, inputs: Inputs) -> Address:
    """The address as the target account may see it; a masked one loses its name too."""
    shown = inputs.shown(address["address"])
    return address if shown == address["address"] else {"name": "", "address": shown}
