"""Who wrote a message: an agent or the customer, and which user. Pure.

The order of evidence, strongest first:

1. an internal note is always by a user;
2. a `from` address that is a user's: that user wrote it;
3. a direction that Ivinex states (its own field, or in the word of the kind: `email_out`);
4. any other `from` address: the customer, even where nobody knows it (design.md 6);
5. no address: a call is taken as incoming; anything else is by its author, an agent where the admin's list has him.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_assets.staging.inputs import Inputs

CHANNELS = {"email": "email", "call": "phone", "sms": "sms", "chat": "chat"}
"""Kind of activity -> channel; notes, tasks and meetings become internal notes."""


@dataclass(frozen=True)
class Author:
    """`user`: source id of the user, None where no user can be named (then the fallback user stands in)."""

    from_agent: bool
    user: str | None


def channel_of(word: str) -> str:
    return CHANNELS.get(word.split("_")[0], "internal-note")


def author_of(
    word: str, address: str | None, direction: str | None, created_by: str | None, owner: str | None, inputs: Inputs
) -> Author:
    """Decide by the order of evidence above.

    Args:
        word: the kind of activity in the map's words.
        address: the `from` address in lower case.
        direction: `in`, `out` or None, from a mapped direction field.
        created_by: wire value of created_by.
        owner: source id of the assigned user.
    """
    creator = inputs.lookups.user(created_by)
    user = str(creator["source_id"]) if creator else owner
    if channel_of(word) == "internal-note":
        return Author(True, user)
    if address and address in inputs.lookups.senders:
        return Author(True, inputs.lookups.senders[address])
    stated = direction or word.partition("_")[2] or None
    if stated in ("in", "out"):
        return Author(stated == "out", user if stated == "out" else None)
    if address or word == "call":
        return Author(False, None)
    listed = created_by in inputs.listed_users
    return Author(listed, user if listed else None)
