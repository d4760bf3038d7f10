"""What an option says: open or closed, how urgent, what kind of message, in or out; with how sure that is.

It belongs here: words, negations, and what contradicts itself. Where no word tells there is no value: a person decides,
or the evidence of the records does (status_evidence.py). It does not: labels of fields (labels.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from migration_assets.mapping.heuristics.languages import Language, languages, no_values, placeholders
from migration_assets.mapping.heuristics.option_shapes import begins_open, status_by_shape
from migration_assets.mapping.heuristics.people_in_options import (
    begins_with_customer,
    is_at_somebody,
    way_of_people,
    way_of_pronouns,
)
from migration_assets.mapping.heuristics.word_list import fold

SURE = 0.97
_FOREIGN = 0.93
_WITH_UNKNOWN_WORD = {"status": 0.85, "priority": 0.55, "kind": 0.55, "direction": 0.55}
"""An unknown word beside the known one may be what counts: "very", "sent", a negation. Read from the reliability table
of benchmarks/mapping.py --forget 0.2."""
_UNSAFE = 0.6
_PARTS = re.compile(r"\s[-–—]+\s|[()\[\]/,;:|]|\.\s")
_LAST_PART = re.compile(r"(?P<before>.*)(?:\s[-–—]\s|[,;:(\[]\s*)(?P<last>[^,;:()\[\]]+)[)\]]?")
"""The last part of an option, after a dash, a comma, a colon or in brackets."""
_SIGNS = " -–—_.…"
_SET_APART = re.compile(r"\(.*\)|\[.*\]|<.*>|[-–—]+.*[-–—]+|.*(?:\.{2,}|…)")
_ON_BOTH_SIDES = re.compile(r"[^\w\s].*[^\w\s]")
_YEAR = re.compile(r"\b(?:(?:19|20)\d\d|Q[1-4]|FY ?\d\d)\b", re.IGNORECASE)
_CHANNELS = ("sms", "email", "call", "chat", "meeting", "task", "note")
_DIRECTED = ("email", "call", "sms")
_MODIFIERS = frozenset({"not", "partly", "never", "unfinished"})
_CLASSES = {
    "status": _MODIFIERS | {"opened", "open", "closed", "ended", "closing", "replied", "waits"},
    "priority": _MODIFIERS | {"critical", "high", "normal", "low"},
    "kind": _MODIFIERS | {"in", "out", "call_in", "call_out", "voicemail", "form", "else", *_CHANNELS},
    "direction": _MODIFIERS | {"in", "out", "call_in", "call_out", *_CHANNELS},
}
_OVER = frozenset({"closed", "ended"})
_SAYS_WAY = {"in", "out", "call_in", "call_out"}


@dataclass(frozen=True)
class Value:
    """What an option becomes.

    Attributes:
        value: None: no word tells, or they contradict each other.
        confidence: 0 to 1.
        reason: for a person, where the value is not plain.
    """

    value: str | None
    confidence: float
    reason: str = ""


@dataclass(frozen=True)
class _Word:
    name: str
    negated: bool = False


@dataclass
class _Reading:
    """An option in one language.

    Attributes:
        words: those that tell something.
        unknown: number of those that tell nothing.
        negation: is one a negation?
        silent: is there a part of which no word is known?
        passed_over: number of words of labels, which tell nothing of options.
    """

    words: list[_Word] = field(default_factory=list)
    unknown: int = 0
    negation: bool = False
    silent: bool = False
    passed_over: int = 0
    verdict: tuple[str | None, str] = (None, "")


Verdict = tuple[str | None, str]


@lru_cache(maxsize=20_000)
def read_option(target: str, label: str, spoken: tuple[Language, ...]) -> Value:
    """The value of an option of `status`, `priority`, `kind` or `direction`.

    The same options stand in many fields and are scored for many targets, so what was read once is kept.

    Args:
        spoken: the site's languages; the others are asked only where these do not know every word.
    """
    said = [_in_language(target, label, language) for language in spoken]
    telling, worth, foreign = [one for one in said if any(one.verdict)], 1.0, False
    known = min((one.unknown for one in telling), default=None)
    if known != 0:
        # "E-mail przychodzący" is half understood in English; a language that understands more of it goes before.
        others = [
            _in_language(target, label, language)
            for language in languages()
            if language.code not in {one.code for one in spoken}
        ]
        whole = target == "status" and known is not None  # Half a reading does not go before half a reading.
        better = [
            one for one in others if any(one.verdict) and (known is None or one.unknown < (1 if whole else known))
        ]
        if better:
            telling, worth, foreign = better, _FOREIGN, True
    # A language that knows every word is right about the negation that another one does not know.
    least = min((one.unknown for one in telling), default=0)
    best = [one for one in telling if one.unknown == least]
    contradiction = next((one.verdict[1] for one in best if one.verdict[0] is None), "")
    values = {one.verdict[0] for one in best if one.verdict[0]}
    values = {value for value in values if not any(other.startswith(f"{value}_") for other in values)}
    if len(values) > 1 or (contradiction and not values):
        return Value(None, 0.5, contradiction or f"'{label}' means different things in different languages")
    if not values:
        return Value(None, 0.0, f"no word of '{label}' is known")
    (value,) = values
    if target == "status" and (doubt := _uncertain(value, best, said)):
        return Value(value, _UNSAFE, doubt)
    if target == "status" and value == "closed" and any(_of_something_else(label, one) for one in spoken):
        return Value(value, _UNSAFE, "it may be said of something else than the ticket")
    if target == "status" and value == "open" and least and _YEAR.search(label):
        return Value(value, _UNSAFE, "a year or a quarter is in it, so it may name a project and no state")
    if target == "status" and foreign and least:
        return Value(value, _UNSAFE, "only a part of it is known, in a language that this site does not seem to speak")
    if least:
        return Value(value, round(_WITH_UNKNOWN_WORD[target] * worth, 2), "a word of it is not known")
    return Value(value, round(SURE * worth, 2))


def _uncertain(value: str | None, best: list[_Reading], said: list[_Reading]) -> str:
    """Why a status is not safe to take from its words: what is not known may turn it round."""
    read_whole = all(not one.unknown and not one.passed_over for one in best)
    unread = not any(one.negation for one in best) and not read_whole
    if value == "closed" and any(one.negation for one in said) and unread:
        return "one of its words is a negation in a language of this site"
    if value == "open" and any(one.silent and one.words and all(word.negated for word in one.words) for one in best):
        return "it is not done, and a part of it is not known"
    if value == "open" and any(one.unknown and one.words and set(one.words) == {_Word("not begun")} for one in best):
        return "it is not begun, and a word of it is not known"  # "Niet in behandeling genomen": not taken on at all
    return ""


def is_placeholder(label: str) -> bool:
    """Some dropdowns carry a first option `(please select)` with an id of its own: it is empty (ivinex-api.md 4).

    So is one of dashes and dots only. What is to be chosen may follow where signs set it apart: `-- Select a team --`;
    and "None" is one between signs, `--None--` or `(none)`, while without them it may be an answer.
    """
    words = fold(label)
    if words in placeholders() or not label.strip(_SIGNS):
        return True
    if words in no_values() and _ON_BOTH_SIDES.fullmatch(label.strip()):
        return True
    begins = any(words.startswith(f"{one} ") for one in placeholders())
    return begins and _SET_APART.fullmatch(label.strip()) is not None


def _in_language(target: str, label: str, language: Language) -> _Reading:
    said = _words(label, language, _CLASSES[target])
    if target in ("kind", "direction") and (way := way_of_pronouns(label, language)):
        said.words = [word for word in said.words if word.name not in _SAYS_WAY] + [_Word(way)] + [
            _Word("call") for word in said.words if word.name in ("call_in", "call_out")
        ]  # fmt: skip
    if target in ("kind", "direction") and not {word.name for word in said.words} & _SAYS_WAY:
        said.words += [_Word(way) for way in [way_of_people(label, language, target == "direction")] if way]
    said.verdict = _VERDICTS[target](said.words)
    if target == "status" and said.verdict[1] and _ends_closed(label, language):
        said.verdict = ("closed", "")
    if target == "status" and (mistaken := _mistaken(label, language)):
        # "Ordered in error": nothing is left to do. "Closed by mistake" is to be opened again, or was.
        over = {_Word("closed"), _Word("ended")} & set(_words(mistaken, language, _CLASSES["status"]).words)
        said.verdict = (None, "it is closed, and by mistake") if over else ("closed", "")
    if target == "status" and not said.words and not said.negation and is_at_somebody(label, language):
        said.verdict = ("open", "")
    if target == "status" and said.verdict == (None, "") and _Word("replied") in said.words:
        # "Resident has answered" waits for us; who "answered" where nobody is named is not known.
        said.verdict = ("open", "") if begins_with_customer(label, language) else said.verdict
    if target == "status" and said.verdict == (None, "") and (shape := status_by_shape(label, language)):
        said.verdict = (shape, "")
    return said


def _ends_closed(label: str, language: Language) -> bool:
    """ "Not reached - closed", "Referred on and closed", "Confirmed & Closed", "Closed - replacement sent"."""
    over = {_Word("closed"), _Word("ended")}
    parts = _LAST_PART.fullmatch(label.strip())
    if parts and len(parts["before"].split()) > 1 and _is_closed(parts["last"], language):
        return True
    if parts and _is_closed(parts["before"], language, over) and _is_done(parts["last"], language):
        return True
    before, joined, last = label.strip().rpartition(" & ")
    if joined and not begins_open(language.words(before, language.values), language):
        return _is_closed(last, language, over)
    words = language.words(label, language.values)
    for at in range(1, len(words)):
        if words[at] in language.and_words and at == len(words) - 2 and not begins_open(words, language):
            return _is_closed(words[-1], language, over)
        if any(tuple(words[at : at + len(phrase)]) == phrase for phrase in language.circumstances):
            return _is_closed(" ".join(words[:at]), language)
    return False


def _is_done(label: str, language: Language) -> bool:
    """What stands behind "Closed -" and was done: "replacement sent", and not "needs parts sent"."""
    words = tuple(language.words(label, language.values))
    ends = any(words[-len(phrase) :] == phrase for phrase in language.after_closed)
    return ends and not begins_open(words, language)


def _of_something_else(label: str, language: Language) -> bool:
    """ "Card expired", "Invalid address": all that closes it is a word that may be said of many things, and one is."""
    words, at, rest, loose = language.words(label, language.values), 0, list[str](), False
    while at < len(words):
        size, _ = language.values.longest(words, at, _OVER) or (0, None)
        if size and " ".join(words[at : at + size]) not in language.loose:
            return False
        loose |= bool(size)
        rest += [] if size else [words[at]]
        at += max(size, 1)
    return loose and bool(language.things & {*rest}) and not language.by_whom & {*rest}


def _mistaken(label: str, language: Language) -> str:
    """What should not have been done; empty where nothing is said so."""
    words = language.words(label, language.values)
    ends = (len(phrase) for phrase in language.mistaken if tuple(words[-len(phrase) :]) == phrase)
    return " ".join(words[: -next(ends, len(words))])


def _is_closed(label: str, language: Language, by: Collection[_Word] = (_Word("closed"),)) -> bool:
    said = _words(label, language, _CLASSES["status"])
    return bool(said.words) and all(word in by for word in said.words) and not said.unknown


def _words(label: str, language: Language, within: frozenset[str]) -> _Reading:  # noqa: C901
    """The words that say something, each with whether it is negated.

    A phrase of another vocabulary hides none of this one: "reminder sent" is a status, and a message that was "sent".

    A negation reaches to the next word that says something, and not beyond its part of the label.
    """
    said = _Reading()
    found = said.words
    if whole := language.values.whole.get(fold(label), frozenset()) & within:
        also = language.values.exact.get(fold(label), frozenset()) & within
        return _Reading([_Word(name) for name in sorted(whole | also)])
    for part in _PARTS.split(label):
        words, at, negated, partly = language.words(part, language.values), 0, False, False
        lacking = refused = False
        before = len(found), said.unknown
        while at < len(words):
            hit = language.values.longest(words, at, within)
            if hit is None and (aside := language.values.longest(words[at : at + 1], 0)):
                said.passed_over += 1
                negated = negated and not lacking
                lacking = False
                at += aside[0]
                continue
            if hit is None:
                stem = _without_prefix(words[at], language)
                tail = None if stem else _tail(words[at], language)
                head = None if stem or tail else _head(words[at], language)
                names = stem or tail or head
                found += _meant(names or frozenset(), bool(stem), False)
                # A customer, an agent, an order: words of labels turn no status round.
                label_word = words[at] in language.concepts.exact or (words[at],) in language.before_people
                label_word |= any(language.parts(words[at]) or [])
                said.unknown += bool(head) or (not names and not label_word)
                said.passed_over += not names and label_word
                negated = negated and not lacking
                lacking = False
                at += 1
                continue
            size, classes = hit
            if classes == {"partly"}:
                partly = True
            elif "never" in classes:
                refused = negated = said.negation = True
            elif classes <= {"not", "partly"}:
                if language.negates_after and found and not negated:
                    found[-1] = _Word(found[-1].name, True)
                negated = said.negation = True
                lacking = words[at] in language.lacking
            elif "unfinished" in classes:
                found.append(_Word("ended", True))
                said.negation = True
                negated = False
            else:
                # What is half done is not done; what is half open is open; what will never be done is over.
                over = refused and bool(classes & {"closed", "ended", "open"})
                found += [_Word("closed")] if over else _meant(classes, negated, partly)
                negated = partly = lacking = refused = False
            at += size
        said.silent |= len(found) == before[0] and said.unknown > before[1]
    return said


def _meant(classes: frozenset[str], negated: bool, partly: bool) -> Iterator[_Word]:
    """What words of one phrase say. What is half done is not done; what is not begun, read or assigned is still open.

    Only a word for open itself is turned round by a negation, and then nobody knows to what.
    """
    for name in sorted(classes - {"not", "partly"}):
        if name == "waits":
            yield _Word("not begun")
        elif name == "opened":
            yield _Word("open", negated)
        elif name == "open":
            if "opened" not in classes:
                yield _Word("not begun" if negated else "open")
        else:
            yield _Word(name, negated or (partly and name in ("closed", "ended", "replied")))


def _without_prefix(word: str, language: Language) -> frozenset[str] | None:
    """What is negated by its own first letters: un-resolved, nie-rozwiązane, o-löst."""
    for prefix in language.prefixes:
        stem = word.removeprefix(prefix)
        if stem != word and len(stem) > 2 and (hit := language.values.longest([stem], 0)):
            return hit[1]
    return None


def _tail(word: str, language: Language) -> frozenset[str] | None:
    """A compound says what its last part says, for kinds of messages: Telefon-notiz; and for outages."""
    if not language.compounds:
        return None
    for size in range(len(word) - 2, 3, -1):
        hit = language.values.exact.get(word[-size:])
        if hit == frozenset({"critical"}) and size > 5:
            return hit  # "Versorgungsausfall"
        if hit and hit <= frozenset(_CHANNELS):
            return hit | (language.values.exact.get(word[:-size], frozenset()) & _SAYS_WAY)
    return None


def _head(word: str, language: Language) -> frozenset[str] | None:
    """What the first part of a compound says, where nobody knows its last: Chat-verlauf."""
    for size in range(len(word) - 3, 3, -1) if language.compounds else ():
        hit = language.values.exact.get(word[:size])
        if hit and hit <= frozenset(_CHANNELS):
            return hit
    return None


def _status(words: list[_Word]) -> Verdict:
    """Open or closed. What was ended is a weaker word than closed: "Closed - not resolved" is closed all the same."""
    said = {(word.name, word.negated) for word in words if word.name in ("closed", "ended", "open")}
    if ("open", False) not in said and any(word == _Word("closing") for word in words):
        said.add(("closed", False))  # "Auto-close" is closed, "Pending auto-close" is not yet.
    waits = any(word.name == "not begun" or word == _Word("replied", True) for word in words)
    if waits and ("closed", False) not in said:
        said.add(("open", False))  # "No reply" is open, "No reply - closed" is not.
    if not said:
        return None, ""
    closed, ended = ("closed", False) in said, ("ended", False) in said
    opened = ("open", False) in said
    unfinished = {("closed", True), ("ended", True)} & said
    if closed and ("closed", True) not in said and not opened:
        return "closed", ""
    if (opened and not closed and not ended) or (unfinished and not closed and not ended):
        return "open", ""
    if ended and not opened and not unfinished:
        return "closed", ""
    return None, "its words speak for open and for closed"


def _priority(words: list[_Word]) -> Verdict:
    found = {word.name for word in words if word.name in ("critical", "high", "normal", "low")}
    if any(word.negated for word in words if word.name in found):
        return None, "a negation of a priority is none"
    return (found.pop(), "") if len(found) == 1 else (None, "it names several priorities" if found else "")


def _direction(words: list[_Word]) -> Verdict:
    found = {word.name.removeprefix("call_") for word in words if word.name in ("in", "out", "call_in", "call_out")}
    return (found.pop(), "") if len(found) == 1 else (None, "it names both directions" if found else "")


def _kind(words: list[_Word]) -> Verdict:
    names = {word.name for word in words}
    if "voicemail" in names or (names & {"call_in", "call_out"} and not names & set(_CHANNELS)):
        return ("call_out" if "call_out" in names else "call_in"), ""
    found = [name for name in _CHANNELS if name in names]
    if "call" in found and {"chat", "sms"} & set(found):
        found.remove("call")  # "Rozmowa na czacie", "Chatgesprek": talks by chat; "SMS to phone"
    for less in ("task", "meeting"):
        if len(found) > 1 and less in found:
            found.remove(less)  # "follow-up call", "on-site chat"
    if "note" in found:
        found = ["note"]  # "Call note", "Comment on email"
    if len(found) > 1:
        return None, f"it names {' and '.join(found)}"
    if not found and "form" in names:
        return "email_in", ""  # What a customer wrote into a form on a web page
    if not found:
        return None, "it is a kind of message that Gorgias has no word for" if "else" in names else ""
    direction = _direction(words)[0]
    return (f"{found[0]}_{direction}" if direction and found[0] in _DIRECTED else found[0]), ""


_VERDICTS: dict[str, Callable[[list[_Word]], Verdict]] = {
    "status": _status,
    "priority": _priority,
    "kind": _kind,
    "direction": _direction,
}
