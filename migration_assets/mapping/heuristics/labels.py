"""What a label says: its words as concepts (subject, date, customer, ...), in the languages of a site.

It belongs here: reading labels, machine names and names of tabs. It does not: which target they are near to
(field_scores.py), and the words of options (option_labels.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from migration_assets.mapping.heuristics.languages import Language, languages

UNKNOWN: frozenset[str] = frozenset()
_ALMOST = 0.93
"""What a word is worth that is only near to a known one."""
_FOREIGN = 0.95
"""What a reading is worth in a language that the site does not seem to speak."""


@dataclass(frozen=True)
class Reading:
    """A label in one language.

    Attributes:
        items: what each word may stand for; an unknown word is the empty set.
        worth: 1, less where words were only near to known ones.
        compound: is it one word that was taken apart?
    """

    items: tuple[frozenset[str], ...]
    worth: float = 1.0
    compound: bool = False

    @property
    def known(self) -> int:
        return sum(1 for item in self.items if item)

    @property
    def unknown(self) -> int:
        return len(self.items) - self.known


class Reader:
    """Reads the labels of one site.

    Attributes:
        spoken: the site's languages, the most likely first.
    """

    def __init__(self, spoken: tuple[Language, ...]):
        self.spoken = spoken
        self._read: dict[str, list[Reading]] = {}

    def read(self, label: str) -> list[Reading]:
        """Every reading that leaves as few words unknown as any: the site's languages before the others."""
        if label not in self._read:
            readings = [_reading(label, language) for language in self.spoken]
            least = min(reading.unknown for reading in readings)
            if least:
                others = [_reading(label, language) for language in languages() if language not in self.spoken]
                readings += [replace(r, worth=r.worth * _FOREIGN) for r in others if r.unknown < least]
            self._read[label] = list(dict.fromkeys(reading for reading in readings if reading.known)) or readings[:1]
        return self._read[label]

    def read_name(self, name: str) -> list[Reading]:
        """A machine name: a label of long ago, cut and stripped (ivinex-api.md 5.2)."""
        return self.read(re.sub(r"\d+$", "", name.removeprefix("field_")).replace("_", " "))


@lru_cache(maxsize=20_000)
def _reading(label: str, language: Language) -> Reading:
    words = language.words(label, language.concepts)
    if whole := language.concepts.whole.get(" ".join(words)):
        return Reading((whole,))
    items: list[frozenset[str]] = []
    worth, at, compound = 1.0, 0, False
    while at < len(words):
        found = language.concepts.longest(words, at) or _english(words, at, language)
        if found:
            items.append(found[1])
            at += found[0]
            continue
        parts = language.parts(words[at])
        if parts is None and (near := language.near(words[at])):
            parts = [near]
            worth = min(worth, _ALMOST)
        compound |= bool(parts and len(parts) > 1)
        items += parts or [UNKNOWN]
        at += 1
    return Reading(tuple(item for item in items if item != {"filler"}), worth, compound)


def _english(words: list[str], at: int, language: Language) -> tuple[int, frozenset[str]] | None:
    """Technical words are English everywhere; a word of the language itself, alone or in parts, goes before."""
    english = languages()[0]
    if language is english or language.parts(words[at]):
        return None
    found = english.concepts.longest(words, at)
    return found if found and found[1] != {"filler"} else None
