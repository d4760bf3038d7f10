"""What a rollback is asked to take back: everything, tickets of some days, kinds of objects, a run's, or the sample."""

import hashlib
from dataclasses import dataclass, field

KINDS = ("tickets", "customers", "teams", "tags", "custom_fields", "users")
"""In the order in which they are taken back: nothing goes before what refers to it."""


@dataclass(frozen=True)
class Scope:
    """Where days are given, tickets only: what they share with other days stays.

    Attributes:
        objects: kinds; empty for all.
        run: what this run made, and nothing else.
        sample: the tickets of the sample and the customers that it needs, whichever run made them.
        deleted_at_source: also what the source does not hold any more, which no later load could make again.
        members: (object, source id) of what is in scope, where single objects are asked for.
    """

    first: str = ""
    last: str = ""
    objects: tuple[str, ...] = ()
    run: str = ""
    sample: bool = False
    deleted_at_source: bool = False
    members: frozenset[tuple[str, str]] | None = field(default=None, repr=False, compare=False)

    def holds(self, object: str, partition: str | None) -> bool:
        """Whether objects of this kind (and day) are in scope, or some of them."""
        if self.members is not None:
            return any(name == object for name, _ in self.members)
        if self.first or self.last:
            inside = bool(partition) and (self.first or "0") <= str(partition) <= (self.last or "9")
            return object == "tickets" and inside
        return not self.objects or object in self.objects

    def holds_one(self, object: str, source_id: str, partition: str | None) -> bool:
        """Whether this object is in scope."""
        return self.holds(object, partition) and (self.members is None or (object, source_id) in self.members)

    def description(self) -> str:
        return self._what() + (", also what is gone at the source" if self.deleted_at_source else "")

    def _what(self) -> str:
        if self.run:
            return f"what run {self.run} made"
        if self.sample:
            return "the sample: its tickets with their customers"
        if self.first or self.last:
            return f"tickets of the days {self.first or 'from the first one'} to {self.last or 'the last one'}"
        return ", ".join(self.objects) or "everything"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.description().encode()).hexdigest()[:16]
