"""Markdown of the handoff documents: readable as it stands, and safe whatever the source wrote.

It belongs here: templates, tables, and what a stranger's text looks like in them. It does not: files (documents.py)
and HTML (pages.py).

A word that a reader of Markdown could take for markup or a link stands in a code span, where it is only text; every
other word is as it is, so that `Settings > Users & teams` and ai_ignore need no escape.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_MARKUP = re.compile(
    r"""[][*`~\\]                       # links, images, emphasis, code, escapes
      | <[A-Za-z/!?]                    # HTML
      | &[#A-Za-z][#0-9A-Za-z]*;        # entities
      | _(?![^\W_])                     # emphasis ends with an underscore at the end of a word
      | :// | www\. | \w@\w             # addresses, which some readers make links of by themselves
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK = re.compile(r"\#{1,6}|[-+=]+|>.*|\d{1,9}[.)]")
"""What makes a heading, a list, a line or a quotation of a text that begins with it."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")


def render(template: str, **values: Any) -> str:
    """A page from `migration_assets/templates/<template>`.

    What comes from the source goes through the filter `plain`, or `cell` inside a table.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    """The templates, each compiled once in a process."""
    made = Environment(  # noqa: S701 - Markdown: what comes from the source is made harmless by the filters
        loader=PackageLoader("migration_assets"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"plain": plain, "cell": cell}
    return made


def plain(value: Any) -> str:
    """One value inside a sentence, a list item or a heading: on one line, and no markup of its own."""
    words = _CONTROL.sub("", "" if value is None else str(value)).split()
    marked = [
        (bool(_MARKUP.search(word) or (not at and _BLOCK.fullmatch(word))), word) for at, word in enumerate(words)
    ]
    spans = [(code, " ".join(word for _, word in group)) for code, group in groupby(marked, key=lambda pair: pair[0])]
    return " ".join(_code(text) if code else text for code, text in spans)


def cell(value: Any) -> str:
    """One value inside a table."""
    # A backslash before the bar would take its escape away.
    return plain(value).replace("\\|", "\\ |").replace("|", "\\|")


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """A table; `columns` is key -> heading, in order. Columns without any value are left out; "" without rows."""
    columns = {key: told for key, told in columns.items() if any(row.get(key) not in (None, "") for row in rows)}
    if not columns:
        return ""
    lines = ["| " + " | ".join(columns.values()) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    lines += ["| " + " | ".join(cell(row.get(key)) for key in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """A code span around text with any number of backticks."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"
