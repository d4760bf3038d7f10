"""Few tickets that show as much as all: a cover, beside what chance shows, in the order in which they were chosen."""

import numpy as np
import pandas as pd

from migration_assets.reconciliation.sample import greedy_cover
from migration_assets.reconciliation.sample.greedy_cover import choose


def frame(shown: dict[str, list[str]]) -> pd.DataFrame:
    rows = [(ticket, trait) for ticket, traits in shown.items() for trait in traits]
    return pd.DataFrame(rows, columns=["ticket", "trait"]).astype("category")


def test_the_ticket_that_shows_most_comes_first_and_what_is_shown_already_counts_no_more():
    shown = {"a": ["x", "y", "z"], "b": ["x", "y"], "c": ["w"], "d": ["x"]}
    sample = choose(frame(shown), 2, dict.fromkeys(shown, "2024-01-01"))
    assert sample.tickets == {"a": ["x", "y", "z"], "c": ["w"]}
    assert (sample.traits, sample.pairs, sample.shares.one_way, sample.shares.two_way) == (4, 3, 100.0, 100.0)


def test_once_every_kind_is_shown_pairs_of_kinds_decide():
    shown = {"a": ["x", "y", "z"], "b": ["v", "w"], "c": ["x", "y"], "d": ["v", "x"], "e": ["w"]}
    sample = choose(frame(shown), 3, dict.fromkeys(shown, "2024-01-01"))
    assert list(sample.tickets) == ["a", "b", "d"]
    assert sample.shares.two_way == 100.0


def test_a_larger_sample_begins_with_the_smaller_one():
    shown = {str(n): [f"t{n % 7}", f"u{n % 11}", f"v{n % 13}"] for n in range(60)}
    days = {name: f"2024-01-{int(name) % 9 + 1:02}" for name in shown}
    few, many = (list(choose(frame(shown), number, days).tickets) for number in (9, 30))
    assert many[:9] == few
    assert len(set(many)) == 30


def test_of_tickets_that_show_the_same_one_of_a_day_that_is_staged_anyway_is_taken():
    shown = {"a": ["w", "x", "y"], "b": ["z"], "c": ["z"]}
    sample = choose(frame(shown), 2, {"a": "2024-01-02", "b": "2024-01-01", "c": "2024-01-02"})
    assert list(sample.tickets) == ["a", "c"]


def test_more_tickets_than_there_are_are_all_of_them():
    shown = {"a": ["x"], "b": ["x"]}
    assert set(choose(frame(shown), 50, dict.fromkeys(shown, "2024-01-01")).tickets) == {"a", "b"}


def test_tickets_are_exchanged_for_others_that_show_more_pairs_and_no_kind_is_lost():
    rng = np.random.default_rng(3)
    rows = [(str(n), f"t{trait}") for n in range(300) for trait in rng.choice(60, 6, replace=False)]
    traits = pd.DataFrame(rows, columns=["ticket", "trait"]).astype("category")
    days = {str(n): f"day {n}" for n in range(300)}
    shows = pd.crosstab(traits["ticket"], traits["trait"]).to_numpy(dtype=np.float32)
    together, day_of = greedy_cover._together(shows), np.arange(300)
    first = greedy_cover._cover(shows, day_of, greedy_cover.CORE)
    greedy = [*first, *greedy_cover._cover_pairs(shows, day_of, first, greedy_cover.CORE - len(first))]
    sample = choose(traits, greedy_cover.CORE, days)
    assert sample.shares.one_way == 100.0
    assert sample.shares.two_way > greedy_cover._shares(shows, greedy, together).two_way


def test_fifty_of_two_thousand_show_what_chance_misses():
    rng = np.random.default_rng(1)
    # Forty fields: empty, typical, one longest ticket each, and kinds that one ticket in fifty shows.
    rows = [(str(n), f"{f}: {'empty' if rng.random() < 0.3 else 'typical'}") for n in range(2000) for f in range(40)]
    rows += [(str(int(rng.integers(2000))), f"{f}: longest") for f in range(40)]
    rows += [(str(n), f"{f}: non-ASCII") for n in range(0, 2000, 40) for f in rng.choice(40, 8, replace=False)]
    traits = pd.DataFrame(rows, columns=["ticket", "trait"]).drop_duplicates().astype("category")
    sample = choose(traits, 50, {str(n): f"day {n % 300}" for n in range(2000)})
    assert sample.shares.one_way >= 95
    assert sample.random.one_way < 80
