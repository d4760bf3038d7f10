"""Mail addresses by the grammar of mail: what a field of receivers, a sender or a contact's e-mail names. Pure.

It belongs here: quotes, comments, groups, several addresses in one field, international domains, and the forms in
which people and programs write them down. What could not be read comes back beside what could: a field that was read
in part is not read. It does not: whose address it is (staging/conversations/authorship.py) and masking (people.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

import idna
import orjson

ADDRESS_LENGTH = 320
"""Characters of a channel address (gorgias-api.md 6.1)."""
MAX_CHARACTERS = 200_000
"""Of a field; what follows is not read, and comes back as such."""

REMEMBERED = 200
"""Characters of a field up to which it is read once: longer ones are lists, which repeat themselves less."""

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
_QUOTES = "\"'`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_LABEL = re.compile(r"\s*(?:mailto|smtp|e-?mail|mail|from|to|cc|bcc|sip|an|von)\s*:\s*(?=\S*@)", re.IGNORECASE)
_GROUP = re.compile(r"\s*([^:<>@()\"]{0,200}):(?!//)")
_APART = re.compile(r"[\s/&|]+")
_AND = re.compile(r"(?<=\s)(?:and|und|or|oder|et|y)(?=\s)", re.IGNORECASE)
_ANGLE = re.compile(r"([^<>]*)<([^<>]*)>")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_ROUTE = re.compile(r"\s*@[\w.-]+(?:\s*,\s*@[\w.-]+)*\s*:")
"""By which hosts a mail was to go, in front of its address (RFC 5322 4.4)."""
_ENCODED = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?]*\?=")


@dataclass
class Addresses:
    """A field as it was read.

    Attributes:
        found: [{"name", "address"}], each address once, in order.
        unread: the parts that name nobody as far as can be told.
    """

    found: list[dict[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    _known: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def add(self, name: str, address: str) -> None:
        shown = " ".join(decoded(name).split())
        shown = shown if plain_address(shown) != address else ""
        known = self._known.get(address)
        if known is None:
            self._known[address] = {"name": shown, "address": address}
            self.found.append(self._known[address])
        elif shown and not known["name"]:
            known["name"] = shown


def read_addresses(value: object) -> Addresses:
    """Read an address field; what it returns is shared with whoever reads the same text, and is not to be changed.

    Args:
        value: a text with one or several addresses, a list of texts or objects (also as JSON text), or nothing: Ivinex
            does not say which (ivinex-api.md 6), and one site may hold several forms.
    """
    return _read_text(value) if isinstance(value, str) and len(value) <= REMEMBERED else _read(value)


@lru_cache(maxsize=16_384)
def _read_text(value: str) -> Addresses:
    """A shop's own addresses stand in most mails."""
    return _read(value)


def _read(value: object) -> Addresses:
    result = Addresses()
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = str(value).strip().strip("[]{}")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            _of_entry(item, result)
        elif item not in (None, "", 0, False):
            _of_text(str(item), result)
    result.unread = [decoded(part) for part in result.unread]
    return result


@lru_cache(maxsize=16_384)
def plain_address(text: str) -> str | None:
    """One bare address in the form in which it is compared and written: lower case, the domain in ASCII; else None.

    Outer quotes, brackets, `mailto:` and a full stop at the end are not part of it; a blank inside is no address.
    """
    found = _UNSEEN.sub("", text).strip()
    found = _LABEL.sub("", found).partition("?")[0] if _LABEL.match(found) else found
    found = found.strip(f"{_QUOTES}<>[]() \t\r\n").rstrip(".,;:").strip(_QUOTES).lower()
    local, at, domain = found.rpartition("@")
    if not at or len(found) > ADDRESS_LENGTH or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    return f"{local}@{domain}" if len(domain) <= 253 and _DOMAIN.fullmatch(domain) else None


def decoded(text: str) -> str:
    """A text with its encoded words (`=?utf-8?Q?...?=`) as what they stand for; what cannot be decoded stays."""
    if "=?" not in text or not _ENCODED.search(text):
        return text
    try:
        shown = str(make_header(decode_header(text)))
    except (LookupError, ValueError):
        return text
    return _UNSEEN.sub("", shown)


def _of_entry(entry: dict[Any, Any], result: Addresses) -> None:
    texts = {str(key).lower(): str(item) for key, item in entry.items() if isinstance(item, (str, int)) and item}
    address = next((texts[key] for key in ("address", "email", "mail", "value") if key in texts), "")
    found = plain_address(address)
    if found:
        result.add(texts.get("name", ""), found)
    elif "@" in address:
        _of_text(address, result)
    elif entry:
        result.unread.append(orjson.dumps(entry, default=str, option=orjson.OPT_NON_STR_KEYS).decode())


