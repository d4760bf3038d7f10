"""The best assignment of rows to columns: Kuhn and Munkres' algorithm, as the map needs it once a tab.

Written here because scipy (40 MB) would be a dependency for these lines alone; the tests compare it with every
assignment there is.
"""

from __future__ import annotations

from collections.abc import Sequence


def best_assignment(scores: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row its column, so that the sum of scores is the greatest possible; each column once.

    Args:
        scores: one row per target, one column per field; 0 or less means "rather none".

    Returns:
        None for a row that is better left without a column.
    """
    rows, columns = len(scores), len(scores[0]) if scores else 0
    # A column of its own for each row stands for "none"; the algorithm seeks the least cost.
    costs = [
        [-max(0.0, score) for score in row] + [0.0 if other == index else 1e9 for other in range(rows)]
        for index, row in enumerate(scores)
    ]
    chosen = _least_cost(costs)
    return [column if column < columns and scores[row][column] > 0 else None for row, column in enumerate(chosen)]


def _least_cost(costs: list[list[float]]) -> list[int]:  # noqa: C901
    """Shortest augmenting paths with potentials, O(rows^2 columns); every row gets a column."""
    rows = len(costs)
    columns = len(costs[0]) if costs else 0
    row_potential, column_potential = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of, before = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0], column = row, 0
        least, used = [float("inf")] * (columns + 1), [False] * (columns + 1)
        while True:
            used[column] = True
            here, step, following = row_of[column], float("inf"), 0
            for other in range(1, columns + 1):
                if used[other]:
                    continue
                cost = costs[here - 1][other - 1] - row_potential[here] - column_potential[other]
                if cost < least[other]:
                    least[other], before[other] = cost, column
                if least[other] < step:
                    step, following = least[other], other
            for other in range(columns + 1):
                if used[other]:
                    row_potential[row_of[other]] += step
                    column_potential[other] -= step
                else:
                    least[other] -= step
            column = following
            if row_of[column] == 0:
                break
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]
    chosen = [0] * rows
    for column in range(1, columns + 1):
        if row_of[column]:
            chosen[row_of[column] - 1] = column - 1
    return chosen
