"""One walk over a tab, page by page, that notices what a careless one would lose.

Belongs here: offsets, overlap, the end, the guard against an ignored Offset, reading ahead. Does not belong here:
how a page is asked for (client.py) and how many walks prove completeness (the sweep).

Pages overlap by 10 rows because no order is promised (docs/reading-ivinex.md): a row that moves by a few places between
two requests is still met. The next offset follows the rows received, never the Limit asked, because a site may cut a
page silently (A-13).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from resources.ivinex.failures import CallMissing, OffsetIgnored, Where
from resources.patience import Rest, waking

OVERLAP: Final = 10

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
        in_flight: pages read at the same time once pages come full.
        rest: how the threads that read sleep in an outage.

    Attributes:
        ids: every id met, in the order of first meeting.
        pages: pages received, the empty one included.
        received: rows received, repeats included.
        chained: ids rose all the way and every page began at or before the last row of the page before, so no
            row that existed throughout can lie between two pages.
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
        self._met: set[str] = set()
        self._last = 0
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
                for future in ahead.values():
                    future.cancel()

    def _pages(self, pool: ThreadPoolExecutor, ahead: dict[int, Future[list[tuple[str, Row]]]]) -> Iterator[Page]:
        offset, full = self._start, self._size
        before: list[str] = []
        while True:
            # Only after a page no longer than the overlap does nothing remain that is known to lie ahead.
            end_is_near = len(before) <= OVERLAP and bool(before or self._start)
            pairs = self._one(offset, ahead.pop(offset, None), end_is_near)
            self.pages += 1
            if not pairs:
                # Else rows that were there a moment ago should stand here: the walk proves nothing by itself.
                self.contiguous = self.contiguous and (end_is_near or not before)
                return
            if self._is_repeat([identity for identity, _ in pairs], before, offset):
                return
            ids = [identity for identity, _ in pairs]
            yield self._take(offset, pairs)
            full = min(full, len(ids)) if len(ids) == len(before) else full
            step = len(ids) - OVERLAP if len(ids) > OVERLAP else len(ids)
            offset, before = offset + step, ids
            if len(ids) >= full and step > 1:
                for next_offset in range(offset, offset + step * self._in_flight, step):
                    if next_offset not in ahead:
                        ahead[next_offset] = pool.submit(self._read, next_offset, self._size)

    def _one(
        self, offset: int, waiting: Future[list[tuple[str, Row]]] | None, end_is_near: bool
    ) -> list[tuple[str, Row]]:
        try:
            return waiting.result() if waiting else self._read(offset, self._size)
        except CallMissing:
            if end_is_near:
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
