"""HTML made safe, its images pointed at their files, its links to tickets named. Pure; `bodies.py` knows the files.

It belongs here: what is done to one HTML text. The sanitizer is nh3 (the Rust crate ammonia); what it leaves is well
formed, so that images and links can then be found by pattern. It does not: which file an image is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape

import nh3

FILE_URL = "https://files.invalid/"
"""An image's source in a staged body: this and the file's sha256, until the load knows the uploaded URL."""
_LOST = FILE_URL + "lost/"
_LINK = "https://links.invalid/"
_TAG = r'(?:\s+[^\s=>"]+(?:="[^"]*")?)*\s*/?>'
_IMAGE = re.compile(rf'<img(?=\s[^>]*?src="{re.escape(_LOST)}(?P<number>\d+)"){_TAG}')
_ANCHOR = re.compile(
    rf'<a(?=\s[^>]*?href="{re.escape(_LINK)}(?P<number>\d+)")(?P<rest>{_TAG})(?P<inside>.*?)</a>', re.DOTALL
)
_ACTIVE = re.compile(r"<\s*(script|iframe|object|embed|form|svg|link|base)\b|\son[a-z]+\s*=|javascript:", re.IGNORECASE)

_STYLES = {
    *("background-color", "border", "border-collapse", "border-color", "border-radius", "border-spacing"),
    *("border-style", "border-width", "color", "direction", "display", "font", "font-family", "font-size"),
    *(
        "font-style",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "list-style",
        "list-style-type",
        "margin",
    ),
    *("margin", "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width", "padding"),
    *("padding-bottom", "padding-left", "padding-right", "padding-top", "text-align", "text-decoration"),
    *("text-transform", "vertical-align", "white-space", "width", "word-break", "word-wrap"),
}


def _attributes() -> dict[str, set[str]]:
    """What e-mails need beyond the sanitizer's own list; nothing of it can run or fetch."""
    allowed = {tag: set(names) for tag, names in deepcopy(nh3.ALLOWED_ATTRIBUTES).items()}
    extra = {
        "*": {"style", "dir", "lang", "title"},
        "font": {"color", "face", "size"},
        "table": {"bgcolor", "border", "cellpadding", "cellspacing", "height", "width"},
        "tr": {"bgcolor", "height", "valign"},
        "td": {"bgcolor", "height", "nowrap", "valign", "width"},
        "th": {"bgcolor", "height", "nowrap", "valign", "width"},
        "p": {"align"},
        "div": {"align"},
    }
    for tag, names in extra.items():
        allowed.setdefault(tag, set()).update(names)
    return allowed


_TAGS = nh3.ALLOWED_TAGS | {"font", "big", "tfoot"}
_ATTRIBUTES = _attributes()
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_PLAIN = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, filter_style_properties=_STYLES)


@dataclass
class Marked:
    """A safe text.

    Attributes:
        lost: names of images that stand in it as words.
        active: it held something that runs or fetches, which was taken out.
    """

    html: str
    lost: list[str] = field(default_factory=list)
    active: bool = False


def make_safe(
    html: str,
    image: Callable[[str], str | None] = lambda _: None,
    link: Callable[[str], str | None] = lambda _: None,
) -> Marked:
    """Clean the text and follow its images and links.

    Args:
        image: source -> the new source; "" and a name (`"\\x00name"`) where the image cannot be shown; None: stays.
        link: address -> words to put after the link's own; None: stays.
    """
    active = bool(_ACTIVE.search(html))
    lowered = html.lower()
    if "<img" not in lowered and "href" not in lowered:
        return Marked(_PLAIN.clean(html), active=active)
    lost: list[str] = []
    links: list[tuple[str, str]] = []

    def follow(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            found = image(value.strip())
            if found is not None and found.startswith("\x00"):
                lost.append(found[1:])
                return f"{_LOST}{len(lost) - 1}"
            return found if found is not None else _web(value)
        if (tag, attribute) == ("a", "href"):
            words = link(value.strip())
            if words:
                links.append((value, words))
                return f"{_LINK}{len(links) - 1}"
            return None if value.strip().lower().startswith(("cid:", "data:")) else value
        return value

    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=follow,
        url_schemes=_SCHEMES | {"cid", "data"},
        filter_style_properties=_STYLES,
    )
    clean = _IMAGE.sub(lambda found: escape(words_for(lost[int(found["number"])])), clean)
    clean = _ANCHOR.sub(lambda found: _named(found, links), clean) if links else clean
    return Marked(clean, lost, active)


def words_for(name: str) -> str:
    """What stands where an image cannot be shown."""
    return f"[image: {name}]"


def _web(source: str) -> str | None:
    """An image elsewhere on the web stays; a data URL or cid that is no known file shows nothing."""
    return None if source.strip().lower().startswith(("cid:", "data:")) else source


def _named(found: re.Match[str], links: list[tuple[str, str]]) -> str:
    number = int(found["number"])
    address, words = links[number]
    rest = found["rest"].replace(f"{_LINK}{number}", escape(address, quote=True))
    return f"<a{rest}{found['inside']} [{escape(words)}]</a>"
