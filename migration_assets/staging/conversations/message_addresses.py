"""`source` of a message: the addresses of an e-mail, the numbers of a call. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations.authorship import Author
from migration_assets.staging.conversations.tickets import Customer
from migration_assets.transforms.addresses import Addresses, read_addresses
from migration_assets.transforms.apply import MappedRecords
from migration_assets.transforms.people import phone

Address = dict[str, str]
FIELDS = ("from", "to", "cc", "bcc")


@dataclass(frozen=True)
class Envelope:
    """The address fields of a record as they were read, by the names of the standard targets."""

    fields: dict[str, Addresses]

    @classmethod
    def of(cls, applied: MappedRecords, i: int) -> Envelope:
        return cls({name: read_addresses(applied.get(name, i)) for name in FIELDS})

    @property
    def sender(self) -> Address | None:
        """The first address of `from`."""
        found = self.fields["from"].found
        return found[0] if found else None

    @property
    def receivers(self) -> frozenset[str]:
        return frozenset(one["address"] for name in ("to", "cc") for one in self.fields[name].found)

    @property
    def unread(self) -> dict[str, list[str]]:
        """Field -> the parts of it that are no address."""
        return {name: read.unread for name, read in self.fields.items() if read.unread}

    @property
    def further_senders(self) -> list[str]:
        """Senders after the first: an envelope has one."""
        return [_written(one) for one in self.fields["from"].found[1:]]

    def everything(self) -> dict[str, str]:
        """Field -> its whole content, for a message that has no envelope."""
        texts = {
            name: ", ".join([*(_written(one) for one in read.found), *read.unread])
            for name, read in self.fields.items()
        }
        return {name: text for name, text in texts.items() if text}


def email_source(
    customer: Customer | None, author: Author, envelope: Envelope, context: StagingContext
) -> dict[str, Any]:
    """{type, from, to, cc, bcc}: the true addresses where Ivinex has them, else those of the two parties.

    Gorgias refuses an e-mail without a source (gorgias-api.md 6.8). A field that holds something which cannot be read
    stays without an address: nobody else's stands in for it. Customers' addresses are masked in a staging account.
    """
    known: Address | None = None
    if customer and customer.email:
        known = {"name": customer.name or "", "address": customer.email}
    user = context.lookups.accounts.get(author.user) if author.user else None
    agent: Address | None = None
    if user and user.get("email"):
        agent = {"name": str(user.get("name") or ""), "address": str(user["email"]).strip().lower()}
    source: dict[str, Any] = {"type": "email"}
    source["to"] = [shown(one, context) for one in envelope.fields["to"].found]
    if not source["to"] and not envelope.fields["to"].unread and author.from_agent and known:
        source["to"] = [known]
    writer = agent if author.from_agent else known
    if envelope.sender:
        source["from"] = shown(envelope.sender, context)
    elif writer and not envelope.fields["from"].unread:
        source["from"] = writer
    for name in ("cc", "bcc"):
        source[name] = [shown(one, context) for one in envelope.fields[name].found]
    return source


def phone_source(channel: str, author: Author, number: str | None, context: StagingContext) -> dict[str, Any]:
    """{type, from | to}: the customer's number on its side of the call, E.164 where it can be read."""
    source: dict[str, Any] = {"type": channel}
    if number and number.strip() not in ("", "0"):
        party = {"name": "", "address": context.masked_address(phone(number) or number.strip())}
        source |= {"to": [party]} if author.from_agent else {"from": party}
    return source


def shown(address: Address, context: StagingContext) -> Address:
    """The address as the target account may see it; a masked one loses its name too."""
    seen = context.masked_address(address["address"])
    return address if seen == address["address"] else {"name": "", "address": seen}


def _written(address: Address) -> str:
    return f"{address['name']} <{address['address']}>" if address["name"] else address["address"]
