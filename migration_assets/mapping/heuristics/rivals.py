"""Which of several fields wins a target that all their labels name: "Closed" before "Resolved".

It belongs here: the order of words for one target, read from the `rivals` of a word list. It does not: whether a label
names the target at all (field_scores.py), and which field gets which target (field_targets.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from migration_assets.mapping.heuristics.languages import Language
from migration_assets.mapping.heuristics.word_list import apart

LIKELY = 0.7
"""From this score on a field is a rival of the others."""
_STEP = 0.06
"""What each place behind the plainest rival costs: more than the order of hints and of fields."""
_ANY = "*"


def rival_key(role: str, target: str, tab: str, spoken: Sequence[Language]) -> str:
    """How the word lists call a target; residents and patients are rung at home first, people of companies at work."""
    words = set(apart(tab).split())
    private = any(words & language.private_people for language in spoken)
    key = f"private {role} {target}"
    return key if private and any(key in language.rivals for language in spoken) else f"{role} {target}"


def behind_rivals(
    target: str, labels: Sequence[str], scores: Sequence[float], spoken: Sequence[Language]
) -> list[float]:
    """The scores of a tab's fields for one target, less where another one of them has a plainer word for it.

    Args:
        target: role and name, as the word lists have them: "ticket closed".
        labels: of the same fields.
    """
    likely = [place for place, score in enumerate(scores) if score >= LIKELY]
    orders = [language.rivals[target] for language in spoken if target in language.rivals]
    if len(likely) < 2 or not orders:
        return list(scores)
    ranks = {place: min(_rank(apart(labels[place]), order) for order in orders) for place in likely}
    first = min(ranks.values())
    return [
        max(LIKELY, score - _STEP * (ranks[place] - first)) if place in ranks else score
        for place, score in enumerate(scores)
    ]


def _rank(label: str, order: Sequence[Sequence[str]]) -> int:
    """The place of a label: the last one of which a word is in it, since "Home" says more than "phone" does."""
    held = [place for place, phrases in enumerate(order) if any(_holds(label, phrase) for phrase in phrases)]
    other = next((place for place, phrases in enumerate(order) if _ANY in phrases), len(order))
    return max(held) if held else other


def _holds(label: str, phrase: str) -> bool:
    """Is a phrase in it, or all of it where the phrase begins with "="?"""
    return label == phrase[1:] if phrase.startswith("=") else f" {phrase} " in f" {label} "
