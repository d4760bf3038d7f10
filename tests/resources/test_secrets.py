"""Secrets are struck out of a text in every form in which a server may quote them."""

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.secrets import STRUCK, strike, words

SECRET = "P4ss/W0rd+Sek ret=%&x<é"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower().replace("p4ss", "P4ss").replace("w0rd", "W0rd").replace("sek", "Sek"),
        quote_plus(SECRET),
        quote(quote(SECRET, safe=""), safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1].replace("/", "\\/"),
        html.escape(SECRET),
        "".join(f"&#{ord(character)};" for character in SECRET),
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        "".join(f"\\u{ord(character):04x}" for character in SECRET),
        "".join(f"\\u{{{ord(character):X}}}" for character in SECRET),
        "".join(f"={byte:02X}" for byte in SECRET.encode()),
        "".join(f"\\x{byte:02x}" for byte in SECRET.encode()),
        SECRET.replace("&", "&amp;").replace("/", "&sol;").replace("+", "&plus;").replace("=", "&equals;"),
        SECRET.replace("&", "&AMP").replace("%", "&percnt;").replace("é", "&eacute"),
    ],
)
def test_a_secret_is_struck_however_it_is_written(form: str):
    assert strike(f"Login failed for Password={form}&Tab=1", [SECRET]) == f"Login failed for Password={STRUCK}&Tab=1"


@pytest.mark.parametrize("user", ["a", "ab", "abc", "api.user@shop.example"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("written", [str, lambda text: quote(text, safe=""), lambda text: text.rstrip("=")])
def test_a_basic_header_goes_whole_whoever_stands_in_it(user: str, encode, written):
    token = written(encode(f"{user}:{SECRET}".encode()).decode())
    struck = strike(f'unauthorized: "Authorization: Basic {token}" was refused', [SECRET])
    assert token[4:-4] not in struck
    assert struck.startswith('unauthorized: "Authorization: Basic [secret]')
    assert struck.endswith('" was refused')


@pytest.mark.parametrize("length", range(4, 12))
def test_a_base64_text_tells_a_secret_of_any_length_at_any_place(length: int):
    secret = "k3y-Zx9qWp!"[:length]
    for before in ("", "x", "xy", "xyz"):
        for after in ("", "1", "12", "123"):
            token = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
            assert strike(f"[{token}]", [secret]) == f"[{STRUCK}]"


def test_several_secrets_go_and_the_rest_stays():
    text = "user ann, key gk_S3cr3tKey, again gk_S3cr3tKey, token t0ken-1"
    assert strike(text, ["gk_S3cr3tKey", "t0ken-1"]) == "user ann, key [secret], again [secret], token [secret]"
    assert strike(text, []) == text
    assert strike("a secret of one letter is none: a", ["a", ""]) == "a secret of one letter is none: a"


def test_words_of_a_server_are_short_and_on_one_line():
    assert words("a\r\nb\x1b[31m\u202ec\x00  d") == "a b [31m c d"
    long = words("x" * 10_000)
    assert long.startswith("xxx")
    assert long.endswith("... (10000 characters)")
    assert len(long) < 340
    assert "S3cr" not in words("y" * 295 + "S3cr3tKey", ["S3cr3tKey"])
    assert "S3c" not in words(("S3cr3tKey " * 2000)[:-5], ["S3cr3tKey"], most=9)


@given(st.text(max_size=40), st.text(min_size=4, max_size=12), st.text(max_size=40))
def test_no_text_keeps_a_secret(before: str, secret: str, after: str):
    assert secret not in strike(before + secret + after, [secret]).replace(STRUCK, "\n") or secret in STRUCK


@pytest.mark.parametrize("unit", ["P4ss/W0rd", "%50%34", "UDRzcy9XMHJk", "&#80;", "A", "\\u0050", "\\", "&#0", "0"])
def test_the_work_grows_with_the_length_of_the_text_only(unit: str):
    text = unit * (300_000 // len(unit))
    started = time.process_time()
    strike(text, [SECRET])
    assert time.process_time() - started < 2
