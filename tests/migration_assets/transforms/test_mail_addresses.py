"""Address fields as people and programs write them: what is read, and what is not and therefore kept."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migration_assets.transforms.addresses import decoded, plain_address, read_addresses
from migration_assets.transforms.people import mask_all


def found(value):
    return [(one["name"], one["address"]) for one in read_addresses(value).found]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("joe@x.example (Joe)", [("Joe", "joe@x.example")]),
        ("MAILER-DAEMON@mx.y.example (Mail Delivery System)", [("Mail Delivery System", "mailer-daemon@mx.y.example")]),
        ("a@x.example (Joe, the boss), b@x.example", [("Joe, the boss", "a@x.example"), ("", "b@x.example")]),
        ("info@äggsbärden.example", [("", "info@xn--ggsbrden-zzae.example")]),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("c@x.example/d@x.example", [("", "c@x.example"), ("", "d@x.example")]),
        ("a@x.example and b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("a@x.example\nb@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Ann <a@x.example> Bob <b@x.example>", [("Ann", "a@x.example"), ("Bob", "b@x.example")]),
        ("Ann Lee a@x.example", [("Ann Lee", "a@x.example")]),
        ("a@x.example (work) / b@x.example (home)", [("", "a@x.example"), ("", "b@x.example")]),
        ("'a@x.example'", [("", "a@x.example")]),
        ("\u201ca@x.example\u201d", [("", "a@x.example")]),
        ("\u200ba@x.example\u200b", [("", "a@x.example")]),
        ("mailto:a@x.example?subject=b", [("", "a@x.example")]),
        ("Ann <mailto:a@x.example>", [("Ann", "a@x.example")]),
        ("E-Mail: A@X.example.", [("", "a@x.example")]),
        ("Berg, Kim T <a@x.example>", [("Berg, Kim T", "a@x.example")]),
        ("Poe, Ed, PhD <a@x.example>, b@x.example", [("Poe, Ed, PhD", "a@x.example"), ("", "b@x.example")]),
        ('"Lee, Ann \\"A\\"" <a@x.example>', [('Lee, Ann "A"', "a@x.example")]),
        ('Ann "the, boss <a@x.example>', [('Ann "the, boss', "a@x.example")]),
        ("O'Brien, Ann <o'brien@x.example>", [("O'Brien, Ann", "o'brien@x.example")]),
        ("=?iso-8859-1?Q?J=F6rg?= <a@x.example>", [("Jörg", "a@x.example")]),
        ("Team: a@x.example, Bob <b@x.example>;", [("", "a@x.example"), ("Bob", "b@x.example")]),
        ("Pete(A nice \\) chap) <pete(his account)@x.example(his host)>", None),
        ([{"name": "N", "email": "a@x.example"}, "b@x.example"], [("N", "a@x.example"), ("", "b@x.example")]),
        ('["a@x.example"]', [("", "a@x.example")]),
        ("a@x.example, A@X.example", [("", "a@x.example")]),
    ],
)  # fmt: skip
def test_every_form_of_an_address_is_read_whole(text, people):
    read = read_addresses(text)
    assert read.unread == []
    assert read.found
    if people is not None:
        assert found(text) == people


@pytest.mark.parametrize(
    ("text", "people", "unread"),
    [
        ("f@x .example", [], ["f@x .example"]),
        ("undisclosed-recipients:;", [], ["undisclosed-recipients:;"]),
        ("Shop Support", [], ["Shop Support"]),
        ("root@localhost, admin@[192.0.2.7], a@x.example", ["a@x.example"], ["root@localhost", "admin@[192.0.2.7]"]),
        ("a@x.example, nobody", ["a@x.example"], ["nobody"]),
        ("nobody; a@x.example", ["a@x.example"], ["nobody"]),
        ("a..b@x.example", [], ["a..b@x.example"]),
        ("jörg@x.example", [], ["jörg@x.example"]),
        ("a@@x.example", [], ["a@@x.example"]),
        ('[{"x": 1}]', [], ['{"x":1}']),
    ],
)
def test_what_is_no_address_for_sure_comes_back_beside_what_is(text, people, unread):
    read = read_addresses(text)
    assert [one["address"] for one in read.found] == people
    assert read.unread == unread


@pytest.mark.parametrize("piece", ["(", "()", '"a,', "<", "a:", "a,", "a@b,", "a@", "\\", "x@y.example,", "a b "])
def test_a_long_field_of_anything_is_read_in_under_a_second(piece):
    started = time.process_time()
    read_addresses(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 1


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab@.,;:<>()\"'\\ \n/=?\u00e4", max_size=60))
def test_every_at_sign_of_a_field_is_in_an_address_a_name_or_what_is_left(text):
    read = read_addresses(text)
    kept = sum(one["address"].count("@") + one["name"].count("@") for one in read.found)
    assert kept + sum(part.count("@") for part in read.unread) > 0 or "@" not in text
    assert all(plain_address(one["address"]) == one["address"] for one in read.found)


def test_encoded_words_are_decoded_and_broken_ones_stay():
    assert decoded("Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?4oKs?=") == "Re: Grüße€"
    assert decoded("=?x-unknown?Q?a?=") == "=?x-unknown?Q?a?="
    assert decoded("a =? b") == "a =? b"


@pytest.mark.parametrize(
    "text",
    [
        "jane.roe @ mail.example",
        "jane.roe@ mail.example",
        "jane.roe (at) mail.example",
        "jane.roe[at]mail[dot]example",
        "Jane <jane.roe\uff20mail.example>",
        "jane.roe\ufe6bmail.example",
        "jane.roe@mail. example",
        "x jane.roe@mail.example y jane.roe @ mail.example",
    ],
)
def test_masking_knows_addresses_that_no_machine_reads(text: str):
    for value in (text, {"unreadable_email": text}, {"deep": [{"ivinex_from": text}]}):
        masked = str(mask_all(value, "stubs.invalid"))
        assert "jane" not in masked
        assert "@stubs.invalid" in masked
    assert mask_all(mask_all(text, "stubs.invalid"), "stubs.invalid") == mask_all(text, "stubs.invalid")


def test_a_spoken_address_is_masked_where_addresses_stand_and_words_of_a_subject_stay():
    said = "jane.roe at mail.example"
    masked = mask_all(
        {"unreadable_email": said, "ivinex_to": [said], "subject": "Look at shop.example"}, "stubs.invalid"
    )
    assert "jane" not in str(masked)
    assert masked["subject"] == "Look at shop.example"
    for subject in ("Price @ 5.50", "see you @ 5pm", "a @ b", "what?"):
        assert mask_all(subject, "stubs.invalid") == subject


def test_masking_at_the_exit_knows_addresses_that_cannot_be_read():
    kept = frozenset({"ann@shop.example"})
    value = {"a": ["Joe <joe@x.example>", "f@x .example", "info@äggs.example"], "b": "Ann@shop.example", "c": 1}
    masked = mask_all(value, "stubs.invalid", kept)
    assert masked["b"] == "Ann@shop.example"
    assert masked["c"] == 1
    assert not any(word in str(masked["a"]) for word in ("joe@", "f@x", "info@"))
    assert str(masked["a"]).count("@stubs.invalid") == 3
