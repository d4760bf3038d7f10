"""Writes of unknown outcome, and the two looks that settle each of them (docs/write-gate.md).

The second look comes a settling wait after the first, and not before the write must have become visible: one look may
be answered by a server that has not heard of it. A write that may be repeated waits as well: the first attempt, carried
out late, must not undo a newer one. It belongs here: when is looked, and what is seen. It does not: what follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from resources.gorgias.failures import Blocked
from resources.gorgias.writer.object_types import Found
from resources.gorgias.writer.send import SendResult
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriteContext
from resources.ledger.records import KnownWrite, State


@dataclass
class UnresolvedWrite:
    """A write of unknown outcome.

    Attributes:
        due: when (gate's clock) it is visible if it was carried out.
        asked: a first look has found nothing; the second is at `due`, so that none is read back often.
        landing: how it came to be in doubt; None where another run left it.
    """

    write: Write
    due: float
    asked: bool = False
    landing: SendResult | None = None

    @property
    def between(self) -> bool:
        """Something that is not Gorgias said no."""
        return self.landing is not None and self.landing.between


class UnresolvedWrites:
    """The doubts of one pass."""

    def __init__(self, writer: WriteContext):
        self._writer = writer
        self._open: list[UnresolvedWrite] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, result: SendResult) -> None:
        """One that this pass has sent."""
        wait = 0.0 if self._writer.object_type(result.write).repeatable else self._writer.options.settling
        self._open.append(UnresolvedWrite(result.write, self._writer.clock() + wait, landing=result))

    def add_left(self, write: Write, known: KnownWrite) -> None:
        """One that another run has sent."""
        due = 0.0 if self._writer.object_type(write).repeatable else self._visible_at(known)
        self._open.append(UnresolvedWrite(write, due))

    def look(self) -> Iterator[tuple[UnresolvedWrite, list[Found] | None]]:
        """Read back what is due.

        Yields:
            (doubt, what was found); [] where two looks found nothing, None where it cannot be looked at while others
            can: it must not keep the rest of the run from going on.
        """
        doubts, self._open = self._open, []
        for doubt in doubts:
            # The clock first, the question after: what is not there now is there by `due` or was not carried out.
            now = self._writer.clock()
            if doubt.asked and now < doubt.due:
                self._open.append(doubt)
                continue
            kind = self._writer.object_type(doubt.write)
            try:
                found = kind.find(doubt.write)
            except Blocked:
                yield doubt, None
                continue
            if found or doubt.asked or kind.repeatable:
                yield doubt, found
            else:
                due = max(doubt.due, now + self._writer.options.settling)
                self._open.append(replace(doubt, asked=True, due=due))

    def pause(self) -> None:
        """Sleep until the next is due."""
        if self._open:
            self._writer.sleep(max(0.01, min(doubt.due for doubt in self._open) - self._writer.clock()))

    def _visible_at(self, known: KnownWrite) -> float:
        """When (gate's clock) a carried out request of unknown outcome must have become visible."""
        options = self._writer.options
        bound = timedelta(seconds=options.settling)
        if known.state is State.INTENT:
            bound += timedelta(seconds=options.send_within + self._writer.connection.longest)
        since = known.settled_at or known.intent_at
        # A time in the future is of another clock: it is waited for no longer than if it were now.
        left = min(since + bound - self._writer.ledger.now(), bound)
        return self._writer.clock() + left.total_seconds()
