"""Files are found by the shape of a value, and stay the same file while their URLs change."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_assets.ivinex.file_identity import image_key, without_token, without_tokens
from migration_assets.ivinex.file_references import MOST_ASKED, MOST_FILES, file_references

SITE = "acme.ivinex.com"
BASE = f"https://{SITE}/API/Files.php"
ENTRY = {"FileID": "7", "FileName": "a b.pdf", "Size": "12", "ContentType": "application/pdf", "URL": f"{BASE}?Token=x"}


def found(value: Any) -> list[tuple[str, str]]:
    return [(one.name, one.url) for one in file_references({"any_key": value}, SITE)]


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
    [entry, image, inside] = file_references(
        {"files": [ENTRY], "body": f'<IMG SRC="/pictures/x.png"><img src="data:image/gif;base64,AA==">{BASE}'}, SITE
    )
    assert (entry.claimed_type, entry.claimed_size, entry.inline) == ("application/pdf", 12, False)
    assert (image.name, image.inline) == ("x.png", True)
    assert inside.name.endswith(".gif")


def test_a_picture_that_is_listed_as_well_is_one_file():
    body = f'<img src="{BASE}?FileID=7&amp;Token=one">'
    entry = ENTRY | {"URL": f"{BASE}?FileID=7&Token=two"}
    assert [one.inline for one in file_references({"files": [entry], "body": body}, SITE, {"files"})] == [False]
    other = ENTRY | {"URL": f"{BASE}?FileID=8&Token=two"}
    assert [one.inline for one in file_references({"files": [other], "body": body}, SITE, {"files"})] == [False, True]
    assert [one.inline for one in file_references({"files": [entry], "body": body}, SITE)] == [False, True]


def test_two_files_of_one_name_are_two_and_one_in_two_fields_is_one():
    twins = [ENTRY, ENTRY | {"FileID": "8"}]
    assert len(file_references({"a": twins}, SITE)) == 2
    assert len(file_references({"a": twins, "b": json.dumps(twins)}, SITE)) == 2


def test_a_fresh_token_makes_no_other_file():
    keys = {file_references({"a": [ENTRY | {"URL": f"{BASE}?Token={token}"}]}, SITE)[0].key for token in ("x", "y")}
    assert len(keys) == 1
    assert without_token("https://a/f?FileID=1&X-Amz-Signature=q&Expires=3") == without_token("https://b/f?FileID=1")
    assert without_token("https://a/f?sv=1&sig=2&se=3&n=4") == "/f?n=4"
    assert image_key(f"{BASE}?FileID=1&Token=a") != image_key(f"{BASE}?FileID=2&Token=a")
    body = '<img src="https://acme/f?id=3&Token={}"> and text'
    assert without_tokens(body.format("a")) == without_tokens(body.format("b"))


def test_only_what_stands_in_a_file_field_is_trusted():
    record = {
        "description": json.dumps([ENTRY | {"URL": "https://evil.example/API/Files.php?Token=x"}, ENTRY]),
        "notes": f"b.png {BASE}?FileID=9",
        "body": f'<img src="{BASE}?FileID=8">',
        "files": [ENTRY],
        "files_too": f"c.png {BASE}?FileID=10",
    }
    told = file_references(record, SITE, {"files", "files_too"})
    assert {(one.name, one.url, one.trusted) for one in told if not one.inline} == {
        ("a b.pdf", ENTRY["URL"], True),  # the same entry in a text gives way, whatever its host
        ("b.png", f"{BASE}?FileID=9", False),
        ("c.png", f"{BASE}?FileID=10", True),
    }
    assert not any(one.trusted for one in told if one.inline)
    assert file_references({"files": [ENTRY]}, SITE) != file_references({"files": [ENTRY]}, SITE, {"files"})


@pytest.mark.parametrize(
    "value",
    [
        [ENTRY | {"FileName": f"{BASE}?FileID=1"}],
        [{"FileName": f"{BASE}?FileID=1", "URL": ENTRY["URL"]}],
        json.dumps([{"name": f"{BASE}?FileID=1", "where": ENTRY["URL"]}]),
        f"{BASE}?FileID=1 x.pdf {ENTRY['URL']}",
        f"{BASE}?FileID=1 {ENTRY['URL']}.pdf",
        f"x {BASE}?FileID=1.pdf {ENTRY['URL']}",
    ],
)
def test_a_file_that_is_named_like_an_address_leads_nowhere_else(value: Any):
    for one in file_references({"files": value}, SITE, {"files"}):
        assert one.url == ENTRY["URL"] or not one.trusted or one.problem


def test_a_file_field_whose_shape_is_not_known_is_told():
    [one] = file_references({"files": f"<{BASE}?FileID=1>"}, SITE, {"files"})
    assert one.problem == "files in the field files were not looked for: no file is recognised in it"
    assert file_references({"files": "see the mail"}, SITE, {"files"}) == []


def test_addresses_of_strangers_are_few_and_take_no_room_from_the_file_fields():
    body = "".join(f"<img src=/{number}.png>" for number in range(MOST_ASKED + 5))
    told = file_references({"body": body, "more": "x<" * 4_000_000, "files": [ENTRY]}, SITE, {"files"})
    assert [one.trusted for one in told[:2]] == [True, False]
    assert sum(one.inline for one in told) == MOST_ASKED
    assert [one.problem[:60] for one in told if one.problem] == [
        "files in the field more were not looked for: it is too long",
        "files were not looked for: more than 50 addresses stand outs",
    ]


@pytest.mark.parametrize(
    "body",
    [
        '<p>Hello</p><img src="https://cdn.example/x.png"><![foo[bar]]>',
        '<![foo[bar]]><img src="data:image/png;base64,AA==">',
        "invoice.pdf https://xn--a/invoice.pdf",
        "a.pdf http://[",
        '[{"name": "a.pdf", "url": "http://["}]',
        '<img src="http://[" alt="a.pdf">',
        '<img src="//[/x.png"><img src="/x.png" alt="a.png"',
        "[" * 900 + '"https://x"' + "]" * 900,
        '{"a":' * 100 + '"https://x/a.pdf"' + "}" * 100,
        [{"FileName": 10**5000, "URL": "https://x/a.pdf"}],
        {"a": {"b": [None, {"URL": "https://x/a.pdf", "name": ["x"]}]}},
        "\x00.pdf https://x/\x00",
        "\ud800.pdf https://x/\ud800",
    ],
)
def test_no_value_stops_the_reading_of_its_record(body: Any):
    told = file_references({"body": body, "files": [ENTRY]}, SITE, {"files"})
    assert [one.name for one in told if one.trusted] == ["a b.pdf"]


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<img ",
        "<img src=/a.png>",
        "<img src=x><a b='",
        "<div>",
        "<![foo[bar]]>",
        "https://a",
        "http://http://",
        "https://x/a?b&",
        "https://-",
        "- ",
        "a.b ",
        "((((",
        "a.pdf https://x/y\n",
        "https://x/y - a.pdf\n",
        '[{"url":"https://x/a.pdf"},',
        "<img",
    ],
)
def test_the_work_grows_with_the_size_of_a_value_and_no_faster(piece: str):
    for start in ("", "https://x <img src=/y.png>", "[", "a.pdf https://x"):
        value = start + piece * (200_000 // len(piece))
        started = time.process_time()
        told = file_references({"body": value}, SITE)
        without_tokens(value)
        assert time.process_time() - started < 1
        assert len(told) <= MOST_FILES + 1


def test_what_is_left_out_is_told_as_a_file():
    listed = [ENTRY | {"FileID": str(number)} for number in range(MOST_FILES + 5)]
    many = file_references({"files": listed}, SITE, {"files"})
    assert len(many) == MOST_FILES + 1
    assert many[-1].problem == "files in the field files were not looked for: the record names more than 1000 files"
    [huge] = file_references({"body": "<img src=/a.png>" + "x" * 9_000_000}, SITE)
    assert huge.problem.endswith("it is too long")
    [odd] = file_references({"f": [{"n": 10**5000, "URL": "https://x/a.pdf"}]}, SITE)
    assert "ValueError" in odd.problem
    assert len({one.key for one in (many[-1], huge, odd)}) == 3
    repeated = file_references({"body": "<img src=/a.png>" * 3_000 + "<img src=/b.png>"}, SITE)
    assert [one.name for one in repeated] == ["a.png", "b.png"]


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.just("https://x/a.pdf") | st.just("http://["),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), _JSON | _JSON.map(json.dumps), max_size=4))
def test_any_record_is_read_without_an_error_and_the_same_each_time(record: dict[str, Any]):
    assert file_references(record, SITE) == file_references(record, SITE)
