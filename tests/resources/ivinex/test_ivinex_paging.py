"""Walks over a fake tab: nothing is lost or met twice, whatever the site's page size."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ivinex.failures import CallMissing, OffsetIgnored, ServerError, Where
from resources.ivinex.paging import PageWalk

WHERE = Where("Records of tab Tickets", "https://acme.ivinex.com/API/Records.php")


Rows = list[tuple[str, dict[str, object]]]


def pairs(ids: Iterable[int]) -> Rows:
    return [(str(identity), {"collection_id": str(identity)}) for identity in ids]


def walk_over(read: Callable[[int, int], Rows], size: int = 100, **options: int) -> tuple[PageWalk, list[str]]:
    """A walk that came to its end, and the ids of the rows that it met, each as often as it did."""
    walk = PageWalk(read, where=WHERE, size=size, **options)
    return walk, [str(row["collection_id"]) for page in walk for row in page.fresh]


@dataclass
class Tab:
    """The rows 1 to `total`, some of which may go when a page is asked for; `asked` are the offsets of the pages."""

    total: int
    goes: Callable[[int, list[int]], object] = lambda _asked, _ids: None
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = list(range(1, self.total + 1))

    def read(self, offset: int, limit: int) -> Rows:
        self.asked.append(offset)
        self.goes(len(self.asked), self.ids)
        return pairs(self.ids[offset : offset + limit])

    @property
    def names(self) -> list[str]:
        return [str(identity) for identity in self.ids]


@given(total=st.integers(0, 400), cap=st.integers(11, 120), size=st.integers(11, 120), gap=st.integers(1, 5))
def test_every_row_is_met_exactly_once(total: int, cap: int, size: int, gap: int) -> None:
    ids = [1 + gap * place for place in range(total)]
    walk, fresh = walk_over(lambda offset, limit: pairs(ids[offset : offset + min(limit, cap)]), size)
    assert fresh == walk.ids == [str(identity) for identity in ids]
    assert walk.contiguous


@given(total=st.integers(30, 300), at=st.integers(0, 10), gone=st.integers(1, 9))
def test_rows_deleted_while_pages_are_read_make_nobody_else_disappear(total: int, at: int, gone: int) -> None:
    def goes(asked: int, ids: list[int]) -> None:
        if asked == 2:
            del ids[at : at + gone]

    tab = Tab(total, goes)
    assert set(walk_over(tab.read, 25, in_flight=1)[1]) >= set(tab.names)


def test_an_ignored_offset_is_an_error_that_names_the_assumption() -> None:
    with pytest.raises(OffsetIgnored, match=r"Records of tab Tickets.*A-06"):
        walk_over(lambda offset, limit: pairs(range(1, 51)))


def test_a_404_before_the_end_is_a_failure() -> None:
    def read(offset: int, limit: int) -> Rows:
        if offset:
            raise CallMissing("gone", WHERE, 404)
        return pairs(range(1, 26))

    with pytest.raises(CallMissing):
        walk_over(read, 25)


@pytest.mark.parametrize("then", [[], range(40, 50)], ids=["an empty page", "rows after a jump"])
def test_a_page_that_does_not_join_the_one_before_it_is_no_proof_of_the_end(then: Iterable[int]) -> None:
    walk, met = walk_over(lambda offset, limit: pairs(then if offset else range(1, 26)), 25)
    assert len(met) == 25 + len(list(then))
    assert not walk.contiguous


def test_rows_that_vanish_before_a_page_cost_one_page_more_and_no_second_reading() -> None:
    def goes(asked: int, ids: list[int]) -> None:
        if asked == 3:
            del ids[5:8]

    tab = Tab(200, goes)
    walk, met = walk_over(tab.read, 50, in_flight=1)
    assert len(met) == 200
    assert tab.asked[2:4] == [98, 49]
    assert (walk.contiguous, walk.ends_as_read) == (True, False)


def test_the_last_rows_are_read_again_and_tell_whether_all_before_them_is_as_it_was() -> None:
    tab = Tab(130)
    walk, _ = walk_over(tab.read)
    assert (tab.asked, walk.ends_as_read) == ([0, 99, 120, 130], True)
    gone, _ = walk_over(lambda offset, limit: pairs(tab.ids[offset + (offset == 120) :][:limit]))
    assert (gone.contiguous, gone.ends_as_read) == (True, False)


@given(total=st.integers(0, 120), gone=st.integers(1, 8))
def test_a_walk_ends_where_the_last_rows_vanish_while_they_are_read_again(total: int, gone: int) -> None:
    tab = Tab(total)

    def read(offset: int, limit: int) -> Rows:
        found = tab.read(offset, limit)
        assert len(tab.asked) < 20
        del tab.ids[-gone:]
        return found

    assert set(walk_over(read, 50)[1]) >= set(tab.names)


def test_pages_of_any_number_cost_one_call_in_fifty_more_than_their_rows_need() -> None:
    tab = Tab(60_000)
    walk_over(tab.read)
    assert len(tab.asked) <= 1.02 * 600


def test_a_failed_page_ends_the_walk() -> None:
    def read(offset: int, limit: int) -> Rows:
        if offset:
            raise ServerError("the site failed", WHERE, 500)
        return pairs(range(1, 26))

    with pytest.raises(ServerError):
        walk_over(read, 25)


@pytest.mark.parametrize(("total", "size"), [*((n, 100) for n in (1, 9, 10, 11, 30, 99, 100, 101, 130)), (57, 25)])
@pytest.mark.parametrize("past", ["empty", "last page", "404"])
def test_whatever_a_site_says_past_the_end_a_tab_of_any_size_proves_itself(total: int, size: int, past: str) -> None:
    tab = Tab(total)

    def read(offset: int, limit: int) -> Rows:
        if offset < total:
            return tab.read(offset, limit)
        if past == "404":
            raise CallMissing("404", WHERE, 404)
        return pairs(tab.ids[(total - 1) // limit * limit :] if past == "last page" else [])

    walk, met = walk_over(read, size)
    assert met == tab.names
    assert (walk.contiguous, walk.ends_as_read) == (True, True)


@given(
    total=st.integers(30, 300),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    losses=st.lists(st.tuples(st.integers(2, 12), st.integers(0, 290), st.integers(1, 40)), max_size=3),
)
def test_what_stays_is_met_and_a_proof_is_never_given_over_a_row_that_was_missed(
    total: int, cuts: list[int], losses: list[tuple[int, int, int]]
) -> None:
    def goes(asked: int, ids: list[int]) -> None:
        for when, at, gone in losses:
            if when == asked:
                del ids[at : at + gone]

    def read(offset: int, limit: int) -> Rows:
        return tab.read(offset, min(limit, max(11, cuts[(len(tab.asked) + 1) % len(cuts)])))

    tab = Tab(total, goes)
    walk, met = walk_over(read, 50, in_flight=1)
    proven = walk.contiguous and walk.ends_as_read
    assert set(met) >= set(tab.names) or not proven
    if proven and not losses:
        assert set(met) == set(tab.names)


def test_small_tabs_cost_no_reading_ahead() -> None:
    tab = Tab(40)
    walk_over(tab.read)
    assert tab.asked == [0, 30, 40]


def test_a_first_row_met_again_in_an_unstable_order_is_no_ignored_offset() -> None:
    pages = {0: list(range(1, 12)), 1: [1, 3, 2, *range(4, 11)]}
    assert len(walk_over(lambda offset, limit: pairs(pages.get(offset, [])))[1]) == 11
