"""From the bytes of an answer to plain values: JSON first, then XML, with HTML told apart.

Belongs here: sniffing and decoding (ivinex-api.md 11.3, A-03). Does not belong here: what the values mean
(response_parser.py) and which failure an unreadable body is (failures.py).
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal
from xml.etree import ElementTree

import orjson

from resources.json_values import values_in

MOST_VALUES: Final = 2_000_000
"""Values or tags of an answer: a page of a thousand records has a fifth; more would fill the memory."""
DEPTH: Final = 100
_LONG_NUMBER: Final = re.compile(rb"[:,\[]\s*-?\d{19}")
"""Of so many digits a number may have more than 64 bits: orjson makes a float of it and drops its last digits."""
_PROLOG: Final = rb"(?>\s+|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->)*+"
# By its first element only: an XML record may well have a field called body or form.
_HTML: Final = re.compile(
    _PROLOG + rb"<(?:!doctype\s+html|(?:html|head|body|form|div|script|title|h1|p)\b)", re.IGNORECASE | re.DOTALL
)
# Entities are declared before the first element only; behind it the same words are somebody's text.
_DECLARATIONS: Final = re.compile(_PROLOG + rb"<!", re.DOTALL)
_ILLEGAL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_CDATA: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_LISTS: Final = frozenset({"Tabs", "Modules", "Fields", "Records", "RelatedItems", "Options", "Values"})


class UnreadableBody(ValueError):
    """A body that holds no data.

    Attributes:
        reason: `html`, `empty` or `broken`.
    """

    def __init__(self, reason: Literal["html", "empty", "broken"], detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


@dataclass(frozen=True)
class Body:
    """A decoded answer.

    Attributes:
        value: dicts, lists, strings, numbers, booleans, None.
        format: `json` or `xml`.
        replaced: characters that could not be kept (invalid UTF-8, lone surrogates) and became U+FFFD.
    """

    value: Any
    format: Literal["json", "xml"]
    replaced: int = 0


def decode(content: bytes) -> Body:
    """Decodes an answer.

    Raises:
        UnreadableBody: an HTML page, an empty body, or one that is cut off.
    """
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        raise UnreadableBody("empty", "the body is empty")
    count = _elements_in(text) if text.startswith(b"<") else values_in(text, MOST_VALUES)
    if count > MOST_VALUES:
        raise UnreadableBody("broken", f"more than {MOST_VALUES} values in one answer")
    try:
        if text.startswith(b"<"):
            return _xml(text)
        try:
            return Body(orjson.loads(text), "json") if _LONG_NUMBER.search(text) is None else _lenient_json(text)
        except orjson.JSONDecodeError:
            return _lenient_json(text)
    except RecursionError:
        raise UnreadableBody("broken", "nested too deep") from None


def _elements_in(text: bytes) -> int:
    """Tags of an XML text, without those inside of a CDATA section, which are somebody's text."""
    count = text.count(b"<")
    return count if count <= MOST_VALUES else _CDATA.sub(b"", text).count(b"<")


def _lenient_json(text: bytes) -> Body:
    """Reads what strict JSON refuses but PHP sends: invalid UTF-8, raw control bytes, lone surrogates, any number."""
    decoded = text.decode("utf-8", errors="replace")
    replaced = decoded.count("\ufffd") - text.count("\ufffd".encode())
    try:
        value = json.loads(
            decoded, strict=False, parse_float=_float, parse_int=_int, parse_constant=lambda written: written
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableBody("broken", f"neither JSON nor XML ({len(text)} bytes): {_where(error)}") from None
    scrubbed = _Scrub()
    return Body(scrubbed.value(value), "json", replaced + scrubbed.count)


def _float(written: str) -> float | str:
    """A number too large for one stays as it is written: as infinity no store and no file could hold it."""
    number = float(written)
    return number if math.isfinite(number) else written


def _int(written: str) -> int | str:
    """A whole number of more than 64 bits stays as it is written, as no store of records could hold it."""
    number = int(written) if len(written) <= 20 else None
    return written if number is None or not -(2**63) <= number < 2**64 else number


def _where(error: Exception) -> str:
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "nested too deep"


class _Scrub:
    """Replaces lone surrogates, which no UTF-8 store can hold, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            clean, found = _SURROGATE.subn("\ufffd", value)
            self.count += found
            return clean
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        return value


def _xml(text: bytes) -> Body:
    if _HTML.match(text[:65_536]):
        raise UnreadableBody("html", "an HTML page")
    if _DECLARATIONS.match(text):
        raise UnreadableBody("broken", "XML with its own entities is not read")
    replaced = 0
    try:
        root = _root(text)
    except ElementTree.ParseError:
        # One record with a character that XML cannot hold must not cost its page.
        text, replaced = _legal(text)
        try:
            root = _root(text)
        except ElementTree.ParseError as error:
            raise UnreadableBody("broken", f"XML that is cut off or malformed: {error}") from None
    return Body(_element(root, DEPTH), "xml", replaced)


def _root(text: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - declarations were refused


def _legal(text: bytes) -> tuple[bytes, int]:
    """Without what XML forbids: invalid UTF-8, control bytes, and references to them; with how many went."""
    decoded = text.decode("utf-8", errors="replace")
    count = decoded.count("\ufffd") - text.count("\ufffd".encode())

    def referred(found: re.Match[str]) -> str:
        number = int(found[1], 16) if found[1] else int(found[2])
        return "\ufffd" if number > 0x10FFFF or _ILLEGAL.match(chr(number)) else found[0]

    bare = _REFERENCE.sub(referred, decoded)
    clean, illegal = _ILLEGAL.subn("\ufffd", bare)
    return clean.encode(), count + illegal + bare.count("\ufffd") - decoded.count("\ufffd")


def _element(node: ElementTree.Element, depth: int) -> Any:
    """Turns an element into the value that the JSON answer of the same names would hold."""
    children = list(node)
    if not children:
        return [] if node.tag in _LISTS and not (node.text or "").strip() else (node.text or "")
    if depth == 0:
        raise RecursionError
    names = {child.tag for child in children}
    listed = len(children) > 1 or bool(names & {"Item", node.tag.removesuffix("s")})
    if len(names) == 1 and listed:
        return [_element(child, depth - 1) for child in children]
    return {child.tag: _element(child, depth - 1) for child in children}
