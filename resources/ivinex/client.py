"""The Ivinex client: what the stages ask for, in whichever dialect this site answers.

Belongs here: the calls of the two dialects (ivinex-api.md 2 and 3) and the choice between them. Does not belong
here: sending (sender.py), paging (paging.py), key names (response_parser.py), values (wire.py), and any write: there is
no method for one and no `ReadCall` to form one with.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from resources.batches import batches
from resources.ivinex import response_parser
from resources.ivinex.body import Body
from resources.ivinex.calls import ReadCall
from resources.ivinex.failures import (
    OF_ONE_RECORD,
    CallMissing,
    ErrorAnswer,
    Forbidden,
    IvinexFailure,
    NoApiPermission,
    Redirected,
    UnexpectedShape,
    WrongCredentials,
)
from resources.ivinex.paging import PageWalk, Row
from resources.ivinex.response_parser import BrokenLink, Field, Link, Related, Tab
from resources.ivinex.sender import Sender
from resources.outgoing_text import with_reference
from resources.patience import waking

Dialect = Literal["auto", "classic", "records"]
T = TypeVar("T")

IN_FLIGHT: Final = 4
_LINK_ROWS: Final = 20_000


@dataclass(frozen=True)
class Look:
    """What one row's worth of reading says about a tab.

    Attributes:
        rows: rows received for Limit 1.
        marker: the site says the tab is readable and empty (A-07).
    """

    rows: int
    marker: bool

    @property
    def suspicious(self) -> bool:
        """Zero rows without the marker: empty or hidden by permission, which cannot be told apart (A-16)."""
        return not self.rows and not self.marker


class IvinexClient:
    """Reads an Ivinex site; thread-safe.

    Args:
        sender: of the site; closed with this client.
        page_size: rows asked per page; the site may give fewer.
        dialect: which dialect reads records; `auto` takes Records JSON where the site serves it, because only
            that one gives ids for users and options (A-08).

    Attributes:
        replaced: characters of all answers so far that no UTF-8 text can hold and that became U+FFFD.
    """

    def __init__(self, sender: Sender, *, page_size: int = 100, dialect: Dialect = "auto") -> None:
        self.sender, self.page_size = sender, page_size
        self._choosing = threading.Lock()
        self._records_served: bool | None = {"auto": None, "classic": False, "records": True}[dialect]
        self._tried: Tab | None = None
        self.replaced = 0

    def close(self) -> None:
        """Closes idle connections."""
        self.sender.close()

    def tabs(self) -> list[Tab]:
        """Returns the tabs that the API user sees; a blocked one may be missing (ivinex-api.md 10, row 13)."""
        return self._shaped(ReadCall.GET_TABS, {}, response_parser.tabs)

    def fields(self, tab: Tab) -> list[Field]:
        """Returns the live field list of a tab; an empty tab may list fewer (ivinex-api.md 2.2)."""
        return self._shaped(ReadCall.GET_FIELDS, {"Tab": tab.name}, response_parser.fields)

    def look(self, tab: Tab) -> Look:
        """Reads one row to see whether a tab answers, asking the classic dialect for the marker of an empty one."""
        self._by_records(tab)
        tried, self._tried = self._tried, None
        if tried == tab:
            return Look(1, False)
        if self._rows(tab, 0, 1):
            return Look(1, False)
        answer = self._call(ReadCall.GET_RECORDS, {"Tab": tab.name, "Offset": "0", "Limit": "1"})
        rows = self._shape(ReadCall.GET_RECORDS, answer, lambda value: response_parser.rows_in(value, "Records"))
        return Look(len(rows), response_parser.empty_marker(answer.value))

    def walk(self, tab: Tab, *, start: int = 0) -> PageWalk:
        """Returns one pass over a tab, not yet begun; iterate over it for pages, then read its findings.

        Args:
            start: first offset.

        Raises (while iterating):
            OffsetIgnored: the site pages otherwise than assumed (A-06).
            IvinexFailure: a page could not be read.
        """
        call = ReadCall.RECORDS if self._by_records(tab) else ReadCall.GET_RECORDS
        return PageWalk(
            lambda offset, limit: self._rows(tab, offset, limit),
            where=self.sender.where(call)._replace(call=f"{call.value} of tab {tab.name}"),
            size=self.page_size,
            start=start,
            in_flight=IN_FLIGHT,
            rest=self.sender.rest,
        )

    def rows_at(self, tab: Tab, offset: int) -> list[tuple[str, Row]]:
        """Returns the (id, row) pairs of the page at an offset: one call."""
        return self._rows(tab, offset, self.page_size)

    def labels_at(self, tab: Tab, offset: int) -> list[tuple[str, Row]]:
        """Returns the same page in the classic dialect, with usernames and labels (A-08): one call."""
        named = {"Tab": tab.name, "Offset": str(offset), "Limit": str(self.page_size)}
        return self._shape(ReadCall.GET_RECORDS, self._call(ReadCall.GET_RECORDS, named), _identified)

    def renders_classic(self, tab: Tab) -> bool:
        """Whether records of this tab come with usernames and labels instead of ids (A-08)."""
        return not self._by_records(tab)

    def all_related(self, tab: Tab, record_id: str) -> list[Related]:
        """Returns everything linked to one record (A-11)."""
        return self._shaped(
            ReadCall.GET_ALL_RELATED_ITEMS, {"Tab": tab.name, "CollectionID": record_id}, response_parser.related
        )

    def related_of(self, tab: Tab, record_ids: Iterable[str]) -> Iterator[tuple[str, list[Related] | IvinexFailure]]:
        """Yields each record with what is linked to it, several requests in flight, in the given order.

        In place of what is linked stands the failure, where it may be about this record only.
        """
        with waking(self.sender.rest, IN_FLIGHT) as pool:
            for chunk in batches(record_ids, 200):
                found = pool.map(lambda record_id: self._related_or_failure(tab, record_id), chunk)
                yield from zip(chunk, found, strict=True)

    def _related_or_failure(self, tab: Tab, record_id: str) -> list[Related] | IvinexFailure:
        try:
            return self.all_related(tab, record_id)
        except OF_ONE_RECORD as failure:
            return failure

    def all_links(self, tab: Tab) -> Iterator[list[Link | BrokenLink]] | None:
        """Returns the links of a whole tab in batches, or None where the site does not answer so (A-11)."""
        try:
            first = self._links(tab, 0)
        except (UnexpectedShape, CallMissing, ErrorAnswer, Forbidden):
            return None
        return self._all_links(tab, first)

    def _all_links(self, tab: Tab, batch: list[Link | BrokenLink]) -> Iterator[list[Link | BrokenLink]]:
        offset = 0
        while batch:
            yield batch
            if len(batch) > _LINK_ROWS:
                return
            offset += len(batch)
            first, batch = batch[0], self._links(tab, offset)
            if batch and batch[0] == first:
                return

    def _links(self, tab: Tab, offset: int) -> list[Link | BrokenLink]:
        asked = {"Tab": tab.name, "Offset": str(offset), "Limit": str(_LINK_ROWS)}
        return self._shaped(ReadCall.GET_ALL_RELATED_ITEMS, asked, response_parser.links)

    def _rows(self, tab: Tab, offset: int, limit: int) -> list[tuple[str, Row]]:
        by_records = self._by_records(tab)
        call = ReadCall.RECORDS if by_records else ReadCall.GET_RECORDS
        named = {"CollectionTypeID": tab.collection_type_id} if by_records else {"Tab": tab.name}
        answer = self._call(call, named | {"Offset": str(offset), "Limit": str(limit)})
        return self._shape(call, answer, _identified)

    def _by_records(self, tab: Tab) -> bool:
        if not tab.numbered:
            return False
        if self._records_served is None:
            with self._choosing:
                if self._records_served is None:
                    self._records_served = self._serves_records(tab)
        return self._records_served

    def _serves_records(self, tab: Tab) -> bool:
        asked = {"CollectionTypeID": tab.collection_type_id, "Offset": "0", "Limit": "1"}
        try:
            rows = self._shape(ReadCall.RECORDS, self._call(ReadCall.RECORDS, asked), _identified)
            self._tried = tab if rows else None  # a look that follows has its row
        except Forbidden:
            return True
        except (CallMissing, WrongCredentials, NoApiPermission, UnexpectedShape, ErrorAnswer, Redirected):
            return False
        return True

    def _shaped(self, call: ReadCall, parameters: Mapping[str, str], read: Callable[[Any], T]) -> T:
        return self._shape(call, self._call(call, parameters), read)

    def _call(self, call: ReadCall, parameters: Mapping[str, str]) -> Body:
        answer = self.sender.read(call, parameters)
        self.replaced += answer.replaced
        return answer

    def _shape(self, call: ReadCall, answer: Body, read: Callable[[Any], T]) -> T:
        try:
            return read(answer.value)
        except response_parser.SaidNo as said:
            told = with_reference("the site says that it failed", str(said))
            raise ErrorAnswer(told, self.sender.where(call)) from None
        except response_parser.ShapeProblem as problem:
            raise UnexpectedShape(with_reference(str(problem), problem.keys), self.sender.where(call)) from None
        except (AttributeError, TypeError, ValueError, LookupError, RecursionError) as error:
            told = f"an answer of another shape ({type(error).__name__})"
            raise UnexpectedShape(told, self.sender.where(call)) from None


def _identified(value: Any) -> list[tuple[str, Row]]:
    """Rows with their ids. One without an id among others is one bad record: it is told apart by its content."""
    rows = response_parser.rows_in(value, "Records")
    found: list[tuple[str, Row]] = []
    problem: response_parser.ShapeProblem | None = None
    for row in rows:
        try:
            found.append((response_parser.record_id(row), row))
        except response_parser.ShapeProblem as bad:
            problem = bad
            found.append((response_parser.nameless_id(row), row))
    if problem and all(response_parser.is_nameless(identity) for identity, _ in found):
        raise problem
    return found
