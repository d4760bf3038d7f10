"""The field lists of the mapping benchmark: what the proposal promises, on a few of them; all of them in acceptance."""

import pytest

from benchmarks.mapping import measure, read_sites

SITES = list(read_sites())
QUICK = [site for site in SITES if (site.language, site.part) in {("en", "tuned"), ("pl", "held out"), ("ja", "tuned")}]


def check(sites):
    results = [(site, measure(site)) for site in sites]
    given = [right for _, one in results for right, _ in one.given]
    assert given.count(False) <= 0.01 * len(given)
    for english, fields, values in ((True, 0.97, 0.97), (False, 0.90, 0.92)):
        held = [one for site, one in results if (site.language == "en") == english]
        misses = [miss for one in held for miss in one.misses]
        found = [right for one in held for right, _ in one.fields]
        assert sum(found) >= fields * len(found), misses
        found = [right for one in held for right, _ in one.values]
        assert sum(found) >= values * len(found), misses
    assert not [one.misses for _, one in results if one.closed_by_mistake]
    assert not [one.misses for _, one in results if not all(one.roles)]


def test_a_site_in_english_in_polish_and_in_japanese_keeps_the_promise() -> None:
    check(QUICK)


@pytest.mark.acceptance
def test_every_list_keeps_the_promise() -> None:
    assert len({site.language for site in SITES}) >= 12
    check(SITES)
