"""Markdown of the documents: readable raw, and no text of a stranger becomes markup or a link, wherever it stands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from migration_assets import markdown

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""A reader who allows everything: what it makes no markup of, a stricter one does not either."""
PLACES = ("{}", "- {}", "- Why: {}", "## {} (id)", "Tab {}, shown.")
HOSTILE = (
    "<script>alert(1)</script>", "<!-- x", "a<b", "&lt;b&gt; &#60;", "[x](http://evil)",
    "[click here](http://evil) now",
    "[x]: http://evil", "![x](http://evil/x.png)", "<http://evil>", "_a_", "__a__ *b* **c**", "~~a~~", "`a` ``b``",
    "```", "a\\*b\\*", "a|b", "a\\|b", "\\", "# head", "- item", "+ item", "1. item", "> quote", ">quote", "---", "===",
    "* * *", "\tcode", "two\n\n# lines", "x\u2028# y", "http://evil www.evil.com me@evil.com",
)  # fmt: skip


def meant(text: str) -> str:
    """A text as it is to be read: white space is one, in a table none counts."""
    return "".join("".join(one for one in text if one >= " " or one.isspace()).split())


def shown(tokens: list[Token]) -> str:
    """What a reader sees of the page; fails where there is anything but text and code in a sentence."""
    seen = []
    for token in tokens:
        assert token.type not in {"html_block", "fence", "code_block", "blockquote_open", "hr", "ordered_list_open"}
        for child in token.children or ():
            assert child.type in {"text", "code_inline"}, child.type
            seen.append(child.content)
    return meant("".join(seen))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_text_is_only_text(place: str, value: str):
    page = place.format(markdown.plain(value))
    expected = place.removeprefix("- ").removeprefix("## ").format(value)
    assert shown(READER.parse(page)) == meant(expected)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_text_stays_in_its_cell(value: str):
    tokens = READER.parse(markdown.table([{"a": value, "b": "next"}], {"a": "one", "b": "two"}))
    cells = [token.children for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert shown(tokens) == meant(f"onetwo{value}next")


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(list("<>&;[]()*_`~\\|#-+=.!1ab /:@\n\t\x00")), max_size=24))
def test_no_mixture_of_marks_becomes_markup(value: str):
    for place in PLACES[1:]:
        expected = place.removeprefix("- ").removeprefix("## ").format(value)
        assert shown(READER.parse(place.format(markdown.plain(value)))) == meant(expected)
    tokens = READER.parse(markdown.table([{"a": value, "b": "next"}], {"a": "one", "b": "two"}))
    assert shown(tokens) == meant(f"one{'two' if value else ''}{value}next" if value else "twonext")


def test_plain_words_are_read_as_they_are_written():
    for text in (
        "Settings > Users & teams > the user > Deactivate",
        "Remove the tag ai_ignore (see loss_ledger.md)",
        "R&D: 5 < 6, C++ #12, it's 100 %!",
    ):
        assert markdown.plain(text) == markdown.cell(text) == text


def test_what_a_reader_would_make_a_link_of_stands_in_code():
    assert markdown.plain("ask me@evil.com or http://evil today") == "ask `me@evil.com` or `http://evil` today"


def test_a_backslash_before_a_bar_does_not_take_its_escape_away():
    # Readers differ on two backslashes and a bar: for some it is a backslash and the end of the cell.
    assert markdown.cell("a\\|b") == "`a\\ \\|b`"


def test_a_column_without_any_value_is_left_out():
    rows = [{"a": 1, "b": None, "c": ""}, {"a": 2, "b": None, "c": ""}]
    assert markdown.table(rows, {"a": "one", "b": "two", "c": "three"}).splitlines()[0] == "| one |"
    assert markdown.table([], {"a": "one"}) == ""
