"""The best assignment, compared with every assignment there is."""

import random
from itertools import permutations

from migration_assets.mapping.heuristics.assignment import best_assignment


def total(scores, chosen):
    return sum(scores[row][column] for row, column in enumerate(chosen) if column is not None)


def every(rows, columns):
    """All assignments of rows to columns, some rows to none."""
    places = [*range(columns), *[None] * rows]
    return set(permutations(places, rows))


def test_it_is_as_good_as_the_best_of_all_assignments() -> None:
    chance = random.Random(7)
    for _ in range(60):
        rows, columns = chance.randint(1, 4), chance.randint(1, 4)
        scores = [[chance.choice((0.0, chance.random())) for _ in range(columns)] for _ in range(rows)]
        chosen = best_assignment(scores)
        taken = [column for column in chosen if column is not None]
        assert len(taken) == len(set(taken))
        best = max(total(scores, one) for one in every(rows, columns))
        assert abs(total(scores, chosen) - best) < 1e-9


def test_a_row_without_a_score_gets_no_column() -> None:
    assert best_assignment([[0.0, 0.0], [0.0, 0.9]]) == [None, 1]
    assert best_assignment([]) == []
    assert best_assignment([[]]) == [None]


def test_the_greedy_choice_is_not_taken_where_it_costs_more() -> None:
    # The best single score is 0.9, but the other row has nothing but that column.
    assert best_assignment([[0.9, 0.8], [0.85, 0.0]]) == [1, 0]
