"""What a status says by its form, where its words tell nothing: "Waiting for Godot" is open whoever that is.

It belongs here: how an option begins and ends. The forms are data (`shapes` of a word list). It does not: words
(option_labels.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from migration_assets.mapping.heuristics.languages import Language

_MOST_WORDS = 7


@lru_cache(maxsize=20_000)
def status_by_shape(label: str, language: Language) -> str:
    """`open`, `closed`, or nothing where the form says neither or both."""
    if not language.shapes:
        return ""
    words = tuple(language.words(label, language.values))
    if not 1 < len(words) <= _MOST_WORDS:
        return ""
    found = {
        value
        for value in ("open", "closed")
        if _begins(words, language.shapes.get(f"{value}_begins", ()))
        or _ends(words, language.shapes.get(f"{value}_ends", ()))
    }
    if not found and _is_up_to_somebody(words, language):
        return "open"
    if not found and (_goes_on(words[0], language) or _goes_on(words[-1], language)):
        found = {"open"}
    return found.pop() if len(found) == 1 else ""


def begins_open(words: Sequence[str], language: Language) -> bool:
    """Does it begin as what is still to be done, or is a word in it one of what is not done?"""
    undone = any(language.values.exact.get(word, frozenset()) & {"partly", "not", "never"} for word in words)
    return undone or any(word in language.waiting for word in words[:1])


def _begins(words: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> bool:
    return any(len(words) > len(phrase) and words[: len(phrase)] == phrase for phrase in phrases)


def _ends(words: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> bool:
    return any(len(words) > len(phrase) and words[-len(phrase) :] == phrase for phrase in phrases)


def _is_up_to_somebody(words: tuple[str, ...], language: Language) -> bool:
    """ "Engineer to provide details", and not "Laid to rest": who or what it is stands before and is known."""
    inside = {word for (word,) in language.shapes.get("open_inside", ())}
    at = next((place for place in range(1, len(words) - 1) if words[place] in inside), 0)
    known = any(language.knows(word) and "filler" not in language.concepts.exact.get(word, "") for word in words[:at])
    # "Goodwill to be approved", "Patch being tested": what waits for it need not be known.
    known |= at > 0 and (words[at + 1] == "be" or words[at] == "being")
    return known and (words[0],) not in language.shapes.get("no_doing_before", ())


def _goes_on(word: str, language: Language) -> bool:
    """ "Chasing supplier", "Manager looking": somebody is at it; "Plumbing works" names a trade."""
    endings = tuple(ending for (ending,) in language.shapes.get("open_first_endings", ()))
    nouns = {noun for (noun,) in language.shapes.get("no_doing", ())}
    return bool(endings) and word.endswith(endings) and len(word) > 5 and word not in nouns
