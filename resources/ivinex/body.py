"""From the bytes of an answer to plain values: JSON first, then XML, with HTML told apart.

Belongs here: sniffing and decoding (ivinex-api.md 11.3, A-03). Does not belong here: what the values mean
(shapes.py) and which failure an unreadable body is (failures.py).
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal
from xml.etree import ElementTree

import orjson

# By its first element only: an XML record may well have a field called body or form.
_HTML: Final = re.compile(
    rb"(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|(?:html|head|body|form|div|script|title|h1|p)\b)",
    re.IGNORECASE | re.DOTALL,
)
_ENTITIES: Final = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
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
    if text.startswith(b"<"):
        return _xml(text)
    try:
        return Body(orjson.loads(text), "json")
    except orjson.JSONDecodeError:
        return _lenient_json(text)


def _lenient_json(text: bytes) -> Body:
    """Reads what strict JSON refuses but PHP sends: invalid UTF-8, raw control bytes, lone surrogates."""
    decoded = text.decode("utf-8", errors="replace")
    replaced = decoded.count("\ufffd") - text.count("\ufffd".encode())
    try:
        value = json.loads(decoded, strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody("broken", f"neither JSON nor XML ({len(text)} bytes): {_where(error)}") from None
    scrubbed = _Scrub()
    return Body(scrubbed.value(value), "json", replaced + scrubbed.count)


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
    if _HTML.match(text[:4096]):
        raise UnreadableBody("html", "an HTML page")
    if _ENTITIES.search(text):
        raise UnreadableBody("broken", "XML with its own entities is not read")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - entities were refused above
    except ElementTree.ParseError as error:
        raise UnreadableBody("broken", f"XML that is cut off or malformed: {error}") from None
    return Body(_element(root), "xml")


def _element(node: ElementTree.Element) -> Any:
    """Turns an element into the value that the JSON answer of the same names would hold."""
    children = list(node)
    if not children:
        return [] if node.tag in _LISTS and not (node.text or "").strip() else (node.text or "")
    names = {child.tag for child in children}
    listed = len(children) > 1 or bool(names & {"Item", node.tag.removesuffix("s")})
    if len(names) == 1 and listed:
        return [_element(child) for child in children]
    return {child.tag: _element(child) for child in children}
