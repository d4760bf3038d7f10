"""What is handed to the ledger and what it hands back: plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """The states of a write (docs/write-gate.md)."""

    INTENT = "INTENT"
    DONE = "DONE"
    IN_DOUBT = "IN_DOUBT"
    ADOPTED = "ADOPTED"
    REFUSED = "REFUSED"
    CONFLICT = "CONFLICT"
    ROLLED_BACK = "ROLLED_BACK"


WRITTEN = (State.DONE, State.ADOPTED)
UNSETTLED = (State.INTENT, State.IN_DOUBT)


@dataclass(frozen=True)
class WriteKey:
    """What makes a write one write on an account."""

    object: str
    source_id: str
    part: str

    @property
    def columns(self) -> tuple[str, str, str]:
        """As the ledger's tables hold it."""
        return self.object, self.source_id, self.part


@dataclass(frozen=True)
class Decision:
    """What a person decided by name."""

    choice: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class ChangedDecision:
    """A decision that is other now than when the map was confirmed."""

    topic: str
    was: Decision
    now: Decision


@dataclass(frozen=True)
class KnownWrite:
    """The present row of a write.

    Attributes:
        detail, before: of all writes of an account only (rollbacks.py).
    """

    key: WriteKey
    state: State
    payload_hash: str
    gorgias_id: int | None
    fence: int
    attempts: int
    intent_at: datetime
    settled_at: datetime | None
    partition: str | None = None
    detail: str = ""
    before: Any = None


@dataclass(frozen=True)
class Outcome:
    """What became of one source row (architecture.md 6).

    Attributes:
        outcome: created, adopted, merged, skipped, quarantined, conflict or rolled_back.
        reason: why, for all but created; never a value of the record.
        partition: the ticket's created day, `none`, or None for objects that belong to no day.
        synthetic: made by us (placeholder, loss note, stub), so counted apart from the source.
        object: overrides the object of the call, for rows that follow another one's write.
    """

    source_id: str
    outcome: str
    reason: str = ""
    partition: str | None = None
    synthetic: bool = False
    gorgias_id: int | None = None
    object: str = ""


@dataclass(frozen=True)
class Undone:
    """What a write takes back once it is through.

    Attributes:
        keys: writes that may be made anew.
        rows: source rows that are not in Gorgias any more, with that outcome.
    """

    keys: tuple[WriteKey, ...]
    rows: tuple[Outcome, ...]


@dataclass(frozen=True)
class Quarantined:
    """A row that cannot go on.

    Attributes:
        reason_class: transient, needs_mapping, needs_permission or never_possible.
        synthetic: as in `Outcome`.
    """

    source_id: str
    reason_class: str
    message: str
    source_version: str = ""
    partition: str | None = None
    mapping_version: str = ""
    synthetic: bool = False


@dataclass(frozen=True)
class Loss:
    """Something that Gorgias cannot hold: of a whole field (no source_id, a count) or of one record."""

    field: str
    kind: str
    source_id: str = ""
    count: int = 1
    partition: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Uploaded:
    """A content that the target account holds.

    Attributes:
        url: where Gorgias keeps it, as an attachment of a message refers to it.
    """

    sha256: str
    url: str
    content_type: str
    size: int


@dataclass(frozen=True)
class Confirmation:
    """A person's word on one version of mapping.yaml against one schema."""

    version: str
    fingerprint: str
    schema: dict[str, Any]
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class FailedRun:
    """A run that failed, in what a person may be told of it.

    Attributes:
        partition: a day, `first...last`, or empty.
        step: asset whose step failed first; empty where the run failed around its steps.
        message: one sentence, without a value of any record.
    """

    run_id: str
    job: str
    partition: str
    step: str
    message: str


@dataclass(frozen=True)
class Intent:
    """A write that is about to be sent."""

    key: WriteKey
    payload_hash: str
    mapping_version: str = ""
    partition: str | None = None
    before: Any = None


@dataclass(frozen=True)
class Completion:
    """What became of a sent write, with the source rows whose outcome it decides.

    Attributes:
        booked_as: the books' name of the object, where it differs from the write's (contacts become customers).
        uploads: contents that the account holds now.
        payload_hash: what the object turned out to have been made of; None leaves what the intent said.
        undoes: what is not in Gorgias any more.
    """

    key: WriteKey
    state: State
    gorgias_id: int | None = None
    answer_hash: str | None = None
    detail: str = ""
    outcomes: Sequence[Outcome] = field(default=())
    quarantined: Sequence[Quarantined] = field(default=())
    conflicts: Sequence[dict[str, Any]] = field(default=())
    booked_as: str = ""
    uploads: Sequence[Uploaded] = field(default=())
    payload_hash: str | None = None
    undoes: Undone | None = None
