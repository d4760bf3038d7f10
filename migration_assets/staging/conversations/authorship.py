"""Who wrote a message: an agent or the customer, and which user. Pure.

The evidence, strongest first; the first line that speaks decides (docs/authorship.md shows it as a table):

1. an internal note is always by a user;
2. a direction that Ivinex states (its own field, or in the word of the kind: `email_out`);
3. a `from` address that is the ticket's customer's, and no colleague's: the customer;
4. a `from` address that is a user's: that user;
5. a `from` address of the shop (one of its mailboxes, or of the domain of its users): an agent;
6. a listed user made the record, and no `from` can be read or a receiver is the customer: that user;
7. a receiver is the customer: an agent;
8. any other `from`, read or not: the customer, even where nobody knows it (docs/mapping.md);
9. no address: a call is taken as incoming; anything else is by who made it, an agent where the admin's list has him.

Where 2 says one thing and the `from` address another, or that address is a user's and the customer's at once, the
message says so in its meta, and it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from migration_assets.staging.context import StagingContext

CHANNELS = {"email": "email", "call": "phone", "sms": "sms", "chat": "chat"}
"""Kind of activity -> channel; notes, tasks and meetings become internal notes."""


@dataclass(frozen=True)
class AuthorEvidence:
    """What a record says of its author.

    Attributes:
        word: the kind of activity in the map's words.
        direction: `in`, `out` or None, from a mapped direction field.
        created_by: wire value of created_by.
        owner: source id of the assigned user.
        sender: the `from` address in lower case; None where none can be read.
        unread: the `from` field holds something that is no address.
        receivers: addresses of `to` and `cc`.
        customer: addresses of the ticket's customer, as staged.
    """

    word: str
    direction: str | None = None
    created_by: str | None = None
    owner: str | None = None
    sender: str | None = None
    unread: bool = False
    receivers: frozenset[str] = frozenset()
    customer: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Author:
    """`user`: source id of the user, None where no user can be named (then the fallback user stands in).

    Attributes:
        contradiction: what speaks against it, in words without an address.
    """

    from_agent: bool
    user: str | None
    contradiction: str = field(default="", compare=False)


def channel_of(word: str) -> str:
    return CHANNELS.get(word.split("_", maxsplit=1)[0], "internal-note")


def author_of(evidence: AuthorEvidence, context: StagingContext) -> Author:
    """Decide by the order of evidence above."""
    creator = context.lookups.user(evidence.created_by)
    user = str(creator["source_id"]) if creator else evidence.owner
    if channel_of(evidence.word) == "internal-note":
        return Author(True, user)
    sender = evidence.sender
    of_user = context.lookups.senders.get(sender) if sender else None
    of_customer = sender is not None and context.masked_address(sender) in evidence.customer
    of_shop = sender is not None and not of_customer and context.is_shops(sender)
    stated = evidence.direction or evidence.word.partition("_")[2] or None
    if stated == "in":
        against = "Ivinex calls it incoming, and it was sent from an address of the shop"
        return Author(False, None, against if of_user or of_shop else "")
    if stated == "out":
        against = "Ivinex calls it outgoing, and it was sent from the customer's address"
        return Author(True, of_user or user, against if of_customer and not of_user else "")
    if of_user:
        against = "the sender's address is a user's and the customer's at once"
        return Author(True, of_user, against if of_customer else "")
    if of_customer:
        return Author(False, None)
    if of_shop:
        return Author(True, user)
    to_customer = any(context.masked_address(one) in evidence.customer for one in evidence.receivers)
    listed = evidence.created_by in context.listed_users and evidence.word != "call"
    if (listed and sender is None) or to_customer:
        return Author(True, user)
    if sender or evidence.unread or evidence.word == "call":
        return Author(False, None)
    return Author(listed, user if listed else None)
