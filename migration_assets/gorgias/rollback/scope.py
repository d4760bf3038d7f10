"""What a rollback is asked to take back: everything, the tickets of some days, or some kinds of objects."""

import hashlib
from dataclasses import dataclass

KINDS = ("tickets", "customers", "teams", "tags", "custom_fields", "users")
"""In the order in which they are taken back: nothing goes before what refers to it."""


@dataclass(frozen=True)
class Scope:
    """Where days are given, tickets only: what they share with other days stays.

    Attributes:
        objects: kinds; empty for all.
    """

    first: str = ""
    last: str = ""
    objects: tuple[str, ...] = ()

    def holds(self, object: str, partition: str | None) -> bool:
        if self.first or self.last:
            inside = bool(partition) and (self.first or "0") <= str(partition) <= (self.last or "9")
            return object == "tickets" and inside
        return not self.objects or object in self.objects

    def told(self) -> str:
        if self.first or self.last:
            return f"tickets of the days {self.first or 'from the first one'} to {self.last or 'the last one'}"
        return ", ".join(self.objects) or "everything"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.told().encode()).hexdigest()[:16]
