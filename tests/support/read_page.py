"""An HTML page as a browser reads it: its tags, its links, its text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """What is in a page.

    Attributes:
        tags: names of the elements.
        links: values of href, src and other attributes that fetch something.
        ids: anchors.
        handlers: attributes that would run something.
        text: what a reader sees, white space folded.
    """

    tags: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    handlers: set[str] = field(default_factory=set)
    text: str = ""
    _style: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._style = tag == "style"
        for name, value in attrs:
            if name in {"href", "src", "srcset", "action", "data", "poster", "xlink:href"}:
                self.links.add(value or "")
            if name == "id":
                self.ids.add(value or "")
            if name.startswith("on"):
                self.handlers.add(name)

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text = " ".join(f"{self.text} {data}".split())


def read_page(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page
