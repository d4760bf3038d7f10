"""The proposer meaning: what is near is proposed, what is known is left to the words, and nothing is closed by it."""

import zlib

import numpy as np
import pytest

from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.languages import languages
from migration_assets.mapping.heuristics.option_values import SURE_ENOUGH, option_values
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.model import TO_DECIDE
from migration_assets.mapping.proposers import meaning
from migration_assets.mapping.proposers.meaning import Meaning, meaning_or_none
from migration_assets.mapping.proposers.proposer import Evidence, Opinion, together
from migration_assets.mapping.proposers.words import Words

SPOKEN = (languages()[0],)
NEAR = {"Zzq": "status", "Zzo": "in progress", "Zzs": "closed", "Zzz-ish": "no hurry"}
"""What the test's encoder takes for the same."""


def encode(texts):
    """Each text a direction of its own, but for those that mean the same."""
    rows = np.zeros((len(texts), 4096))
    for row, text in zip(rows, texts, strict=True):
        row[zlib.crc32(NEAR.get(text, text).encode()) % 4096] = 1.0
    return rows


def evidence(*fields: Source) -> Evidence:
    return Evidence("ticket", list(fields), Reader(SPOKEN))


STATUS = Source("ticket", "1", "T", "zzq", "1", "Zzq", "dropdown", options={"1": "Zzo", "2": "Zzs"})


def test_a_label_that_no_list_knows_has_the_target_that_it_is_near_to():
    opinion = together(Words().propose(evidence(STATUS)), [Meaning(encode).propose(evidence(STATUS))])
    assert opinion.scores["zzq"]["status"] >= 0.7
    assert "its meaning is near to status" in opinion.reasons[("zzq", "status")]


def test_likeness_decides_no_status_and_is_told_as_a_reason():
    thought = Meaning(encode).propose(evidence(STATUS)).values[("zzq", "status")]
    assert thought["Zzs"].value == "closed"
    assert thought["Zzs"].confidence < SURE_ENOUGH["status"]
    found = option_values("status", STATUS, SPOKEN, others=thought)
    assert set(found.values.values()) == {TO_DECIDE}
    assert "near to open" in thought["Zzo"].reason


def test_likeness_decides_a_priority():
    source = Source("ticket", "1", "T", "p", "1", "Priority", "dropdown", options={"1": "Zzz-ish"})
    found = option_values(
        "priority", source, SPOKEN, others=Meaning(encode).propose(evidence(source)).values[("p", "priority")]
    )
    assert found.values == {"Zzz-ish": "low"}


def test_what_the_words_are_sure_of_is_not_asked_again():
    first = Opinion({"a": {"subject": 0.97}})
    assert together(first, [Opinion({"a": {"status": 0.99}})]).scores == {"a": {"subject": 0.97}}


def test_words_that_contradict_each_other_are_not_decided_by_likeness():
    source = Source("ticket", "1", "T", "s", "1", "Status", "dropdown", options={"1": "Closed or open"})
    others = {"Closed or open": Meaning(encode).propose(evidence(STATUS)).values[("zzq", "status")]["Zzo"]}
    assert option_values("status", source, SPOKEN, others=others).values == {"Closed or open": TO_DECIDE}


def test_without_the_extra_there_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(meaning, "find_spec", lambda _: None)
    assert meaning_or_none() is None
