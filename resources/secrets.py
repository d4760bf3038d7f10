"""Secrets out of texts: what the other side quotes back to us is shown, but never our credentials in it. Pure.

It belongs here: striking known secrets in every form in which a server may quote them, and keeping a server's words
short and on one line. It does not: which texts leave a client (the clients), nor other people's data in them.
"""

import base64
import html
import html.entities
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

STRUCK = "[secret]"
SHORTEST = 4
"""A shorter secret is not struck: a text full of holes would tell it, and it protects nothing."""
MOST_WORDS = 300
"""Characters of a server's words that go into a message."""

_TOKEN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_NAMED: dict[str, list[str]] = {}
for _name, _character in html.entities.html5.items():
    _NAMED.setdefault(_character, []).append(_name)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def strike(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets.

    A secret is found as it is, with any of its characters written as a URL, JSON or HTML writes it (also twice), and
    inside any Base64: a Basic header is struck whole, whoever's name stands in it before the password.
    """
    for secret in secrets:
        if len(secret) < SHORTEST:
            continue
        plain, encoded = _patterns(secret)
        text = plain.sub(STRUCK, text)
        text = _without_tokens(text, encoded)
    return text


def words(text: str, secrets: Iterable[str] = (), most: int = MOST_WORDS) -> str:
    """A server's words for a message: no secret, on one line, without marks that a terminal obeys, and not long."""
    known = list(secrets)
    struck = strike(text[: 20 * most], known)
    if len(text) > 20 * most:
        # A long answer is not searched whole; what the cut may have left of a secret goes as well.
        struck = struck[: -20 * max([1, *map(len, known)])]
    line = " ".join(_UNSEEN.sub(" ", struck).split())
    return line if len(line) <= most else f"{line[:most]}... ({len(text)} characters)"


@lru_cache(maxsize=32)
def _patterns(secret: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    plain = "".join(f"(?:{'|'.join(_forms(character))})" for character in secret)
    cores = "|".join("".join(_token_form(character) for character in core) for core in _base64_cores(secret))
    return re.compile(plain), re.compile(cores)


def _forms(character: str) -> Iterator[str]:
    """Patterns for one character as it is and as URLs, mails, JSON, HTML and programs write it."""
    yield re.escape(character)
    percent = "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
    for form in (percent, percent.replace("%", "%25"), percent.replace("%", "="), percent.replace("%", "\\x")):
        yield f"(?i:{re.escape(form)})"
    if character == " ":
        yield r"\+"
    units = character.encode("utf-16-be", "surrogatepass")
    yield "(?i:" + "".join(rf"\\{{1,4}}u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + ")"
    yield rf"(?i:&\#0{{0,6}}{ord(character)};?|&\#x0{{0,6}}{ord(character):x};?|\\u\{{0{{0,5}}{ord(character):x}\}})"
    yield from (re.escape(f"&{name}") for name in _NAMED.get(character, ()))
    for form in {html.escape(character), json.dumps(character)[1:-1], "\\" + character} - {character}:
        if not character.isalnum():
            yield re.escape(form)


def _base64_cores(secret: str) -> Iterator[str]:
    """The part of a Base64 text that the secret alone decides, for each of its three places in a group of bytes."""
    content = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\x00" * before + content).decode()
        first = (0, 2, 3)[before]
        last = (before + len(content)) * 8 // 6
        if last - first >= SHORTEST:
            yield encoded[first:last]


def _token_form(character: str) -> str:
    if character not in "+/":
        return re.escape(character)
    forms = (character, {"+": "-", "/": "_"}[character], quote(character, safe=""), "\\" + character)
    return f"(?:{'|'.join(map(re.escape, forms))})"


def _without_tokens(text: str, encoded: re.Pattern[str]) -> str:
    """Each Base64 text that holds the secret goes as a whole, because its ends still tell of it."""
    parts, end = [], 0
    for found in encoded.finditer(text):
        start, stop = found.span()
        while start > end and text[start - 1] in _TOKEN:
            start -= 1
        while stop < len(text) and text[stop] in _TOKEN:
            stop += 1
        if stop <= end:
            continue
        parts += [text[end:start], STRUCK]
        end = stop
    return "".join([*parts, text[end:]])
