import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.transforms import people
from migration_assets.transforms.addresses import plain_address, read_addresses
from migration_assets.transforms.apply import apply, parse_raw
from migration_assets.transforms.dispatch import TABLE, transform, wire_text
from migration_assets.transforms.lookups import Lookups
from migration_assets.transforms.text import Body, cut, cut_bytes, cut_html

LOOKUPS = Lookups(
    options={("1", "color"): {"10": "", "11": "Red", "12": "Blue"}},
    linked={("1", "contact"): "1001"},
    users={"7": {"source_id": "ivinex:user:7", "user_id": "7", "name": "Ann", "email": "ann@x.example"}},
    zone=ZoneInfo("America/Denver"),
)


def run(name, *values, source="color", **more):
    item = FieldMap(collection_type_id="1", source=source, target=Target(to="meta", name="m"), transform=name, **more)
    return transform([wire_text(value) for value in values], item, LOOKUPS)


def test_option_ids_become_labels_and_unset_forms_and_please_select_are_empty():
    result = run("option", "11", "0", "", None, "10", "12", "Blue")
    assert result.values == ["Red", None, None, None, None, "Blue", "Blue"]
    assert result.problems == {}


def test_an_unknown_option_keeps_its_id_and_is_reported():
    result = run("option", "99")
    assert (result.values, result.problems) == (["unknown option 99"], {0: "unknown option"})


def test_multi_selects_are_read_as_comma_lists_and_json_lists():
    assert run("options", "11,12", "[11, 12]", ["11"], "0").values == ["Red, Blue", "Red, Blue", "Red", None]
    assert run("labels", "12,11,12").values == [["Blue", "Red"]]


def test_users_become_name_and_email_or_source_id_and_zero_is_empty():
    assert run("user", "7", "0", 7).values == ["Ann <ann@x.example>", None, "Ann <ann@x.example>"]
    result = run("user_id", "7", "8")
    assert (result.values, result.problems) == (["ivinex:user:7", None], {1: "unknown user"})


def test_links_take_their_tab_from_the_schema():
    assert run("link", "12", "0", "1001:13", source="contact").values == ["ivinex:1001:12", None, "ivinex:1001:13"]
    assert run("link", "Cleo Client", source="contact").problems == {0: "not a record id"}


def test_dates_are_iso_text_times_are_utc_and_zero_dates_are_empty():
    assert run("date", "2026-03-08", "0000-00-00").values == ["2026-03-08", None]
    result = run("datetime", "2026-01-15 10:00:00", "2026-03-08 02:30:00", "2023-02-30 10:00:00")
    assert result.values == ["2026-01-15T17:00:00Z", "2026-03-08T09:30:00Z", None]
    assert result.problems == {1: "nonexistent local time", 2: "not a date"}


def test_numbers_and_flags_in_all_their_forms():
    result = run("number", "12,345.50", "0.00", "-7", "many", 3, 2.5)
    assert result.values == [12345.5, 0, -7, None, 3, 2.5]
    assert result.problems == {3: "not a number"}
    assert run("boolean", "true", "0", "Yes", True, "maybe").values == [True, False, True, True, None]


def test_control_bytes_are_counted_and_line_ends_stay():
    result = run("text", "a\x00b\nc\td\x1f", "\x07")
    assert (result.values, result.removed) == (["ab\nc\td", None], 3)


def test_raw_records_with_lone_surrogates_are_read():
    assert parse_raw(['{"a": "x\\ud800y"}', '{"a": 1}']) == [{"a": "x\ud800y"}, {"a": 1}]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("ann@example", None),
        ("ann@@example.com", None),
        ("a..b@example.com", None),
        ("ann at example.com", None),
        ("", None),
        ("a" * 65 + "@example.com", None),
    ],
)
def test_emails_are_lower_case_or_none(text, address):
    assert plain_address(text) == address


def test_phones_are_e164_or_none():
    assert people.phone("(303) 555-0142") == "+13035550142"
    assert people.phone("+49 30 123456") == "+4930123456"
    assert people.phone("call me") is None
    assert people.phone("12") is None


