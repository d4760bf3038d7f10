"""The field lists of the mapping benchmark: what the proposal promises, on a few of them; all of them in acceptance."""

import pytest

from benchmarks.mapping import measure, read_sites

SITES = list(read_sites())
QUICK = [site for site in SITES if (site.language, site.part) in {("en", "tuned"), ("pl", "held out"), ("ja", "tuned")}]


def check(sites):
    results = [(site, measure(site)) for site in sites]
    given = [right for _, one in results for right, _ in one.given]
    assert given.count(False) <= 0.01 * len(given)
    for site, one in results:
        fields, values = (0.97, 0.97) if site.language == "en" else (0.90, 0.92)
        assert sum(right for right, _ in one.fields) >= fields * len(one.fields), one.misses
        assert sum(right for right, _ in one.values) >= values * len(one.values), one.misses
        assert one.closed_by_mistake == 0, one.misses
        assert all(one.roles), one.misses


def test_a_site_in_english_in_polish_and_in_japanese_keeps_the_promise() -> None:
    check(QUICK)


@pytest.mark.acceptance
def test_every_list_keeps_the_promise() -> None:
    assert len({site.language for site in SITES}) >= 12
    check(SITES)
