"""What loading a period of days did, in numbers and in one sentence.

It does not belong here: doing it (migration.py).
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class DaysMoved:
    """
    Attributes:
        tickets: in the scan of the source, of these days.
        days: that have tickets.
        empty_days: without tickets, that were reported as done because nobody had done so before.
        ranges: of about a month each.
        loaded: tickets of these days that are in Gorgias now.
        writes: requests that were announced to the ledger; 0 where all was there before.
        unchanged_days: of the days, those that are as they were loaded, and were left out.
    """

    first: str
    last: str
    tickets: int
    days: int
    empty_days: int
    ranges: int
    loaded: int
    writes: int
    unchanged_days: int = 0

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """For a person."""
        if not self.days:
            return "No ticket was read yet, so there is nothing to load: start the job discover, or `migrate discover`."
        same = (
            f"{self.unchanged_days} of them are as they were loaded and were left out; " if self.unchanged_days else ""
        )
        return (
            f"{self.first} to {self.last}: {self.tickets} tickets on {self.days} days, of which {self.loaded} are in "
            f"Gorgias now; {same}{self.writes} writes; {self.empty_days} days without tickets were reported as done."
        )