def test_quoted_names_with_commas_are_one_address():
    found = read_addresses('"Lee, Ann" <a@x.example>, b@x.example;c@x.example, nobody').found
    assert found == [
        {"name": "Lee, Ann", "address": "a@x.example"},
        {"name": "", "address": "b@x.example"},
        {"name": "", "address": "c@x.example"},
    ]


def test_masking_is_the_same_for_the_same_address_and_undeliverable():
    first, second = people.mask("Ann@x.example", "stubs.invalid"), people.mask("ann@X.example", "stubs.invalid")
    assert first == second != people.mask("bob@x.example", "stubs.invalid")
    assert first.endswith("@stubs.invalid")
    assert people.mask(first, "stubs.invalid") == first
    assert people.mask("+13035550142", "stubs.invalid").startswith("+999")


def test_html_becomes_readable_text_without_scripts():
    html = "<style>x{}</style><p>Hi&nbsp;<b>Ann</b>,</p><ul><li>one<li>two</ul><script>alert(1)</script><a href='https://x.y/z'>see</a>"
    assert Body.of(html, rich=True).plain() == "Hi\xa0Ann,\n\n- one\n- two\n\nsee <https://x.y/z>"


def test_html_is_cut_before_a_tag_and_never_inside_one():
    kept, longer = cut_html("<p>abcdef</p><img src='x'>", 20)
    assert (kept, longer) == ("<p>abcdef</p>", True)


@given(st.text())
def test_cutting_keeps_within_the_limits(text):
    assert len(cut(text, 10)[0]) <= 10
    kept, longer = cut_bytes(text, 12)
    assert len(kept.encode()) <= 12
    assert longer == (len(text.encode()) > 12)
    assert longer or kept == text


_JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.text(), max_size=3)
)


@given(st.lists(_JSON, max_size=5), st.sampled_from(sorted(TABLE)))
def test_no_transform_raises_whatever_the_wire_holds_and_results_are_json(values, name):
    result = run(name, *values)
    assert len(result.values) == len(values)
    assert set(result.problems) <= set(range(len(values)))
    json.dumps([str(value) for value in result.values]).encode()


@given(st.one_of(st.none(), st.text(), st.lists(st.one_of(st.text(), st.dictionaries(st.text(), st.text())))))
def test_addresses_are_valid_and_distinct_whatever_the_field_holds(value):
    found = [address["address"] for address in read_addresses(value).found]
    assert len(set(found)) == len(found)
    assert all(plain_address(address) == address for address in found)


@given(st.text())
def test_a_text_twin_is_made_of_any_text(text):
    assert isinstance(Body.of(text, rich=True).plain(), str)


def test_a_skipped_field_is_a_loss_and_a_field_of_files_is_none_because_they_travel_as_attachments():
    items = [
        FieldMap(collection_type_id="1", source=name, kind=kind, target=Target(to="skip"), reason="test")
        for name, kind in (("secret", "text"), ("uploads", "file"))
    ]
    mapping = Mapping(time_zone="UTC", roles={"ticket": ["1"]}, fields={"ticket": items})
    applied = apply([{"secret": "x", "uploads": "a.pdf"}], mapping, "ticket", "1", LOOKUPS)
    assert dict(applied.losses) == {("1.secret", "left out"): 1}


def test_an_option_that_the_map_does_not_know_is_named_by_its_id_and_what_is_none_is_not():
    """Where no option is listed, or a text stands in its place, it may be anybody's words."""
    target = Target(to="standard", name="status")
    items = [
        FieldMap(
            **{"collection_type_id": "1", "source": source, "kind": "dropdown", "target": target},
            **{"transform": "option", "values": {"Red": "open"}, "unmapped": "quarantine"},
        )
        for source in ("color", "free")
    ]
    rejects = []
    for item, wire in zip((items[0], items[0], items[1]), ("12", "303-555-0142", "Ann Lee"), strict=True):
        mapping = Mapping(time_zone="UTC", roles={"ticket": ["1"]}, fields={"ticket": [item]})
        rejects.append(apply([{item.source: wire}], mapping, "ticket", "1", LOOKUPS).rejects[0])
    assert rejects == [
        "1.color holds option 12, which the map does not know",
        "1.color holds a value that the map does not know",
        "1.free holds a value that the map does not know",
    ]
