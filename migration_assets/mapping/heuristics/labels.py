"""What a label says: its words as concepts (subject, date, customer, ...), in the languages of a site.

It belongs here: reading labels, machine names and names of tabs. It does not: which target they are near to
(field_scores.py), and the words of options (option_labels.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from migration_assets.mapping.heuristics.languages import Language, languages
from migration_assets.mapping.heuristics.word_list import apart

UNKNOWN: frozenset[str] = frozenset()
_ALMOST = 0.93
"""What a word is worth that is only near to a known one."""
_CORE = 0.95
"""What a reading is worth that leaves small words out of phrases."""
_MARK_FROM, _MARK_LONGEST = 4, 8
_FOREIGN = 0.95
"""What a reading is worth in a language that the site does not seem to speak."""


@dataclass(frozen=True)
class Reading:
    """A label in one language.

    Attributes:
        items: what each word may stand for; an unknown word is the empty set.
        worth: 1, less where words were only near to known ones.
        compound: is it one word that was taken apart?
        question: is it one that begins with what it asks for?
    """

    items: tuple[frozenset[str], ...]
    worth: float = 1.0
    compound: bool = False
    question: bool = False

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

    def __init__(self, spoken: tuple[Language, ...], labels: Iterable[str] = ()):
        self.spoken = spoken
        self._codes = [language.code for language in spoken]
        # Labels are read alike at every site, so what was read at one is kept for the next.
        self._plain = sorted(
            (language for language in languages() if language.code in self._codes),
            key=lambda language: self._codes.index(language.code),
        )
        self._marks = _marks(labels, spoken)
        self._read: dict[str, list[Reading]] = {}

    def read(self, label: str) -> list[Reading]:
        """Every reading that leaves as few words unknown as any: the site's languages before the others."""
        if label not in self._read:
            said, label = label, self._without_mark(label)
            readings = [_reading(label, language) for language in self._plain]
            least = min(reading.unknown for reading in readings)
            if least:
                others = [_reading(label, language) for language in languages() if language.code not in self._codes]
                readings += [replace(r, worth=r.worth * _FOREIGN) for r in others if r.unknown < least]
            found = list(dict.fromkeys(reading for reading in readings if reading.known)) or readings[:1]
            self._read[said] = self._read[label] = found
        return self._read[label]

    def _without_mark(self, label: str) -> str:
        """ "SF Case Title" without what so many labels of the site begin with."""
        words = apart(label).split() if self._marks else []
        return " ".join(words[1:]) if len(words) > 1 and words[0] in self._marks else label

    def read_name(self, name: str) -> list[Reading]:
        """A machine name: a label of long ago, cut and stripped (ivinex-api.md 5.2)."""
        return self.read(re.sub(r"\d+$", "", name.removeprefix("field_")).replace("_", " "))


def _marks(labels: Iterable[str], spoken: tuple[Language, ...]) -> frozenset[str]:
    """What many labels begin with that no language knows: the sign of a vendor or of an import ("SF_", "zd ")."""
    first = Counter(words[0] for label in dict.fromkeys(labels) if len(words := apart(label).split()) > 1)
    return frozenset(
        word
        for word, times in first.items()
        if times >= _MARK_FROM and len(word) <= _MARK_LONGEST and not any(language.knows(word) for language in spoken)
    )


@lru_cache(maxsize=20_000)
def _reading(label: str, language: Language) -> Reading:
    words = language.words(label, language.concepts)
    if whole := language.concepts.whole.get(" ".join(words)):
        return Reading((whole,))
    plain = _items(words, language)
    core = language.concepts.without_small_words(words)
    if len(plain.items) > 1 and core != words:
        short = _items(core, language, core=True)
        if (short.unknown, len(short.items)) < (plain.unknown, len(plain.items)):
            return replace(short, worth=min(short.worth, _CORE))
    return plain


def _items(words: list[str], language: Language, core: bool = False) -> Reading:
    items: list[frozenset[str]] = []
    worth, at, compound, aside = 1.0, 0, False, False
    while at < len(words):
        found = language.concepts.longest(words, at, core=core) or _english(words, at, language)
        aside |= at > 0 and words[at] in language.clauses
        if found:
            items.append(found[1])
            at += found[0]
            continue
        parts = language.parts(words[at])
        if parts is None and (near := language.near(words[at]) or language.begun(words[at])):
            parts = [near]
            worth = min(worth, _ALMOST)
        compound |= bool(parts and len(parts) > 1)
        items += parts or ([] if aside else [UNKNOWN])
        at += 1
    question = bool(words) and words[0] in language.questions
    return Reading(tuple(item for item in items if item != {"filler"}), worth, compound, question)


def _english(words: list[str], at: int, language: Language) -> tuple[int, frozenset[str]] | None:
    """Technical words are English everywhere; a word of the language itself, alone or in parts, goes before."""
    english = languages()[0]
    if language.code == english.code or language.parts(words[at]):
        return None
    found = english.concepts.longest(words, at)
    return found if found and found[1] != {"filler"} else None
