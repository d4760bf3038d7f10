"""Files are found by the shape of a value, and stay the same file while their URLs change."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_assets.ivinex.mentions import image_key, mentions, stable, without_tokens

SITE = "acme.ivinex.com"
BASE = f"https://{SITE}/API/Files.php"
ENTRY = {"FileID": "7", "FileName": "a b.pdf", "Size": "12", "ContentType": "application/pdf", "URL": f"{BASE}?Token=x"}


def found(value: Any) -> list[tuple[str, str]]:
    return [(one.name, one.url) for one in mentions({"any_key": value}, SITE)]


@pytest.mark.parametrize(
    "value",
    [
        [ENTRY],
        ENTRY,
        json.dumps([ENTRY]),
        {"File": [ENTRY]},
        [{"id": 7, "title": "a b.pdf", "link": ENTRY["URL"]}],
        f"a b.pdf {ENTRY['URL']}",
        f"a b.pdf ({ENTRY['URL']})",
        f"{ENTRY['URL']} | a b.pdf",
    ],
)
def test_a_url_beside_a_name_is_a_file_whatever_its_keys_are_called(value: Any):
    assert found(value) == [("a b.pdf", ENTRY["URL"])]


@pytest.mark.parametrize(
    "value",
    [
        "see https://shop.example/manual.pdf for more",
        "https://shop.example/manual.pdf",
        {"URL": "https://shop.example/", "kind": "home page"},
        {"FileName": "a.pdf", "URL": "ftp://x/a.pdf"},
        [],
        "[{broken",
        '<p><img src="https://cdn.example/logo.png"><img src="cid:a@b"></p>',
        None,
        7,
    ],
)
def test_a_link_is_no_file(value: Any):
    assert found(value) == []


def test_what_the_record_says_of_a_file_is_kept_and_its_images_are_files_too():
    [entry, image, inside] = mentions(
        {"files": [ENTRY], "body": f'<IMG SRC="/pictures/x.png"><img src="data:image/gif;base64,AA==">{BASE}'}, SITE
    )
    assert (entry.claimed_type, entry.claimed_size, entry.inline) == ("application/pdf", 12, False)
    assert (image.name, image.inline) == ("x.png", True)
    assert inside.name.endswith(".gif")


def test_a_picture_that_is_listed_as_well_is_one_file():
    body = f'<img src="{BASE}?FileID=7&amp;Token=one">'
    entry = ENTRY | {"URL": f"{BASE}?FileID=7&Token=two"}
    assert [one.inline for one in mentions({"files": [entry], "body": body}, SITE)] == [False]
    other = ENTRY | {"URL": f"{BASE}?FileID=8&Token=two"}
    assert [one.inline for one in mentions({"files": [other], "body": body}, SITE)] == [False, True]


def test_two_files_of_one_name_are_two_and_one_in_two_fields_is_one():
    twins = [ENTRY, ENTRY | {"FileID": "8"}]
    assert len(mentions({"a": twins}, SITE)) == 2
    assert len(mentions({"a": twins, "b": json.dumps(twins)}, SITE)) == 2


def test_a_fresh_token_makes_no_other_file():
    keys = {mentions({"a": [ENTRY | {"URL": f"{BASE}?Token={token}"}]}, SITE)[0].key for token in ("x", "y")}
    assert len(keys) == 1
    assert stable("https://a/f?FileID=1&X-Amz-Signature=q&Expires=3") == stable("https://b/f?FileID=1")
    assert stable("https://a/f?sv=1&sig=2&se=3&n=4") == "/f?n=4"
    assert image_key(f"{BASE}?FileID=1&Token=a") != image_key(f"{BASE}?FileID=2&Token=a")
    body = '<img src="https://acme/f?id=3&Token={}"> and text'
    assert without_tokens(body.format("a")) == without_tokens(body.format("b"))


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.just("https://x/a.pdf") | st.just("http://["),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), _JSON | _JSON.map(json.dumps), max_size=4))
def test_any_record_is_read_without_an_error_and_the_same_each_time(record: dict[str, Any]):
    assert mentions(record, SITE) == mentions(record, SITE)
