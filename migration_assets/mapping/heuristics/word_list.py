"""One list of words, and how a text is cut into words that it is looked up by.

It belongs here: folding, cutting, spellings, and the longest phrase that a list knows. It does not: the lists of a
language as data (languages.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

_LONGEST = 5
SMALL = frozenset({"filler"})
BARE_FROM = 4
_FORMS_FROM = 6
_BARE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[a-z]{3})(?=\d)")
"""Where "ticketStatus", "HTMLBody" and "email2" are put together."""
_E_MAIL = re.compile(r"\be[-\u2010\u2011\s]mail")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f々ー]")


@cache
def fold(text: str) -> str:
    """Lower case, letters and digits of every script with their marks: what words are compared by."""
    lowered = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i").replace("#", " number ")
    lowered = _E_MAIL.sub("email", lowered)
    whole = unicodedata.normalize("NFC", lowered)
    return " ".join("".join(c if c.isalnum() or c == "ー" else " " for c in whole).split())


@cache
def apart(text: str) -> str:
    """A folded text in which what was put together is apart again: "ticketStatus", "HTMLBody", "email2"."""
    return fold(_CAMEL.sub(" ", text))


def bare(word: str) -> str:
    """A folded word as it is typed without marks: "löst" is no English "lost", but "lost" may be meant for it."""
    if word.isascii() or has_no_word_edges(word):
        return word
    parts = unicodedata.normalize("NFKD", word.translate(_BARE))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def common(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _forms(word: str, endings: dict[str, str]) -> Iterator[str]:
    """The other genders and numbers of a participle, and of the first word of a phrase."""
    first, space, rest = word.partition(" ")
    for ending, others in endings.items():
        if first.endswith(ending) and len(first) >= _FORMS_FROM:
            yield from (first.removesuffix(ending) + other + space + rest for other in str(others).split())


def _spellings(word: str) -> set[str]:
    """A word with its marks and without. Of a short one only the first: Swedish "än" is no "an"."""
    return {word, bare(word) if len(bare(word)) >= BARE_FROM else word} - {""}


def has_no_word_edges(text: str) -> bool:
    """Japanese and Chinese write words without a space between them."""
    return bool(_SPACELESS.search(text))


@dataclass
class WordList:
    """Words and phrases of one language, each with the classes it stands for.

    Attributes:
        exact: folded word or phrase, with and without marks -> classes.
        begins: words of which the last may end in any way: those before it -> how it begins -> classes.
        whole: what only counts as the whole label ("De", "An", "To").
        core: phrases without the small words in them, so that "who was it from" is "who it came from" as well.
    """

    exact: dict[str, frozenset[str]] = field(default_factory=dict)
    begins: dict[tuple[str, ...], dict[str, frozenset[str]]] = field(default_factory=dict)
    whole: dict[str, frozenset[str]] = field(default_factory=dict)
    core: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, classes: dict[str, str], endings: dict[str, str] | None = None) -> WordList:
        """Read the words of each class.

        Args:
            endings: what one ending may be instead: `o: a os as`. A word that is listed itself means what it is listed
                for.
        """
        made = cls()
        for name, listed in classes.items():
            for entry in str(listed).split(","):
                for word in _spellings(fold(entry)):
                    if entry.strip().startswith("="):
                        made.whole[word] = made.whole.get(word, frozenset()) | {name}
                    elif entry.strip().endswith("*"):
                        *before, last = word.split()
                        known = made.begins.setdefault(tuple(before), {})
                        known[last] = known.get(last, frozenset()) | {name}
                    else:
                        made.exact[word] = made.exact.get(word, frozenset()) | {name}
        for word, names in list(made.exact.items()):
            for form in _forms(word, endings or {}):
                made.exact.setdefault(form, names)
        for word, names in made.exact.items():
            rest = made.without_small_words(word.split())
            if len(rest) > 1 and names != SMALL:
                made.core.setdefault(" ".join(rest), names)
        return made

    def without_small_words(self, words: list[str]) -> list[str]:
        """What is left of a text without articles, pronouns and the like."""
        return [word for word in words if self.exact.get(word) != SMALL]

    def longest(
        self, words: list[str], at: int, within: frozenset[str] | None = None, core: bool = False
    ) -> tuple[int, frozenset[str]] | None:
        """The longest phrase that begins at a word: (its number of words, its classes).

        Args:
            within: classes that count; what says only something else is passed over.
            core: do phrases without their small words count too?
        """
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + size])
            found = self.exact.get(phrase) or (self.core.get(phrase) if core else None)
            if found and (within is None or found & within):
                return size, found if within is None else found & within
            found = self._beginning(words[at : at + size])
            if found and (within is None or found & within):
                return size, found if within is None else found & within
        return None

    def _beginning(self, words: list[str]) -> frozenset[str] | None:
        """What the words that begin so stand for; of several beginnings the one that was listed first."""
        known = self.begins.get(tuple(words[:-1]), {})
        return next((classes for begin, classes in known.items() if words[-1].startswith(begin)), None)

    def cut(self, text: str) -> Iterator[str]:
        """A text without word edges as its longest known parts; what is unknown between them stays together."""
        rest, unknown = text, ""
        while rest:
            size = next((size for size in range(min(len(rest), 10), 0, -1) if rest[:size] in self.exact), 0)
            if size:
                if unknown:
                    yield unknown
                unknown = ""
                yield rest[:size]
            else:
                unknown += rest[0]
            rest = rest[max(size, 1) :]
        if unknown:
            yield unknown
