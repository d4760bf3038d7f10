"""The word lists as data: one YAML file a language in `vocabulary/`, and which languages a site speaks.

It belongs here: reading the files, and looking a word up in one language. It does not: cutting a text into words
(word_list.py), and what a label means for a target (labels.py) or an option for a value (option_labels.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from migration_assets.mapping.heuristics.word_list import (
    BARE_FROM,
    SMALL,
    WordList,
    apart,
    bare,
    common,
    fold,
    has_no_word_edges,
)

LINKS = ("", "s", "n", "en", "e", "er", "es")
"""What German, Dutch and the Nordic languages put between the parts of a compound."""
_NO_PEOPLE = (SMALL, frozenset({"recorded"}))
_SHORT_FROM = 4
_SAME_PERSON = 85
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOLDER = resources.files("migration_assets.mapping.heuristics").joinpath("vocabulary")


@dataclass(eq=False)
class Language:
    """One data file.

    Attributes:
        code: `en`, `de`, ...
        concepts: what labels of fields and names of tabs are made of.
        values: what options of status, priority, kind and direction say, with the negations.
        prefixes: what negates a word that it is written together with.
        compounds: are words put together without a space?
        inflected: do words change their endings so much that their beginning has to do?
        lacking: what negates the next word only, known or not: "ohne Lösung geschlossen" is closed.
        from_whom, to_whom: what stands before the sender or the recipient of a message.
        at_whom: what stands before the one who has a ticket now: "beim Lieferanten".
        from_endings, to_endings: how words end that name a sender or a recipient: "asiakkaalta".
        particles_after: do those words stand after the person?
        verb_first: is "called customer" somebody who was called?
        we, they: words for ourselves and for customers; got: verbs of which these are the recipients.
        by_whom: what stands before whoever did it: "Email by agent".
        passive: words by which a person is the one that something is done to: "Patient was phoned".
        ours: places and groups of ourselves, besides those that labels name.
        circumstances: what stands before the circumstances of an ending: "Cancelled before dispatch".
        mistaken: how an option ends that should not be: "Ordered in error", and nothing is left to do.
        and_words: what joins the last step of a status: "Referred on and closed".
        loose, things: words that close a ticket alone, and what they may be said of instead: "Card expired".
        after_closed: how what was done may end that stands behind "Closed -": it is closed all the same.
        waiting: words that an open status begins with, whatever it waits for.
        very: words that make a priority stronger.
        urgent: phrases for the most urgent level that a stronger one may stand beside.
        plain_levels: words that name their level on every scale of priorities.
        clauses: words after which what is not known does not count: "Labels for finding it again".
        questions: words that a question begins with; what follows its first phrase says less.
        customers: who has tickets at this site, as its tab of contacts is called: "Pet owners".
        short: abbreviations of databases and forms, each with the word that it stands for: "tkt".
        shapes: what an option says by its form: how it begins or ends, with what nobody knows beside it.
        private_people: how a tab of contacts is called whose people are at home, and not at a company.
        rivals: target -> the words of its labels in the order in which they win it (rivals.py).
    """

    code: str
    concepts: WordList
    values: WordList
    prefixes: tuple[str, ...]
    compounds: bool
    inflected: bool
    negates_after: bool
    lacking: frozenset[str]
    from_whom: tuple[tuple[str, ...], ...] = ()
    to_whom: tuple[tuple[str, ...], ...] = ()
    at_whom: tuple[tuple[str, ...], ...] = ()
    from_endings: tuple[str, ...] = ()
    to_endings: tuple[str, ...] = ()
    particles_after: bool = False
    verb_first: bool = False
    we: frozenset[str] = frozenset()
    they: frozenset[str] = frozenset()
    got: frozenset[str] = frozenset()
    by_whom: frozenset[str] = frozenset()
    passive: frozenset[str] = frozenset()
    ours: tuple[tuple[str, ...], ...] = ()
    circumstances: tuple[tuple[str, ...], ...] = ()
    mistaken: tuple[tuple[str, ...], ...] = ()
    and_words: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    after_closed: tuple[tuple[str, ...], ...] = ()
    waiting: frozenset[str] = frozenset()
    very: frozenset[str] = frozenset()
    urgent: tuple[tuple[str, ...], ...] = ()
    plain_levels: frozenset[str] = frozenset()
    clauses: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    short: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    private_people: frozenset[str] = frozenset()
    rivals: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    _near: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _begun: dict[str, frozenset[str] | None] = field(default_factory=dict)
    _cut: dict[tuple[str, bool], list[str]] = field(default_factory=dict)

    @property
    def before_people(self) -> tuple[tuple[str, ...], ...]:
        return (*self.from_whom, *self.to_whom, *self.at_whom)

    def words(self, text: str, within: WordList) -> list[str]:
        """The words of a text; what is written together or cut short as what it stands for, where it is no word."""
        key = (text, within is self.concepts)
        if key not in self._cut:
            self._cut[key] = self._words(text, within)
        return list(self._cut[key])

    def _words(self, text: str, within: WordList) -> list[str]:
        found: list[str] = []
        for written in text.split():
            whole = fold(written)
            for word in (whole if whole in within.exact else apart(written)).split():
                if has_no_word_edges(word):
                    found += within.cut(word)
                else:
                    found += [word] if word in within.exact else self.short.get(word, word).split()
        return found

    def parts(self, word: str) -> list[frozenset[str]] | None:
        """A compound as what its parts stand for, an unknown part as the empty set; None where it is none."""
        if not self.compounds or len(word) < 6:
            return None
        exact = self.concepts.exact
        for size in range(len(word) - 3, 1, -1):
            tail = word[-size:]
            if tail not in exact or (size < 3 and not exact[tail] & {"number", "id"}):
                continue
            head = word[:-size]
            for link in LINKS:
                stem = head.removesuffix(link) if link else head
                if stem in exact and len(stem) > 2:
                    return [exact[stem], exact[tail]]
            if (size > 3 and len(head) > 2) or (size == 3 and len(head) > 4 and exact[tail] == {"kind"}):
                return [frozenset(), exact[tail]]
        return None

    def is_customer(self, words: list[str]) -> bool:
        """Do these words begin with one that names who has tickets at this site?"""
        if words and ((words[0],) in self.before_people or words[0] in self.by_whom):
            return False
        first = [word for word in words[:2] if len(word) >= BARE_FROM]
        return any(fuzz.ratio(word, name) >= _SAME_PERSON for word in first for name in self.customers)

    def with_customers(self, names: Iterable[str]) -> Language:
        """The language of a site whose tabs of contacts have these names."""
        ours = {word for phrase in self.ours for word in phrase} | self.we
        words = {word for name in names for word in self.words(name, self.concepts)} - ours
        people = frozenset(
            word for word in words if len(word) >= BARE_FROM and self.concepts.exact.get(word) not in _NO_PEOPLE
        )
        return replace(self, customers=people) if people else self

    def knows(self, word: str) -> bool:
        """Is it a word of labels, alone or put together?"""
        return bool(self.concepts.longest([word], 0) or word in self.concepts.whole or self.parts(word))

    def near(self, word: str) -> frozenset[str] | None:
        """What a word with a slip of the pen, or with another ending, stands for."""
        if word not in self._near:
            self._near[word] = self._look_near(word)
        return self._near[word]

    def _look_near(self, word: str) -> frozenset[str] | None:
        if len(word) < 5 or has_no_word_edges(word):
            return None
        exact = self.concepts.exact
        if self.inflected:
            enough = max(4, round(len(word) * 0.7))
            alike = [known for known in exact if known[:enough] == word[:enough] and abs(len(known) - len(word)) < 4]
            # "ärendets" has more in common with "ärendet" than with "ärendenr", which is as long as it.
            apart = {known: (-common(known, word), abs(len(known) - len(word))) for known in alike}
            nearest = min(apart.values(), default=(0, 0))
            classes = {exact[known] for known in alike if apart[known] == nearest}
            if len(classes) == 1:
                return classes.pop()
        if found := process.extractOne(word, list(exact), scorer=fuzz.ratio, score_cutoff=88):
            return exact[found[0]]
        return None

    def begun(self, word: str) -> frozenset[str] | None:
        """What a word stands for that is the beginning of known ones which all say the same: "descr"."""
        if len(word) < _SHORT_FROM or self.inflected or self.compounds or has_no_word_edges(word):
            return None
        if word not in self._begun:
            known = {named for one, named in self.concepts.exact.items() if one.startswith(word) and " " not in one}
            self._begun[word] = known.pop() if len(known) == 1 else None
        return self._begun[word]


@cache
def languages() -> tuple[Language, ...]:
    """Every language that there is a file for, English first."""
    codes = sorted(
        (item.name.removesuffix(".yaml") for item in _FOLDER.iterdir()), key=lambda code: (code != "en", code)
    )
    return tuple(_language(code) for code in codes if len(code) == 2)


@cache
def placeholders() -> frozenset[str]:
    """What an option says that stands for no choice, in every language."""
    return frozenset(fold(word) for listed in _content("placeholders").values() for word in listed.split(","))


@cache
def no_values() -> frozenset[str]:
    """What an option says that is no value, and for all that may be an answer, in every language."""
    return frozenset(fold(word) for listed in _content("no_value").values() for word in listed.split(","))


def _content(name: str) -> dict[str, Any]:
    text = _FOLDER.joinpath(f"{name}.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe one
    return content


def _language(code: str) -> Language:
    content = _content(code)
    values = content["values"] | {"not": content.get("negations", ""), "unfinished": content.get("negated", "")}
    values |= {"never": content.get("refusals", "")}
    prefixes = [fold(word) for word in content.get("prefixes", "").split(",")]
    forms = {*prefixes, *map(bare, prefixes)}
    return Language(
        code=code,
        concepts=WordList.of(content["concepts"] | {"filler": content["fillers"]}),
        values=WordList.of(values, content.get("endings")),
        prefixes=tuple(sorted(forms - {""}, key=lambda form: (-len(form), form))),
        compounds=content.get("compounds", False),
        inflected=content.get("inflected", False),
        negates_after=content.get("negates_after", False),
        lacking=_single(content, "lacking"),
        we=_single(content, "we"),
        they=_single(content, "they"),
        got=_single(content, "got"),
        by_whom=_single(content, "by_whom"),
        passive=_single(content, "passive"),
        ours=_phrases(content, "ours"),
        circumstances=_phrases(content, "circumstances"),
        mistaken=_phrases(content, "mistaken"),
        and_words=_single(content, "and_words"),
        loose=_single(content, "loose"),
        things=_single(content, "things"),
        after_closed=_phrases(content, "after_closed"),
        waiting=_single(content, "waiting"),
        very=_single(content, "very"),
        urgent=_phrases(content, "urgent"),
        plain_levels=_single(content, "plain_levels"),
        clauses=_single(content, "clauses"),
        questions=_single(content, "questions"),
        from_whom=_phrases(content, "from_whom"),
        to_whom=_phrases(content, "to_whom"),
        at_whom=_phrases(content, "at_whom"),
        from_endings=tuple(word for (word,) in _phrases(content, "from_endings")),
        to_endings=tuple(word for (word,) in _phrases(content, "to_endings")),
        particles_after=content.get("particles_after", False),
        verb_first=content.get("verb_first", False),
        short={fold(short): fold(word) for word, listed in content.get("short", {}).items()
               for short in str(listed).split(",")},
        shapes={name: _phrases(content["shapes"], name) for name in content.get("shapes", {})},
        private_people=_single(content, "private_people"),
        rivals={target: _order(words) for target, words in content.get("rivals", {}).items()},
    )  # fmt: skip


def _single(content: dict[str, Any], key: str) -> frozenset[str]:
    return frozenset(fold(word) for word in content.get(key, "").split(",")) - {""}


def _order(words: str) -> tuple[tuple[str, ...], ...]:
    """ "closed, closure > * > resolved": what wins before what; "=" before a whole label, "*" for every other word."""
    places = [[entry.strip() for entry in place.split(",")] for place in words.split(">")]
    return tuple(
        tuple(one if one == "*" else f"{one[: one.startswith('=')]}{fold(one)}" for one in at) for at in places
    )


def _phrases(content: dict[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    found = {tuple(fold(entry).split()) for entry in content.get(key, "").split(",")} - {()}
    return tuple(sorted(found, key=lambda words: (-len(words), words)))


def spoken(labels: Iterable[str]) -> tuple[Language, ...]:
    """The languages that a site's labels are written in, the most likely first; English is always among them.

    Close relatives (Danish and Norwegian) may both be: what they know together is the same.
    """
    found: dict[str, float] = {}
    listed = list(dict.fromkeys(label for label in labels if label))
    for language in languages():
        words = [word for label in listed for word in language.words(label, language.concepts)]
        known = sum(language.knows(word) for word in words)
        found[language.code] = known / max(1, len(words))
    most = max(found.values(), default=0)
    chosen = [language for language in languages() if found[language.code] >= max(0.12, most * 0.8)]
    chosen.sort(key=lambda language: -found[language.code])
    english = languages()[0]
    return tuple(chosen) if english in chosen else (*chosen, english)
