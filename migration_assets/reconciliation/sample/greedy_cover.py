"""The fewest tickets that show the most: a greedy cover over traits, then over pairs of traits, then exchanges.

It belongs here: matrices of tickets and traits, and counting. It does not: what a trait is (value_kinds.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

CANDIDATES = 20_000
"""Tickets among which pairs are looked for; single traits are looked for among all."""
SEED = 7
SAME_DAY = 1.5
"""How much more a ticket counts that is of a day of the sample."""
CORE = 50
"""So many tickets are improved by exchanges; a smaller sample is the first of them, a larger one goes on from them."""
ROUNDS = 3
Matrix = npt.NDArray[np.float32]
Days = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Shares:
    """What a choice of tickets shows of what all of them show, in percent.

    Attributes:
        one_way: of the pairs (field, kind of value).
        two_way: of two such pairs in one ticket.
    """

    one_way: float
    two_way: float


@dataclass(frozen=True)
class Sample:
    """Chosen tickets, in the order in which they were chosen.

    Attributes:
        tickets: source id -> traits that it was the first to show.
        traits: how many there are.
        pairs: how many pairs of traits one ticket shows.
        random: shares of as many tickets drawn by chance.
    """

    tickets: dict[str, list[str]]
    traits: int
    pairs: int
    shares: Shares
    random: Shares


def choose(traits: pd.DataFrame, number: int, days: Mapping[str, str]) -> Sample:
    """A sample of so many tickets; a larger one of the same scan begins with the same tickets.

    Args:
        traits: ticket, trait, as categories.
        days: ticket -> created day. Of tickets that show about as much, one of a day that is in the sample already is
            taken, because each day is staged, loaded and read back by runs of its own.
    """
    tickets, names = traits["ticket"].cat.categories, traits["trait"].cat.categories
    shows = np.zeros((len(tickets), len(names)), dtype=np.float32)
    shows[traits["ticket"].cat.codes, traits["trait"].cat.codes] = 1
    number = min(number, len(tickets))
    together = _together(shows)
    first_seen: dict[int, list[str]] = {}
    day_of = pd.Series([days[str(ticket)] for ticket in tickets], dtype="category").cat.codes.to_numpy()
    core = _core(shows, day_of, together)
    rows = [*core[:number], *_cover_pairs(shows, day_of, core, number - len(core))]
    seen = np.zeros(len(names), dtype=bool)
    for row in rows:
        new = (shows[row] > 0) & ~seen
        first_seen[row] = [str(name) for name in names[new]]
        seen |= new
    by_chance = np.random.default_rng(SEED).choice(max(1, len(tickets)), number, replace=False).tolist()
    return Sample(
        {str(tickets[row]): new for row, new in first_seen.items()},
        len(names),
        _pairs(together),
        _shares(shows, list(first_seen), together),
        _shares(shows, by_chance, together),
    )


def _core(shows: Matrix, day_of: Days, together: npt.NDArray[np.bool_]) -> list[int]:
    """Up to `CORE` rows, the ones that show the most traits, and then pairs, first."""
    number = min(CORE, len(shows))
    chosen = _cover(shows, day_of, number)
    chosen = _exchanged(shows, [*chosen, *_cover_pairs(shows, day_of, chosen, number - len(chosen))], together)
    own, own_days = shows[chosen], day_of[chosen]
    first = _cover(own, own_days, number)
    return [chosen[row] for row in [*first, *_cover_pairs(own, own_days, first, number - len(first))]]


def _exchanged(shows: Matrix, chosen: Sequence[int], together: npt.NDArray[np.bool_]) -> list[int]:
    """The rows, each exchanged for another one as long as that shows more; a trait counts as much as all its pairs."""
    rows, pool = list(chosen), _candidates(np.arange(len(shows)))
    wanted = np.triu(together, 1).astype(np.float32) + np.diag(np.full(shows.shape[1], shows.shape[1], np.float32))
    shown = shows[rows].T @ shows[rows]
    for _ in range(ROUNDS):
        before = list(rows)
        for place, row in enumerate(rows):
            shown -= np.outer(shows[row], shows[row])
            missing = wanted * (shown == 0)
            gains = ((shows[pool] @ missing) * shows[pool]).sum(axis=1)
            gains[np.isin(pool, rows)] = -1
            best = int(gains.argmax())
            if gains[best] > float(shows[row] @ missing @ shows[row]):
                rows[place] = int(pool[best])
            shown += np.outer(shows[rows[place]], shows[rows[place]])
        if rows == before:
            break
    return rows


def _candidates(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """At most about `CANDIDATES` of them, evenly."""
    return rows[:: -(-len(rows) // CANDIDATES)] if len(rows) > CANDIDATES else rows


def _cover(shows: Matrix, day_of: Days, number: int) -> list[int]:
    """Rows that show the most traits which no row before them shows, as long as there are such."""
    missing = np.ones(shows.shape[1], dtype=np.float32)
    chosen: list[int] = []
    while len(chosen) < number:
        gains = shows @ missing
        best = int((gains + np.isin(day_of, day_of[chosen]) / 2).argmax()) if len(gains) else 0
        if not gains.any():
            break
        chosen.append(best)
        missing[shows[best] > 0] = 0
    return chosen


def _cover_pairs(shows: Matrix, day_of: Days, chosen: Sequence[int], number: int) -> list[int]:
    """Further rows, those that show the most pairs of traits which no row before them shows."""
    rest = _candidates(np.setdiff1d(np.arange(len(shows)), chosen))
    pool = shows[rest]
    missing = np.triu(np.ones((shows.shape[1],) * 2, dtype=np.float32), 1)
    for row in chosen:
        missing[np.ix_(shows[row] > 0, shows[row] > 0)] = 0
    found: list[int] = []
    while len(found) < min(number, len(rest)):
        gains = ((pool @ missing) * pool).sum(axis=1)
        near = np.isin(day_of[rest], day_of[[*chosen, *rest[found]]])
        gains[near] *= SAME_DAY
        gains[found] = -1
        best = int(gains.argmax())
        found.append(best)
        missing[np.ix_(pool[best] > 0, pool[best] > 0)] = 0
    return [int(rest[row]) for row in found]


def _shares(shows: Matrix, rows: Sequence[int], together: npt.NDArray[np.bool_]) -> Shares:
    part = shows[list(rows)]
    traits, pairs = shows.shape[1], _pairs(together)
    one = int((part.sum(axis=0) > 0).sum())
    two = _pairs(_together(part))
    return Shares(100 * one / traits if traits else 100.0, 100 * two / pairs if pairs else 100.0)


def _together(shows: Matrix) -> npt.NDArray[np.bool_]:
    """Trait by trait: does one ticket show both?"""
    return (shows.T @ shows) > 0


def _pairs(together: npt.NDArray[np.bool_]) -> int:
    return int(np.triu(together, 1).sum())
