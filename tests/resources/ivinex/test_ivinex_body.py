"""Bodies: JSON with PHP's liberties, XML of the same names, and what is neither."""

import contextlib
import time

import orjson
import pytest

from resources.ivinex import response_parser
from resources.ivinex.body import UnreadableBody, decode


def test_lone_surrogates_and_raw_control_bytes_are_survived_and_counted() -> None:
    body = decode(b'{"Records":[{"a":"x\\ud83d","b":"y\x01"}]}')
    assert body.value == {"Records": [{"a": "x\ufffd", "b": "y\x01"}]}
    assert body.replaced == 1


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 5000])
def test_a_number_that_no_store_can_hold_stays_as_it_is_written(number: str) -> None:
    """As infinity it would be no value at all in the next file, and nobody would be told."""
    assert decode(f'{{"Records":[{{"a":{number},"b":1.5,"c":7}}]}}'.encode()).value == {
        "Records": [{"a": number, "b": 1.5, "c": 7}]
    }


def test_a_bom_is_no_obstacle() -> None:
    assert decode(b'\xef\xbb\xbf{"Tabs":[]}').value == {"Tabs": []}


def test_invalid_utf8_is_replaced_and_counted() -> None:
    body = decode(b'{"a":"\xc3\x28\xff"}')
    assert body.value == {"a": "\ufffd(\ufffd"}
    assert body.replaced == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"<html><body><form>", "html"),
        (b'{"Records":[{"a":"b', "broken"),
        (b"<Response><Records>", "broken"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "broken"),
        (b'<?xml version="1.0"?><!-- a --><!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "broken"),
        (b"[" * 100_000, "broken"),
        (b"[" * 400 + b"\x01" + b"]" * 400, "broken"),
        (b'["\xff",' + b"[" * 900 + b"]" * 900 + b"]", "broken"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "broken"),
        (b"[" + b"1," * 2_100_000 + b"1]", "broken"),
        (b"<r>" + b"<a/>" * 2_100_000 + b"</r>", "broken"),
        (b"<!---->" * 9_000 + b"<html>", "html"),
    ],
)
def test_what_holds_no_data_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableBody) as caught:
        decode(content)
    assert caught.value.reason == reason


@pytest.mark.parametrize("comment", [b"<!---->", b"<!-- -->\n", b"<?a?>", b"<!--x--><?xml version='1.0'?>"])
def test_a_long_prolog_costs_no_more_than_its_length(comment: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(UnreadableBody):
        decode(comment * 5_000 + b"<x")
    assert time.process_time() - started < 1


def test_text_that_looks_like_a_declaration_is_text() -> None:
    said = b"<Records><Record><ID>5</ID><a><![CDATA[<!DOCTYPE html><!ENTITY a>]]></a></Record></Records>"
    assert decode(said).value == [{"ID": "5", "a": "<!DOCTYPE html><!ENTITY a>"}]


def test_a_character_that_xml_cannot_hold_costs_no_page() -> None:
    body = decode(b"<Records><Record><ID>5</ID><a>x\x01y&#0;z&#x1F;&amp;&#228;\xff</a></Record></Records>")
    assert body.value == [{"ID": "5", "a": "x\ufffdy\ufffdz\ufffd&\u00e4\ufffd"}]
    assert body.replaced == 4


def test_xml_reads_like_the_json_of_the_same_names() -> None:
    one = decode(b"<Response><Records><Record><collection_id>5</collection_id></Record></Records></Response>")
    assert one.value == {"Records": [{"collection_id": "5"}]}
    none = decode(b"<Response><Records></Records><empty_fields>true</empty_fields></Response>")
    assert none.value == {"Records": [], "empty_fields": "true"}
    assert response_parser.empty_marker(none.value)
    several = decode(b"<Response><Item><ID>1</ID></Item><Item><ID>2</ID></Item></Response>")
    assert several.value == [{"ID": "1"}, {"ID": "2"}]


@pytest.mark.parametrize(
    "head", [b'{"Records":[{"body":"%s"}]}', b"<Records><Item><body><![CDATA[%s]]></body></Item></Records>"]
)
def test_a_mail_full_of_brackets_and_commas_is_one_value_and_costs_no_page(head: bytes) -> None:
    text = b"<,[{" * 2_100_000
    assert text.decode() in str(decode(head % text).value)


@pytest.mark.parametrize(
    "written", ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "9" * 5_000]
)
@pytest.mark.parametrize("text", ['{"a": %s}', "[1,%s]", '{"a": %s, "b": "\x01"}'])
def test_a_whole_number_of_more_than_64_bits_keeps_its_digits_and_can_be_stored(written, text):
    value = decode((text % written).encode()).value
    assert (value[1] if isinstance(value, list) else value["a"]) == written
    orjson.dumps(value)


@pytest.mark.parametrize("written", ["18446744073709551615", "-9223372036854775808", "7"])
def test_a_whole_number_of_64_bits_is_one(written):
    assert decode(f'{{"a": {written}, "b": "1234567890123456789012"}}'.encode()).value["a"] == int(written)
