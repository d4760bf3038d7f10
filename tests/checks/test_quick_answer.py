"""The quick answer of a schema agrees with pandera's: a frame passes without pandera only where pandera has no word."""

from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

from checks import evaluate
from checks.evaluate import broken_rules
from checks.schemas.limits import UTC_TIME, at_most, flag, moment, one_of, row_rule, schema, text, whole

AT = pd.Timestamp("2026-03-01T10:00", tz="UTC")
SCHEMA = schema(
    "tried",
    {
        "source_id": text("id", unique=True),
        "kind": text("kind", one_of("a", "b")),
        "note": text("note", at_most(3), nullable=True),
        "size": whole("size", pa.Check.ge(1, error="not empty")),
        "on": flag("on"),
        "at": moment("at"),
    },
    "A schema with a rule of every kind.",
    [row_rule(lambda rows: (rows["kind"] == "a") | (rows["size"] > 1), "b is larger than 1")],
)
GOOD = {"source_id": "1", "kind": "a", "note": None, "size": 1, "on": True, "at": AT}
BROKEN: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"source_id": "0"}, ("source_id", "no value twice")),
    ({"source_id": None}, ("source_id", "never empty")),
    ({"kind": "c"}, ("kind", "one of a, b")),
    ({"note": "long"}, ("note", "at most 3 characters")),
    ({"size": 0}, ("size", "not empty")),
    ({"kind": "b"}, ("row", "b is larger than 1")),
    ({"at": pd.NaT}, ("at", "never empty")),
]


def frame(**values: Any) -> pd.DataFrame:
    made = pd.DataFrame([{**GOOD, "source_id": "0"}, GOOD | values])
    return made.assign(at=pd.to_datetime(made["at"], utc=True).astype(UTC_TIME))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The times that pandera was asked."""
    told: list[str] = []
    SCHEMA.validate(frame())  # pandera knows its own checks (isin, ge) from its first validation on
    real = pa.DataFrameSchema.validate
    monkeypatch.setattr(
        pa.DataFrameSchema, "validate", lambda self, *given, **how: told.append("asked") or real(self, *given, **how)
    )
    return told


@pytest.mark.parametrize("as_objects", [False, True])
def test_what_keeps_every_rule_is_not_looked_at_a_second_time(asked: list[str], as_objects: bool):
    rows = frame(note="ab")
    rows = rows.astype({"source_id": object, "note": object}) if as_objects else rows
    assert broken_rules(SCHEMA, rows) == {}
    assert asked == []


@pytest.mark.parametrize(("values", "rule"), BROKEN)
def test_each_broken_rule_is_told_in_pandera_s_words(asked: list[str], values: dict[str, Any], rule: tuple[str, str]):
    assert rule in broken_rules(SCHEMA, frame(**values))[1]
    assert asked == ["asked"]


def test_a_column_too_many_and_a_type_that_is_none_are_told(asked: list[str]):
    for wrong in (frame().assign(more=1), frame().assign(size="x")):
        with pytest.raises(evaluate.NotReadable):
            broken_rules(SCHEMA, wrong)
    assert len(asked) == 2
