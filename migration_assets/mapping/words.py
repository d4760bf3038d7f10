"""What labels and options mean, as data: the words that suggest a status, a priority, a kind of message, a direction.

A word list proposes; the person who confirms decides.
"""

from __future__ import annotations

import re

_STATUS = (("closed", r"clos|resolv|done|complet|solved|cancel|finish|archiv|duplicate|spam|won.?t"), ("open", r".*"))
_PRIORITY = (
    ("critical", r"critical|urgent|emergency|blocker|highest|p1\b|sev ?1"),
    ("high", r"high|important|p2\b|sev ?2"),
    ("low", r"low|minor|trivial|p4\b|p5\b"),
    ("normal", r".*"),
)
_OUT = r"out(bound|going)?\b|sent|to customer"
_IN = r"in(bound|coming)?\b|received|from customer"
_KIND = (
    ("call_in", r"voice ?mail"),
    ("email_out", rf"(e-?mail).*({_OUT})|({_OUT}).*(e-?mail)"),
    ("email_in", rf"(e-?mail).*({_IN})|({_IN}).*(e-?mail)"),
    ("email", r"e-?mail|mail"),
    ("call_out", rf"(call|phone).*({_OUT})|({_OUT}).*(call|phone)"),
    ("call_in", rf"(call|phone).*({_IN})|({_IN}).*(call|phone)"),
    ("call", r"call|phone|dial"),
    ("sms_out", rf"(sms|text).*({_OUT})|({_OUT}).*(sms|text)"),
    ("sms_in", rf"(sms|text).*({_IN})|({_IN}).*(sms|text)"),
    ("sms", r"\bsms\b|text"),
    ("chat", r"chat"),
    ("meeting", r"meeting|appointment|visit|demo"),
    ("task", r"task|to.?do|follow|reminder"),
    ("note", r".*"),
)
_DIRECTION = (("out", _OUT), ("in", _IN))

_LISTS = {
    ("ticket", "status"): _STATUS,
    ("ticket", "priority"): _PRIORITY,
    ("activity", "kind"): _KIND,
    ("activity", "direction"): _DIRECTION,
}


def value_map(role: str, target: str, options: dict[str, str]) -> dict[str, str]:
    """Option label -> target value, for the targets that have a vocabulary; {} for all others."""
    words = _LISTS.get((role, target), ())
    found = {}
    for label in options.values():
        if is_please_select(label):
            continue
        value = next((value for value, pattern in words if re.search(pattern, label.lower())), None)
        if value:
            found[label] = value
    return found


def fallback(role: str, target: str) -> str | None:
    """What a value outside the map becomes: an unknown status is open, an unknown kind of activity a note."""
    return {("ticket", "status"): "open", ("ticket", "priority"): "normal", ("activity", "kind"): "note"}.get(
        (role, target)
    )


def is_please_select(label: str) -> bool:
    """Some dropdowns carry a first option `(please select)` with an id of its own: it is empty (ivinex-api.md 4)."""
    return label.strip().strip("()[]-<> ").casefold() in {"please select", "select", "none selected"}


def plain(text: str) -> str:
    """Lower case, words only: what labels are compared by."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def is_number_label(label: str) -> bool:
    """Does this label name the record's visible number?"""
    return bool(
        re.fullmatch(r"(ticket|case|ivinex|request)? ?(number|no|id|nr|num)", plain(label.replace("#", " number ")))
    )
