"""What is a tag and what is text in angle brackets; and that no value takes long to read."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_assets.html_tree import MAX_CHARACTERS, images, is_html, parse, read_markup

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "On Monday P. Smith <p.smith@x.example> wrote:",
        "<i.ivanov@x.example>, <a.lee@x.example>, <li-ming@x.example>, <u@ci.com>, <code@x.example>",
        "if x<y then z>w",
        "if a<b and c>d",
        "see <https://x.example/a> or <mailto:a@x.example>",
        "`<P(>` and <p (minimum",
        "<TICKET_ID> <your name here>",
        "<?xml version='1.0'?><p>note</p>",
        "<adf><prospect><address type='home'/><p>note</p></prospect></adf>",
        "1 < 2 > 0",
    ],
)
def test_text_in_angle_brackets_is_no_html(text):
    assert not is_html(text)
    assert parse(read_markup(text).html).text == text


def test_a_comment_alone_makes_no_html():
    assert not is_html("<!-- <!-- <!--")


@pytest.mark.parametrize(
    "value",
    [
        "a <br> b",
        "<P>",
        "x </b>",
        "<br/>",
        "<td nowrap>",
        "<o:p></o:p>",
        "<a href='x' odd>y</a>",
        "<p\nclass=x>a",
        "<p>",
    ],
)
def test_one_real_tag_makes_it_html(value):
    assert is_html(value)


def test_addresses_and_comparisons_beside_real_tags_stay_text():
    value = "<p>Ann <Ann.Lee@X.example> if x<y then z>w</p> <p (minimum <b>bold</b>"
    assert parse(read_markup(value).html).text == "Ann <Ann.Lee@X.example> if x<y then z>w <p (minimum bold"


def test_in_a_whole_document_an_unknown_name_is_a_tag_and_an_address_is_none():
    value = "<html><body><city>Bern</city> <a@x.example></body></html>"
    assert parse(read_markup(value).html).text == "Bern <a@x.example>"


def test_images_are_listed_in_order_and_those_in_comments_are_not():
    assert list(images("<img src=a alt=x><!-- <img src=b> --><IMG SRC=' c '>")) == [("a", "x"), ("c", "")]


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a",
        "<a href=x>",
        "<table><tr><td>",
        "<div>",
        "<b>x",
        "<![foo[bar]]>",
        "<x<x>",
        '<p "',
        "<x>",
        "<",
        "<font color={}>",
        "<html a{}=1>",
        "<body a{}=1>",
        "<html><BODY\ta{}=1>",
    ],
)
def test_a_megabyte_of_anything_is_read_in_under_two_seconds(piece):
    value = "".join(piece.format(number) for number in range(MEGABYTE // len(piece)))
    started = time.process_time()
    parse(read_markup(value).html)
    assert time.process_time() - started < 2


def test_the_largest_value_of_the_slowest_kind_takes_no_longer():
    """Its brackets are told apart up to a number; from there on nothing is lost, only not looked at."""
    started = time.process_time()
    assert not is_html("<x<x>" * (MAX_CHARACTERS // 5))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("value", ["<b>a</b><i>b</i> <x> c < d <u>e</u>", "1 <x<b>y</b> <x<x> 2 <x> 3"])
def test_what_is_not_told_apart_any_more_keeps_its_words(value: str, monkeypatch: pytest.MonkeyPatch):
    whole = parse(read_markup(value).html).text
    for most in range(8):
        monkeypatch.setattr("migration_assets.html_tree.MAX_TOKENS", most)
        words = parse(read_markup(value).html).text
        assert set("abcde123y") & set(whole) <= set(words)


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="<>/!?-=\"' abp@\n&;", max_size=80))
def test_any_text_can_be_read_and_without_a_tag_nothing_of_it_is_lost(value):
    markup = read_markup(value)
    tree = parse(markup.html)
    if not markup.tags and "&" not in value and "<!" not in value and "<?" not in value and "</" not in value:
        assert tree.text.strip() == value.strip()


def test_a_second_document_in_a_value_keeps_its_words():
    tree = parse("<html lang=en><body class=a><p>one</p></body></html><HTML lang=de><body class=b><p>two</p></body>")
    assert tree.text == "onetwo"
    assert [element.attrs for element in tree.iter_elements("body")] == [{"class": ["a"]}]
