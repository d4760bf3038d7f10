"""One write as the gate takes it, and what it counts."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from resources.ledger.records import Intent, Outcome, Undone, WriteKey


@dataclass(frozen=True)
class Write:
    """A request that is to be carried out exactly once.

    Attributes:
        key: object type, source id and part (create, update, append, values, ...): one write per key and account.
        rows: source rows whose outcome follows this write's; the first is the object itself, for a ticket the
            others are its messages in the order of the body, then their files.
        basis: what the payload hash covers where that is not the body (a set merged with what was there before).
        before: image of the target before a set-valued write on an object that is not ours alone.
        undoes: what is taken back once this is through.
        smaller: the same write with half the payload, for 413; None when it cannot be halved.
    """

    key: WriteKey
    method: str
    path: str
    body: Any
    rows: tuple[Outcome, ...] = ()
    partition: str | None = None
    mapping_version: str = ""
    basis: Any = None
    before: Any = None
    smaller: "Callable[[], Write | None] | None" = None
    undoes: Undone | None = None

    @property
    def creates(self) -> bool:
        """True where carrying it out twice makes two objects."""
        return self.method == "POST"

    @cached_property
    def payload_hash(self) -> str:
        basis = self.body if self.basis is None else self.basis
        return hashlib.sha256(orjson.dumps(basis, option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def intent(self) -> Intent:
        """What the ledger keeps of it before it is sent."""
        return Intent(self.key, self.payload_hash, self.mapping_version, self.partition, self.before)


def hash_answer(body: Any) -> str:
    """Of what came back, so that a later read can tell whether somebody changed it."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass
class Tally:
    """What one pass through the gate did, by kind of result, and what it cost.

    Attributes:
        refused: source ids of what Gorgias refused.
        transient: source ids of what something between kept refusing; the next run tries them again.
        calls: requests that left, with those that read back what was in doubt.
    """

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    transient: list[str] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    def add(self, name: str, number: int = 1) -> None:
        self.counts[name] += number

    @property
    def sent(self) -> int:
        """Requests that left: what a second run must have none of."""
        return self.counts["sent"]

    def metadata(self) -> dict[str, int | float]:
        """Numbers only, so that the UI plots each of them."""
        names = (
            *("sent", "done", "adopted", "unchanged", "changed", "refused", "transient", "conflict"),
            *("in_doubt", "throttled"),
        )
        per_second = round(self.sent / self.seconds, 2) if self.seconds else 0.0
        return {name: self.counts[name] for name in names} | {"calls": self.calls, "sent_per_second": per_second}
