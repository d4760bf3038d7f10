"""Walks over a fake tab: nothing is lost or met twice, whatever the site's page size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ivinex.failures import CallMissing, OffsetIgnored, ServerError, Where
from resources.ivinex.paging import PageWalk

WHERE = Where("Records of tab Tickets", "https://acme.ivinex.com/API/Records.php")


def pairs(ids: list[int]) -> list[tuple[str, dict[str, object]]]:
    return [(str(identity), {"collection_id": str(identity)}) for identity in ids]


@given(total=st.integers(0, 400), cap=st.integers(11, 120), size=st.integers(11, 120), gap=st.integers(1, 5))
def test_every_row_is_met_exactly_once(total: int, cap: int, size: int, gap: int) -> None:
    ids = [1 + gap * place for place in range(total)]
    walk = PageWalk(lambda offset, limit: pairs(ids[offset : offset + min(limit, cap)]), where=WHERE, size=size)
    fresh = [row["collection_id"] for page in walk for row in page.fresh]
    assert fresh == [str(identity) for identity in ids]
    assert walk.ids == fresh
    assert walk.contiguous


@given(total=st.integers(30, 300), at=st.integers(0, 10), gone=st.integers(1, 9))
def test_rows_deleted_while_pages_are_read_make_nobody_else_disappear(total: int, at: int, gone: int) -> None:
    ids = list(range(1, total + 1))
    asked = 0

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        nonlocal asked
        asked += 1
        if asked == 2:
            del ids[at : at + gone]
        return pairs(ids[offset : offset + limit])

    walk = PageWalk(read, where=WHERE, size=25, in_flight=1)
    met = {row["collection_id"] for page in walk for row in page.fresh}
    assert met >= {str(identity) for identity in ids}


def test_an_ignored_offset_is_an_error_that_names_the_assumption() -> None:
    walk = PageWalk(lambda offset, limit: pairs(list(range(1, 51))), where=WHERE, size=100)
    with pytest.raises(OffsetIgnored, match=r"Records of tab Tickets.*A-06"):
        list(walk)


def test_a_last_page_that_repeats_is_the_end() -> None:
    ids = list(range(1, 58))
    walk = PageWalk(lambda offset, limit: pairs(ids[offset : offset + 25] or ids[50:]), where=WHERE, size=25)
    assert len([row for page in walk for row in page.fresh]) == 57


def test_a_404_past_the_end_is_the_end_and_one_before_it_is_a_failure() -> None:
    ids = list(range(1, 58))

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        if offset >= len(ids):
            raise CallMissing("gone", WHERE, 404)
        return pairs(ids[offset : offset + 25])

    assert len([row for page in PageWalk(read, where=WHERE, size=25) for row in page.fresh]) == 57
    with pytest.raises(CallMissing):
        list(PageWalk(lambda offset, limit: pairs(ids[:25]) if not offset else read(99, 1), where=WHERE, size=25))


def test_an_empty_page_where_rows_should_be_is_no_proof_of_the_end() -> None:
    ids = list(range(1, 58))
    walk = PageWalk(lambda offset, limit: pairs(ids[:25]) if not offset else [], where=WHERE, size=25)
    assert len(list(walk)) == 1
    assert not walk.contiguous


def test_a_jump_between_two_pages_is_noticed() -> None:
    pages = {0: list(range(1, 26)), 15: list(range(40, 50))}
    walk = PageWalk(lambda offset, limit: pairs(pages.get(offset, [])), where=WHERE, size=25)
    list(walk)
    assert not walk.contiguous


def test_a_failed_page_ends_the_walk() -> None:
    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        if offset:
            raise ServerError("the site failed", WHERE, 500)
        return pairs(list(range(1, 26)))

    with pytest.raises(ServerError):
        list(PageWalk(read, where=WHERE, size=25))


def test_small_tabs_cost_no_reading_ahead() -> None:
    asked: list[int] = []

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        asked.append(offset)
        return pairs(list(range(1, 41))[offset : offset + limit])

    list(PageWalk(read, where=WHERE, size=100))
    assert asked == [0, 30, 40]


def test_a_first_row_met_again_in_an_unstable_order_is_no_ignored_offset() -> None:
    pages = {0: list(range(1, 12)), 1: [1, 3, 2, *range(4, 11)]}
    walk = PageWalk(lambda offset, limit: pairs(pages.get(offset, [])), where=WHERE, size=100)
    assert len([row for page in walk for row in page.fresh]) == 11
