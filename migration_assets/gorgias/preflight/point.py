"""One thing of an account that would act by itself on what a load writes. Plain values; nothing is read here."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from migration_assets.mapping.decision_changes import topic_of, topic_of_deltas

ACCEPT, OFF, EXCLUDE = "accept", "off", "exclude_by_tag"
EXCLUSION = '!containsAny(ticket.tags.name, ["ai_ignore"])'
"""What an admin adds to a rule's condition: every imported ticket carries this tag."""


class Effect(StrEnum):
    """What it could do."""

    mail = "mail people"
    call = "call out"
    merge = "merge tickets"
    divide = "split tickets"
    close = "close tickets"
    assign = "assign tickets"
    change = "change tickets"
    unknown = "do what cannot be read"


@dataclass(frozen=True)
class Switch:
    """How it is switched off and on again, with the whole of what it was."""

    path: str
    off: dict[str, Any]
    restore: dict[str, Any]


@dataclass(frozen=True)
class Point:
    """
    Attributes:
        name: how a person names it: `surveys`, `rule:401`.
        told: one sentence of what it is; ids and counts, no words of the account.
        touches: how many records of this load it could act on, at most; None where nobody can know yet.
        options: what may be decided: only what is safe and possible.
        mark: of its content, so that a decision does not outlive a change.
        own_topic: where the decision is kept under another name than the point's.
        on_changes: it acts where records are changed or deleted, as a rollback does, and not only where they are made.
    """

    name: str
    told: str
    effects: tuple[Effect, ...]
    touches: int | None
    options: tuple[str, ...]
    mark: str = ""
    switch: Switch | None = field(default=None)
    own_topic: str = ""
    on_changes: bool = False

    @property
    def topic(self) -> str:
        """Under which a decision is kept in the ledger."""
        return self.own_topic or topic_of(self.name, self.mark)

    @property
    def at_most(self) -> str:
        """How many records it could act on, for a person."""
        if self.touches is None:
            return "how many records is not known before the delta has compared"
        return f"at most {self.touches} records"

    @property
    def topic_of_deltas(self) -> str:
        return topic_of_deltas(self.topic)


def mark_of(content: Any) -> str:
    """Short, and the same for the same content."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
