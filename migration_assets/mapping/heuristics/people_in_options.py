"""Who stands in an option: "E-mail from student" came in, "E-mail to student" went out, "With registrar" is still open.

It belongs here: the prepositions of a language and who comes after them, whether any word list knows him or not. It
does not: what the other words of an option say (option_labels.py).
"""

from __future__ import annotations

from functools import lru_cache

from migration_assets.mapping.heuristics.languages import Language

_FEW = 4
"""Words of an option that only says who has the ticket; a longer one says more."""
_OURS = frozenset({"owner", "team"})
_CONTACT_AS_SUCH = ("conta", "konta")
""""Contact form" says nothing of who wrote."""
_ENDING_FROM = 6
_OTHER_WAY = {"in": "out", "out": "in"}


@lru_cache(maxsize=20_000)
def way_of_people(label: str, language: Language, alone: bool = False) -> str:
    """`in` or `out`, where a message comes from somebody or goes to somebody; what goes to an agent came in.

    Args:
        alone: may a customer or an agent stand alone: "Customer" of a direction.
    """
    words = language.words(label, language.concepts)
    found = set()
    for way, listed in (("in", language.from_whom), ("out", language.to_whom)):
        for at in range(len(words)):
            beside = next((phrase for phrase in listed if tuple(words[at : at + len(phrase)]) == phrase), None)
            who = words[:at] if language.particles_after else words[at + len(beside or ()) :]
            if beside and who:
                found.add(_OTHER_WAY[way] if _is_ours(who, language) else way)
    for way, endings in (("in", language.from_endings), ("out", language.to_endings)):
        if endings and any(word.endswith(endings) and len(word) >= _ENDING_FROM for word in words):
            found.add(way)
    if _is_done_to(words, language):
        return "out"
    found |= _by_whom(words, language)
    if not found and words:
        found |= _who_writes(words, language, alone)
    return found.pop() if len(found) == 1 else ""


def _is_done_to(words: list[str], language: Language) -> bool:
    """ "Patient was phoned", "Called tenant"."""
    if _is_customer(words, language) and language.passive & {*words[1:]}:
        return True
    said = language.values.longest(words, 0) if language.verb_first and words else None
    return bool(said and said[1] & {"call", "email"} and len(words) > 1 and _is_customer(words[1:], language))


def _by_whom(words: list[str], language: Language) -> set[str]:
    """ "Email by agent" went out, "Email by customer" came in, "by phone" is neither."""
    found: set[str] = set()
    for at in range(len(words) - 1):
        if words[at] in language.by_whom:
            who = words[at + 1 :]
            found |= {"out"} if _is_ours(who, language) else {"in"} if _is_customer(who, language) else set()
    return found


@lru_cache(maxsize=20_000)
def way_of_pronouns(label: str, language: Language) -> str:
    """ "They emailed us" came in and "We received" did too; it goes before what a verb alone would say."""
    words = language.words(label, language.concepts)
    if len(words) < 2 or not language.we:
        return ""
    way = "out" if words[0] in language.we else "in" if words[0] in language.they else ""
    if way:
        return _OTHER_WAY[way] if words[1] in language.got and "in" not in words[2:3] else way
    if len(words) > 2 and (words[-2] in language.we or words[-2] in language.they):
        way = "out" if words[-2] in language.we else "in"  # "Email we sent", "Call we took"
        return _OTHER_WAY[way] if words[-1] in language.got else way
    way = "in" if words[-1] in language.we else "out" if words[-1] in language.they else ""
    return _OTHER_WAY[way] if way and (words[-2],) in language.from_whom else way


def _who_writes(words: list[str], language: Language, alone: bool) -> set[str]:
    """ "Customer reply", "Kundenmail": who stands first has written."""
    if words[0].startswith(_CONTACT_AS_SUCH):
        return set()
    size, first = language.concepts.longest(words, 0) or (1, (language.parts(words[0]) or [frozenset[str]()])[0])
    compound = size == 1 and words[0] not in language.concepts.exact
    if len(words) <= size and not alone and not compound:
        return set()
    if first & {"contact"} or language.is_customer(words):
        return {"in"}
    if alone and tuple(words) in language.ours:
        return {"out"}
    return {"out"} if first & _OURS else set()


def _is_customer(words: list[str], language: Language) -> bool:
    hit = language.concepts.longest(words, 0)
    return language.is_customer(words) or bool(hit and "contact" in hit[1])


def begins_with_customer(label: str, language: Language) -> bool:
    """ "Resident has answered", "Caller wrote back"."""
    words = language.words(label, language.concepts)
    return len(words) > 1 and _is_customer(words, language)


def is_at_somebody(label: str, language: Language) -> bool:
    """Does an option say nothing but who has the ticket?"""
    words = language.words(label, language.concepts)
    return any(
        len(phrase) < len(words) <= _FEW + len(phrase) - 1 and tuple(words[: len(phrase)]) == phrase
        for phrase in language.at_whom
    )


def _is_ours(who: list[str], language: Language) -> bool:
    """Is the first word that says who it is one of an agent?"""
    if language.is_customer(who):
        return False
    if any(tuple(who[: len(phrase)]) == phrase for phrase in language.ours) or who[0] in language.we:
        return True
    for at in range(len(who)):
        hit = language.concepts.longest(who, at)
        if hit and hit[1] != {"filler"}:
            return bool(hit[1] & _OURS) and "contact" not in hit[1]
    return False
