"""What the options of a field tell of its target: in and out make a direction, open and closed a status.

It belongs here: options as evidence for a target. It does not: what one option says (option_labels.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from migration_assets.mapping.heuristics.languages import Language
from migration_assets.mapping.heuristics.option_labels import read_option

_MOST = 60
_LIFT = 0.6
_HALF = 0.5
_UNREAD, _OPEN_LABEL = 0.68, 0.78
_TOLD = {"kind": (0.6, 2), "direction": (0.75, 2), "priority": (0.7, 3)}
"""Share of the options that has to say something, and how many different things, where the label tells nothing."""
_EVEN_AGAINST = {"kind": (0.8, 3), "direction": (0.9, 2)}
"""The same where the label is known for something else: a "Source" of activities that says e-mail, call and note."""
_AGAINST = 0.72
_NAMED = {"status": 0.35, "priority": 0.35}
"""A label that names the target beside another word: options that are a status make "Processing state" one."""


def by_options(
    target: str, choices: Sequence[str], score: float, best: float, label: str, spoken: tuple[Language, ...]
) -> float:
    """The score with what the options say.

    Args:
        score: by the label.
        best: the most that a score may be.
        label: what the label says: `unread`, `open` (nothing against the target) or `against`.
    """
    if not choices:
        return score
    values = [read_option(target, option, spoken).value for option in choices[:_MOST]]
    share, several = sum(value is not None for value in values) / len(values), len({*values} - {None})
    if score >= _HALF:
        return score + (best - score) * (_LIFT + 0.2 * (several > 1)) * share if share > _HALF else score
    least, different = _TOLD.get(target, (2.0, 0))
    if score >= _NAMED.get(target, 1.0) and share >= 0.6 and several > 1:
        return max(score, _OPEN_LABEL)
    if label != "against" and share >= least and several >= different:
        return max(score, _OPEN_LABEL * float(share**0.25))
    least, different = _EVEN_AGAINST.get(target, (2.0, 0))
    if share >= least and several >= different:
        return max(score, _AGAINST)
    return max(score, _UNREAD * share) if label == "unread" and share >= 0.75 and several > 1 else score
