"""Wire values: every form of ivinex-api.md 4, and the columns that must agree with the single values."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.ivinex import wire
from resources.ivinex.types import kind_of
from resources.ivinex.wire_columns import moments

DENVER = ZoneInfo("America/Denver")
ODD = st.sampled_from(
    [
        *wire.EMPTY_TEXT,
        "0",
        "2023-02-30 10:00:00",
        "2026-03-08 02:30:00",
        "2025-11-02 01:30:00",
        "9999-12-31 23:00:00",
        "0001-01-01 00:00:00",
        "2024-05-01",
        "2024-05-01T10:00:00",
        "2024-05-01 25:00:00",
        "soon",
    ]
)
PLAIN = st.datetimes(datetime.fromisoformat("1890-01-01"), datetime.fromisoformat("2210-01-01")).map(
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S")
)


@given(values=st.lists(ODD | PLAIN | st.none() | st.text(max_size=20), max_size=30), zone=st.sampled_from(
    ["America/Denver", "Europe/Dublin", "Australia/Lord_Howe", "UTC"]
))  # fmt: skip
def test_a_column_reads_like_its_single_values(values: list[str | None], zone: str) -> None:
    read = moments(pd.Series(values, dtype="object"), ZoneInfo(zone))
    for value, at, problem in zip(values, read["at"], read["problem"], strict=True):
        single = wire.moment(value, ZoneInfo(zone))
        assert problem == single.problem
        assert (None if pd.isna(at) else at.to_pydatetime()) == single.value


@given(st.text())
def test_no_text_makes_a_parser_raise(text: str) -> None:
    wire.moment(text, DENVER)
    wire.day(text)
    wire.number(text)
    wire.boolean(text)
    wire.clean_text(text)[0].encode("utf-8")


@pytest.mark.parametrize(
    ("value", "at", "problem"),
    [
        ("2024-03-01 09:15:00", datetime(2024, 3, 1, 16, 15, tzinfo=UTC), ""),
        ("2025-11-02 01:30:00", datetime(2025, 11, 2, 7, 30, tzinfo=UTC), "ambiguous"),
        ("2026-03-08 02:30:00", datetime(2026, 3, 8, 9, 30, tzinfo=UTC), "nonexistent"),  # read as 03:30
        ("2023-02-30 10:00:00", None, "impossible"),
        ("9999-12-31 23:59:59", None, "out_of_range"),
        ("0000-00-00 00:00:00", None, ""),
        ("", None, ""),
        (None, None, ""),
    ],
)
def test_a_local_time_becomes_utc_with_its_trouble_told(value: str | None, at: datetime | None, problem: str) -> None:
    assert wire.moment(value, DENVER) == wire.Parsed(at, problem)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12,345.67", Decimal("12345.67")),
        ("-7", Decimal(-7)),
        ("0.00", Decimal("0.00")),
        (".5", Decimal("0.5")),
        ("", None),
    ],
)
def test_numbers_with_separators(value: str, expected: Decimal) -> None:
    assert wire.number(value) == wire.Parsed(expected)


@pytest.mark.parametrize("value", ["1,23", "12,34,567", "1.2.3", "twelve", "-", "1e5", "+", "."])
def test_what_is_no_number_is_a_problem_and_no_exception(value: str) -> None:
    assert wire.number(value).problem == "impossible"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_a_number_survives_its_separators(value: Decimal) -> None:
    assert wire.number(f"{value:,.2f}").value == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("true", True),
        ("1", True),
        ("Yes", True),
        (True, True),
        ("false", False),
        ("0", False),
        ("No", False),
        ("", None),
    ],
)
def test_checkboxes_in_every_form_and_an_empty_one_is_not_false(value: object, expected: bool) -> None:
    read = wire.boolean(value)
    assert read.value is expected
    assert not read.problem


def test_an_impossible_date_is_a_problem() -> None:
    assert wire.day("2023-02-30") == wire.Parsed(None, "impossible")
    assert wire.day("2024-02-29") == wire.Parsed(date(2024, 2, 29))


def test_control_bytes_are_removed_and_counted() -> None:
    assert wire.clean_text("a\x00b\x1fc\td\n\ud83d") == ("abc\td\n", 3)


def test_sixty_thousand_dates_take_well_under_a_second() -> None:
    days = pd.date_range("2025-01-01", periods=60_000, freq="7min").strftime("%Y-%m-%d %H:%M:%S")
    started = time.perf_counter()
    moments(pd.Series(days), DENVER)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    ("name", "data_type", "display", "kind"),
    [
        ("subject", "TEXT", "TEXT", "text"),
        ("body", "Text", "TextArea", "longtext"),
        ("when", "DATE-TIME", "", "datetime"),
        ("owner", "USER", "DROPDOWN", "user"),
        ("account", "linked record", "", "link"),
        ("created_by", "USER", "", "default"),
        ("sigil", "HOLOGRAM", "", "unknown"),
    ],
)
def test_type_words_become_kinds_by_the_table(name: str, data_type: str, display: str, kind: str) -> None:
    assert kind_of(name, data_type, display) == kind
