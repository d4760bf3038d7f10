"""What an option of a priority says by its place between others: levels are listed from one end to the other.

It belongs here: the place. It does not: words (option_labels.py), which go before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

LEVELS = ("critical", "high", "normal", "low")
CONFIDENCE = 0.55
_NUMBERED = re.compile(r"^\W*(?:p|s|prio|priority|sev|severity|level)?[\W_]*([0-9])(?![0-9a-z])", re.IGNORECASE)
_WORD_AND_NUMBER = re.compile(r"(?P<word>[^\W\d_]+)[\W_]*(?P<number>[0-9])")
_ODD_ONE_IN = 5
"""Of so many levels in order, and of four plain ones, one may stand elsewhere: its word means something else here."""
_SCALE = {4: (0, 1, 2, 3), 5: (0, 1, 2, 3, 3)}
"""Number of steps -> the level of each; with fewer the words have to tell."""


def levels_by_number(labels: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """The levels of "1 - Outage" to "4 - Wish": numbers say the order, and a word at one end says which way.

    Of "Class 1" to "Class 4" the levels beside them say it, where the numbers stand in the same order.
    """
    numbers = {label: int(found[1]) for label in labels if (found := _NUMBERED.match(label))} or _of_one_word(labels)
    steps = sorted(set(numbers.values()))
    if len(steps) not in (4, 5) or steps != list(range(steps[0], steps[0] + len(steps))):
        return {}
    ends = [{known.get(label) for label, number in numbers.items() if number == step} for step in (steps[0], steps[-1])]
    down = bool(ends[0] & {"critical"} or ends[1] & {"low"})
    up = bool(ends[0] & {"low"} or ends[1] & {"critical"})
    if not (down or up):
        others = [LEVELS.index(known[label]) for label in labels if label in known and label not in numbers]
        in_order = list(numbers.values()) == sorted(numbers.values())
        down = in_order and len(set(others)) > 1 and others == sorted(others)
        up = in_order and len(set(others)) > 1 and others == sorted(others, reverse=True)
    if down == up:
        return {}
    order = steps if down else steps[::-1]
    return {label: LEVELS[_SCALE[len(steps)][order.index(number)]] for label, number in numbers.items()}


def _of_one_word(labels: Sequence[str]) -> dict[str, int]:
    """The numbers of "Class 1", "Class 2", ...: one word, and nothing beside its number."""
    found = {label: match for label in labels if (match := _WORD_AND_NUMBER.fullmatch(label.strip()))}
    same = len({match["word"].casefold() for match in found.values()}) == 1
    return {label: int(match["number"]) for label, match in found.items()} if same else {}


def _in_order(places: Sequence[tuple[int, int]], plain: Collection[int] = ()) -> list[tuple[int, int]]:
    """The longest part of them that goes one way only; of two the one with more words that always name a level."""

    def worth(run: Sequence[tuple[int, int]]) -> tuple[int, int]:
        return len(run), sum(at in plain for at, _ in run)

    best: list[tuple[int, int]] = []
    for way in (1, -1):
        upto: list[list[tuple[int, int]]] = []
        for place in places:
            before = [run for run in upto if way * run[-1][1] <= way * place[1]]
            upto.append([*max(before, key=worth, default=[]), place])
        best = max([best, *upto], key=worth)
    return best


def levels_by_place(labels: Sequence[str], known: Mapping[str, str], plain: Collection[str] = ()) -> dict[str, str]:
    """A level for each label that has none, or that stands out of order where the others are in it, up or down.

    Between two levels it is the one between them, or the more urgent of the two; beyond the last known one the end of
    the scale.

    Args:
        plain: labels that always name their level: "Very high" stays what it is, and "Major" beside it gives way.
    """
    all_places = [(at, LEVELS.index(known[label])) for at, label in enumerate(labels) if label in known]
    surely = {at for at, label in enumerate(labels) if label in plain}
    places = _in_order(all_places, surely)
    levels = {level for _, level in places}
    odd = len(all_places) - len(places)
    sure = len(levels) == len(LEVELS) and surely == {at for at, _ in places}
    if len(levels) < 2 or odd > max(sure, len(places) // _ODD_ONE_IN):
        return {}
    down = places[0][1] < places[-1][1]
    settled = {at for at, _ in places}
    found = {}
    for at, label in enumerate(labels):
        if at in settled:
            continue
        before = [level for place, level in places if place < at]
        after = [level for place, level in places if place > at]
        if not before or not after:
            found[label] = LEVELS[0] if bool(before) != down else LEVELS[-1]
        else:
            first, last = sorted((before[-1], after[0]))
            found[label] = LEVELS[first + 1 if last - first > 1 else first]
    return found


def above_high(labels: Sequence[str], known: Mapping[str, str], plain: Collection[str]) -> str:
    """The end of a scale that stands beyond a plain "High" where nothing is critical: "Major" before "High", "Low"."""
    scale = [label for label in labels if label in known]
    for top, after in (scale[:2], scale[:-3:-1]) if len(scale) > 2 else ():
        if top not in plain and after in plain and known[top] == known[after] == "high":
            return "" if "critical" in known.values() else top
    return ""
