"""One walk over a tab, page by page, that notices what a careless one would lose.

Belongs here: offsets, overlap, the end, the guard against an ignored Offset, reading ahead. Does not belong here:
how a page is asked for (client.py) and how many walks prove completeness (the sweep).

As long as ids rise, each page begins with the last row of the page before: whatever existed throughout cannot lie
between the two. Where it does not begin there, rows in the past have vanished, and the walk goes back by a page. In any
other order a row may move by a few places between two requests, so pages overlap by ten rows. A page that is not full
may be the last one, or one that the site cut silently (A-13): its last ten rows are read again with what follows them,
which tells whether Offset acts and whether all before them is as it was. Only where nothing follows is it the end.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from resources.ivinex.failures import CallMissing, OffsetIgnored, Where
from resources.patience import Rest, waking

OVERLAP: Final = 10
JOINT: Final = 1
"""Rows by which pages overlap while ids rise."""
STEPS_BACK: Final = 3
PAGES_A_READ_AHEAD: Final = 200
"""After so many pages one more is read ahead, so that reading past the end costs at most one call in so many."""

Row = dict[str, Any]
ReadPage = Callable[[int, int], list[tuple[str, Row]]]


@dataclass(frozen=True)
class Page:
    """The rows of one answer.

    Attributes:
        offset: the Offset asked.
        rows: all rows received, as they came.
        fresh: those whose id this walk had not met before.
    """

    offset: int
    rows: list[Row]
    fresh: list[Row]


def number_of(identity: str) -> int:
    """A record id as a number; -1 where it is none that a site would count to."""
    return int(identity) if len(identity) < 19 and identity.isdecimal() else -1


class PageWalk:
    """Iterates over the pages of a tab; its findings are complete once the iteration has ended.

    Args:
        read: offset and limit -> (id, row) pairs; `CallMissing` where an offset past the end is a 404 (A-15).
        where: what is walked, for messages.
        size: rows asked per page.
        start: first offset.
        in_flight: pages read ahead at most.
        rest: how the threads that read sleep in an outage.

    Attributes:
        ids: every id met, in the order of first meeting.
        pages: pages received, the empty one included.
        received: rows received, repeats included.
        contiguous: ids rose all the way and every page began at or before the last row of the page before, so no
            row that existed throughout can lie between two pages.
        ends_as_read: the last rows were read again at the end, and stood where they had stood.
    """

    def __init__(
        self,
        read: ReadPage,
        *,
        where: Where,
        size: int,
        start: int = 0,
        in_flight: int = 4,
        rest: Rest | None = None,
    ) -> None:
        self._where = where
        self._read, self._size, self._start, self._in_flight = read, size, start, in_flight
        self._rest = rest or Rest()
        self.ids: list[str] = []
        self.pages = self.received = 0
        self.contiguous = True
        self.ends_as_read = False
        self._met: set[str] = set()
        self._last = 0
        self._again: list[str] = []
        self._offset_acts = start > 0

    def __iter__(self) -> Iterator[Page]:
        """Yields pages until an empty one.

        Raises:
            OffsetIgnored: another Offset brought the same page (A-06).
            IvinexFailure: a page could not be read.
        """
        with waking(self._rest, self._in_flight) as pool:
            ahead: dict[int, Future[list[tuple[str, Row]]]] = {}
            try:
                yield from self._pages(pool, ahead)
            finally:
                _drop(ahead)

    def _pages(self, pool: ThreadPoolExecutor, ahead: dict[int, Future[list[tuple[str, Row]]]]) -> Iterator[Page]:
        offset, full, steps_back = self._start, self._size, 0
        before: list[str] = []
        may_be_past = self._start > 0
        while True:
            can_go_back = self.contiguous and steps_back < STEPS_BACK and offset > self._start and bool(before)
            pairs = self._one(offset, ahead.pop(offset, None), may_be_past or can_go_back)
            self.pages += 1
            ids = [identity for identity, _ in pairs]
            if ids and self._is_repeat(ids, before, offset):
                self._end_met(offset)
                return
            if can_go_back and (number_of(ids[0]) > self._last if ids else not may_be_past):
                # Behind the last rows this is growth, or a site that cuts pages; else rows have vanished.
                back = OVERLAP if may_be_past else 2**steps_back * (self._size - JOINT)
                steps_back, self._offset_acts, may_be_past = steps_back + 1, True, False
                offset = max(self._start, offset - back)
                _drop(ahead)
                continue
            if not ids:
                # Else rows that were there a moment ago should stand here: the walk proves nothing by itself.
                self.contiguous = self.contiguous and (may_be_past or not before)
                self._end_met(offset)
                return
            page = self._take(offset, pairs)
            self._again = [] if page.fresh else ids
            steps_back = 0 if page.fresh else steps_back
            full = min(full, len(ids)) if len(ids) == len(before) else full
            step = self._step(len(ids), full, bool(page.fresh or steps_back))
            # Only behind a page that nothing overlaps does nothing remain that is known to lie ahead.
            may_be_past = step == len(ids)
            offset, before = offset + step, ids
            if len(ids) >= full and 1 < step < len(ids):
                some = min(self._in_flight, 1 + self.pages // PAGES_A_READ_AHEAD)
                for next_offset in range(offset, offset + step * some, step):
                    if next_offset not in ahead:
                        ahead[next_offset] = pool.submit(self._read, next_offset, self._size)
            yield page

    def _step(self, rows: int, full: int, is_new: bool) -> int:
        """Rows from this page's offset to the next one's.

        Args:
            is_new: it brought rows, or was read to go on from once more.
        """
        if not is_new:
            return rows
        overlap = JOINT if self.contiguous and rows >= full else OVERLAP
        return rows - overlap if rows > overlap else rows

    def _end_met(self, end: int) -> None:
        """The walk proves itself where the last rows, read twice, stand where they stood; one page is a proof alone."""
        if not self.contiguous or not self.ids or end != self._start + len(self.ids):
            return
        last = self.ids[-OVERLAP:]
        if (self._start == 0 and len(self.ids) == self.received) or self._again == last:
            self.ends_as_read = True
            return
        try:
            again = [identity for identity, _ in self._read(end - len(last), self._size)]
        except CallMissing:
            again = []
        self.pages += 1
        self.received += len(again)
        self.ends_as_read = again == last

    def _one(
        self, offset: int, waiting: Future[list[tuple[str, Row]]] | None, may_be_missing: bool
    ) -> list[tuple[str, Row]]:
        try:
            return waiting.result() if waiting else self._read(offset, self._size)
        except CallMissing:
            if may_be_missing:
                return []
            raise

    def _is_repeat(self, ids: list[str], before: list[str], offset: int) -> bool:
        """Whether the page says nothing new because the end is behind us; an ignored Offset is an error."""
        if before and ids[0] == self.ids[0] and not self._offset_acts:
            if ids == before and len(ids) <= OVERLAP:
                return True
            # One that acts brings fewer rows at the end, and before it few that were met (an unstable order may have
            # put the first row there).
            if len(ids) >= len(before) and 2 * len(set(ids) & set(before)) > len(before):
                raise OffsetIgnored("another Offset brought the same page", self._where)
        if before and ids[0] != self.ids[0]:
            self._offset_acts = True
        return offset >= len(self.ids) + self._start and self._met.issuperset(ids)

    def _take(self, offset: int, pairs: list[tuple[str, Row]]) -> Page:
        numbers = [number_of(identity) for identity, _ in pairs]
        rising = numbers[0] > 0 and all(a < b for a, b in pairwise(numbers))
        joined = not self.ids or numbers[0] <= self._last
        self.contiguous = self.contiguous and rising and joined
        fresh = []
        for identity, row in pairs:
            if identity not in self._met:
                self._met.add(identity)
                self.ids.append(identity)
                fresh.append(row)
        self._last = max(self._last, numbers[-1])
        self.received += len(pairs)
        return Page(offset, [row for _, row in pairs], fresh)


def _drop(ahead: dict[int, Future[list[tuple[str, Row]]]]) -> None:
    for future in ahead.values():
        future.cancel()
    ahead.clear()