def _of_text(text: str, result: Addresses) -> None:
    """Mailboxes at the commas and semicolons; a name with a comma in it belongs to the address that follows."""
    if len(text) > MAX_CHARACTERS:
        result.unread.append(text[MAX_CHARACTERS:])
    text = _UNSEEN.sub("", text[:MAX_CHARACTERS])
    held: list[str] = []
    for part, end in _mailboxes(text):
        if not part:
            result.unread += held * (end != ",")
            held = [] if end != "," else held
            continue
        if "@" not in part and "<" not in part and end == ",":
            held.append(part)
            continue
        name = ", ".join([*held, ""]) if held and "<" in part and not part.startswith('"') else ""
        if not name:
            result.unread += held
        held = []
        _of_mailbox(part, name, result)
    result.unread += held


def _mailboxes(text: str) -> Iterator[tuple[str, str]]:  # noqa: C901
    """(part, the character that ends it), split outside of quotes, comments and angle brackets.

    A quote or bracket that never closes is an ordinary character.
    """
    start, place, comment, angle, quote = 0, 0, 0, False, False
    last = {mark: text.rfind(mark) for mark in '")>'}
    while place < len(text):
        mark = text[place]
        if mark == "\\" and (quote or comment):
            place += 1
        elif quote:
            quote = mark != '"'
        elif mark == '"' and place < last['"'] and not comment:
            quote = True
        elif mark == "(" and place < last[")"] and not angle:
            comment += 1
        elif mark == ")" and comment:
            comment -= 1
        elif comment:
            pass
        elif mark == "<" and place < last[">"]:
            angle = True
        elif mark == ">":
            angle = False
        elif not angle and mark in ",;\n\r":
            yield text[start:place].strip(), mark
            start = place + 1
        elif mark == ":" and not angle and _is_group(text, start, place):
            if text[place + 1 : place + 50].lstrip()[:1] in ("", ";"):
                yield text[start : place + 1].strip() + ";", ";"
            start = place + 1
        place += 1
    yield text[start:].strip(), ""


def _is_group(text: str, start: int, colon: int) -> bool:
    """Does the name of a group end here, and not a word such as `mailto`?"""
    group = _GROUP.match(text, start)
    return group is not None and group.end() == colon + 1 and not _LABEL.match(text, start)


def _of_mailbox(part: str, before: str, result: Addresses) -> None:
    """One mailbox by its angle brackets, by the standard library, by the lenient forms; else unread."""
    if label := _LABEL.match(part):
        part = part[label.end() :].partition("?")[0]
    pairs = _ANGLE.findall(part) if "<" in part else []
    addresses = [plain_address(_ROUTE.sub("", inside, count=1)) for _, inside in pairs]
    if pairs and all(addresses):
        rest = part[part.rfind(">") + 1 :]
        for place, ((name, _), address) in enumerate(zip(pairs, addresses, strict=True)):
            shown = _name_of(name) or (_name_of(rest) if place == len(pairs) - 1 else "")
            result.add(before + shown if place == 0 else shown, address or "")
        return
    if not pairs and (bare := plain_address(part)):
        result.add(before, bare)
        return
    plain = _COMMENT.sub(" ", part)
    try:
        name, found = parseaddr(part)
    except (RecursionError, ValueError, IndexError):
        name, found = "", ""
    # The library closes the gaps of `x@y .com`; an address with a blank in it is not sure to be one.
    address = plain_address(found) if found and found.lower() in re.sub(r" ?@ ?", "@", plain.lower()) else None
    if address and plain.count("@") == 1:
        result.add(before + name, address)
        return
    several = _several(plain)
    for one_name, one in several:
        result.add(one_name, one)
    if not several:
        result.unread.append(before + part)


def _several(part: str) -> list[tuple[str, str]]:
    """Addresses that stand side by side without a comma; one with words before it has them as its name.

    [] unless every piece with an `@` is an address, and nothing beside them looks like a part of one.
    """
    words = [word for word in _APART.split(_AND.sub(" ", part)) if word.strip(f"{_QUOTES}<>()[],")]
    found = [address for word in words if "@" in word and (address := plain_address(word))]
    others = [word for word in words if "@" not in word]
    partial = any(word[0] in ".-_+" or word[-1] in ".-_" for word in others)
    if (
        not found
        or partial
        or len(found) + len(others) != len(words)
        or (others and (len(found) > 1 or len(others) > 8))
    ):
        return []
    name = " ".join(word.strip(f"{_QUOTES}()<>[]") for word in others)
    return [(name, address) for address in found]


def _name_of(text: str) -> str:
    """A display name: without its quotes, its escapes and its comment's brackets."""
    found = _SPACES.sub(" ", text).strip()
    if len(found) > 1 and found[0] == found[-1] == '"':
        return re.sub(r"\\(.)", r"\1", found[1:-1]).strip("' ")
    if found.startswith("(") and found.endswith(")"):
        found = found[1:-1]
    return found.strip(f"{_QUOTES} ")
