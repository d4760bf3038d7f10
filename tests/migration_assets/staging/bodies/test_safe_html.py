"""What becomes of each part of a stranger's HTML: kept, changed or left out, and counted by its kind."""

import time

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_assets.html_tree import parse, read_markup
from migration_assets.staging.bodies import safe_html
from migration_assets.staging.bodies.safe_html import NOT_SHOWN, make_safe
from migration_assets.transforms.text import Body


def safe(text, **follow):
    return make_safe(parse(read_markup(text).html), **follow)


def test_active_content_goes_and_the_layout_of_mails_stays():
    marked = safe(
        '<p onclick="x()" style="color:red;position:fixed">a</p><script>b</script><a href="javascript:c">d</a>'
        '<font color="blue">e</font><iframe src="f"></iframe><a href="data:text/html,g">h</a>'
    )
    assert marked.html == (
        '<p style="color:red">a</p><a rel="noopener noreferrer">d</a><font color="blue">e</font>'
        '<a rel="noopener noreferrer">h</a>'
    )
    assert marked.removed == {safe_html.ACTIVE: 5, safe_html.STYLE: 1}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<p><script>x</script>", safe_html.ACTIVE),
        ("<p><object data=x></object>", safe_html.ACTIVE),
        ("<frameset><frame src=x></frameset>", safe_html.ACTIVE),
        ("<html><frameset cols=2><noframes>y</noframes></frameset>", safe_html.ACTIVE),
        ("<p><svg onload=x><text>y</text></svg>", safe_html.ACTIVE),
        ("<p><a href='da&#9;ta:text/html,x'>y</a>", safe_html.ACTIVE),
        ("<p><a href=' &#1;Java\nscript:x'>y</a>", safe_html.ACTIVE),
        ("<p><meta http-equiv=Refresh content='0;url=x'>", safe_html.RELOAD),
        ("<p><style>p{}</style>", safe_html.STYLE_SHEET),
        ("<p><link rel=stylesheet href=x>", safe_html.STYLE_SHEET),
        ("<p><video src=x></video>", safe_html.MEDIA),
        ("<p><audio src=x></audio>", safe_html.MEDIA),
        ("<html><head><title>Order</title></head><body><p>", safe_html.HIDDEN_TEXT),
        ("<p><template>x</template>", safe_html.HIDDEN_TEXT),
        ("<p><form action=x>y</form>", safe_html.FORM),
        ("<ul style='list-style:url(http://x/y)'>", safe_html.BACKGROUND),
        ("<p style='background:URL(x)'>", safe_html.BACKGROUND),
        ("<table background=x>", safe_html.BACKGROUND),
        ("<html><body background=x>y", safe_html.BACKGROUND),
        ("<html><body style='background-image:url(x)'>y", safe_html.BACKGROUND),
        ("<p><math><mi xlink:href='javascript:x'>y</mi></math>", safe_html.ACTIVE),
        ("<p style='position:fixed'>", safe_html.STYLE),
        ("<p style='width:expression(alert(1))'>", safe_html.STYLE),
        ("<p style='c\\6flor:red'>", safe_html.STYLE),
        ("<p><img src='https://x.example/y.png'>", safe_html.REMOTE),
        ("<p><img src='//x.example/y.png'>", safe_html.REMOTE),
        ("<p><a href='foo://x'>y</a>", safe_html.ADDRESS),
        ("<html><body><city>x</city>", safe_html.UNKNOWN),
    ],
)
def test_what_is_left_out_is_counted_by_its_kind(text, kind):
    marked = safe(text)
    assert marked.removed[kind] >= 1
    assert not set(marked.html.lower().replace("rel=", "").split()) & {"script", "url(", "javascript:"}


@pytest.mark.parametrize("scheme", ["https", "mailto", "ftp", "tel", "whatsapp", "callto", "sms"])
def test_links_that_only_a_person_follows_keep_their_address(scheme):
    marked = safe(f"<a href='{scheme}:x'>y</a>")
    assert f'href="{scheme}:x"' in marked.html
    assert not marked.removed


def test_an_unknown_scheme_stands_as_words_behind_its_link():
    assert safe("<a href='foo://x'>y</a>").html == '<a rel="noopener noreferrer">y &lt;foo://x&gt;</a>'


def test_words_of_what_cannot_stay_stand_apart_from_their_neighbours():
    marked = safe(
        "<p>a</p><noscript>b</noscript><select><option>c</option><option>d</option></select><button>e</button>f"
    )
    assert parse(marked.html).to_text().split() == ["a", "b", "c", "d", "e", "f"]


def test_an_image_that_cannot_be_shown_is_its_name_in_words():
    marked = safe("<p><img src='cid:x'>", image=lambda _: NOT_SHOWN + "<b>.png")
    assert marked.html == "<p>[image: &lt;b&gt;.png]</p>"
    assert marked.removed == {safe_html.IMAGE: 1}


def test_a_tree_too_large_to_be_written_is_told():
    marked = safe("<b>x" * 200_000)
    assert (marked.html, marked.removed) == ("", {safe_html.TOO_LARGE: 1})


@pytest.mark.parametrize(
    "piece", ["<!--", "<div>", "<a href=http://x.example/>", "<p style='a:b'>x<br>", "<td>x", "<i>x"]
)
def test_a_megabyte_of_anything_is_made_safe_in_under_two_seconds(piece):
    text = "<p>x" + piece * (1_000_000 // len(piece))
    started = time.process_time()
    safe(text)
    Body.of(text, rich=True).plain()
    assert time.process_time() - started < 2


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", "<a href=x>", "</a>", "<table>", "<td>", "</table>", "<svg>", "<math>", "<mi>",
         "<style>", "</style>", "<xmp>", "<textarea>", "<select>", "<title>", "<noscript>", "<img src=x>",
         "<!--", "-->", "<script>", "</script>", "&lt;", "&#60;", '"', "'", "x", "<p style='color:red'>", "<plaintext>",
         "<template>", "<form>", "<iframe>", "<annotation-xml>", "<mglyph>", "<desc>", "<foreignObject>", "<li>"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=75, deadline=None)
@given(MARKUP)
def test_the_last_door_finds_nothing_left_to_do_and_the_result_is_stable(pieces):
    marked = safe("<p>" + "".join(pieces))
    assert nh3.clean(
        marked.html, tags=set(safe_html.TAGS), attributes={"*": {"style"}, "a": {"href"}, "img": {"src"}}
    ) == (marked.html)
    again = make_safe(parse(marked.html))
    assert parse(again.html).text == parse(marked.html).text
    assert not again.removed[safe_html.ACTIVE]


def test_the_right_border_and_capitals_stay_and_nothing_is_moved_over_other_text():
    style = "border-right:1px solid;text-transform:uppercase"
    marked = safe(f'<p style="{style};right:0;transform:none">x</p>')
    assert marked.html == f'<p style="{style}">x</p>'
    assert marked.removed == {safe_html.STYLE: 2}
