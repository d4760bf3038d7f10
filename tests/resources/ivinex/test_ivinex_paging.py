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
    assert len([row for page in walk for row in page.fresh]) == 25
    assert not walk.contiguous


def test_a_jump_between_two_pages_is_noticed() -> None:
    walk = PageWalk(
        lambda offset, limit: pairs(list(range(1, 26)) if not offset else [*range(40, 50)]), where=WHERE, size=25
    )
    list(walk)
    assert not walk.contiguous


def test_rows_that_vanish_before_a_page_cost_one_page_more_and_no_second_reading() -> None:
    ids, asked = list(range(1, 201)), []

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        asked.append(offset)
        if len(asked) == 3:
            del ids[5:8]
        return pairs(ids[offset : offset + limit])

    walk = PageWalk(read, where=WHERE, size=50, in_flight=1)
    assert len([row for page in walk for row in page.fresh]) == 200
    assert asked[2:4] == [98, 49]
    assert walk.contiguous
    assert not walk.ends_as_read


def test_the_last_rows_are_read_again_and_tell_whether_all_before_them_is_as_it_was() -> None:
    ids, asked = list(range(1, 131)), []

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        asked.append(offset)
        return pairs(ids[offset : offset + limit])

    walk = PageWalk(read, where=WHERE, size=100)
    list(walk)
    assert (asked, walk.ends_as_read) == ([0, 99, 120, 130], True)
    gone = PageWalk(lambda offset, limit: pairs(ids[offset + (offset == 120) :][:limit]), where=WHERE, size=100)
    list(gone)
    assert (gone.contiguous, gone.ends_as_read) == (True, False)


@given(total=st.integers(0, 120), gone=st.integers(1, 8))
def test_a_walk_ends_where_the_last_rows_vanish_while_they_are_read_again(total: int, gone: int) -> None:
    ids, asked = list(range(1, total + 1)), []

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        asked.append(offset)
        assert len(asked) < 20
        found = pairs(ids[offset : offset + limit])
        del ids[-gone:]
        return found

    walk = PageWalk(read, where=WHERE, size=50)
    met = {row["collection_id"] for page in walk for row in page.fresh}
    assert met >= {str(identity) for identity in ids}


def test_pages_of_any_number_cost_one_call_in_fifty_more_than_their_rows_need() -> None:
    ids, asked = list(range(1, 60_001)), []

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        asked.append(offset)
        return pairs(ids[offset : offset + limit])

    list(PageWalk(read, where=WHERE, size=100))
    assert len(asked) <= 1.02 * 600


def test_a_failed_page_ends_the_walk() -> None:
    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        if offset:
            raise ServerError("the site failed", WHERE, 500)
        return pairs(list(range(1, 26)))

    with pytest.raises(ServerError):
        list(PageWalk(read, where=WHERE, size=25))


@pytest.mark.parametrize("total", [1, 9, 10, 11, 30, 99, 100, 101, 130])
@pytest.mark.parametrize("past", ["empty", "last page", "404"])
def test_whatever_a_site_says_past_the_end_a_tab_of_any_size_proves_itself(total: int, past: str) -> None:
    ids = list(range(1, total + 1))

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        if offset < total:
            return pairs(ids[offset : offset + limit])
        if past == "404":
            raise CallMissing("404", WHERE, 404)
        return pairs(ids[(total - 1) // limit * limit :] if past == "last page" else [])

    walk = PageWalk(read, where=WHERE, size=100)
    assert [row["collection_id"] for page in walk for row in page.fresh] == [str(identity) for identity in ids]
    assert (walk.contiguous, walk.ends_as_read) == (True, True)


@given(
    total=st.integers(30, 300),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    losses=st.lists(st.tuples(st.integers(2, 12), st.integers(0, 290), st.integers(1, 40)), max_size=3),
)
def test_what_stays_is_met_and_a_proof_is_never_given_over_a_row_that_was_missed(
    total: int, cuts: list[int], losses: list[tuple[int, int, int]]
) -> None:
    ids, asked = list(range(1, total + 1)), 0

    def read(offset: int, limit: int) -> list[tuple[str, dict[str, object]]]:
        nonlocal asked
        asked += 1
        for when, at, gone in losses:
            if when == asked:
                del ids[at : at + gone]
        return pairs(ids[offset : offset + min(limit, max(11, cuts[asked % len(cuts)]))])

    walk = PageWalk(read, where=WHERE, size=50, in_flight=1)
    met = {row["collection_id"] for page in walk for row in page.fresh}
    stayed = {str(identity) for identity in ids}
    assert met >= stayed or not (walk.contiguous and walk.ends_as_read)
    if walk.contiguous and walk.ends_as_read and not losses:
        assert met == stayed


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
