"""HTML pages of the handoff folder: one look, nothing from outside, printable, and whatever they show is escaped.

It belongs here: the shared template, a Markdown document as a page, and the index. It does not: the report's own
template (it is beside the report) and replacing files (documents.py).
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from migration_assets.contents import DATA, DOCUMENTS

INDEX = "index.html"
_DOCUMENT = re.compile(rf"(?:handoff/)?\b({'|'.join(set(DOCUMENTS) - {'report'})})\b(?:\.md\b)?(?![.\w])")
_DATA = re.compile(rf"(?<![\w/])({'|'.join(map(re.escape, DATA))})\b")
_COMMAND = re.compile(r"`([^`]+)`")


@cache
def environment(*packages: str) -> Environment:
    """Templates of these packages and the shared ones, compiled once; `page.html.j2` is the frame of every page."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, "migration_assets")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"linked": linked, "prose": prose}
    return made


def linked(text: str) -> Markup:
    """A sentence, escaped, in which the names of documents and data files are links to them."""
    html = _DOCUMENT.sub(r'<a href="\1.html">\1</a>', str(escape(text)))
    # Escaped before; what was put in are this program's own tags and names.
    return Markup(_DATA.sub(r'<a href="\1">\1</a>', html))  # noqa: S704


def prose(text: str) -> Markup:
    """A sentence of this program's own, with its commands (between backticks) as code."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(linked(text))))  # noqa: S704 - escaped by `linked`


def document_page(markdown: str) -> str:
    """A Markdown document as a page; its first heading is the title."""
    title = next((line.removeprefix("# ") for line in markdown.splitlines() if line.startswith("# ")), "")
    return environment().get_template("document.html.j2").render(title=title, content=_html(markdown))


def index_page(files: Collection[str], head: Mapping[str, Any]) -> str:
    """The page that lists what the folder holds.

    Args:
        files: names in the folder; what `contents.py` does not know is listed by its name.
        head: facts of the migration as in manifest.json: account, mapping_version, verdict.
    """
    documents = [
        (name, title, line, [f"{name}.{kind}" for kind in ("md", "json") if f"{name}.{kind}" in files])
        for name, (title, line) in DOCUMENTS.items()
        if f"{name}.html" in files
    ]
    listed = {INDEX, *(f"{name}.{kind}" for name in DOCUMENTS for kind in ("html", "md", "json"))}
    known = [name for name in DATA if name in files or name == "manifest.json"]
    data = [(name, DATA.get(name, "")) for name in [*known, *sorted(set(files) - listed - set(known))]]
    return environment().get_template("index.html.j2").render(documents=documents, data=data, head=head)


def _html(markdown: str) -> Markup:
    """No HTML of the document's own, no picture, and no link but to the documents beside it."""
    # Every command loads this module, few make a document, and the parser takes as long to load as all the rest here.
    from markdown_it import MarkdownIt

    parser = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .disable(["image", "link", "autolink", "reference", "lheading"])
    )
    html = parser.render(markdown).replace("<table>", '<div class="scroll"><table>')
    # Made by the parser, which escapes all text.
    return linked(Markup(html.replace("</table>", "</table></div>")))  # noqa: S704
