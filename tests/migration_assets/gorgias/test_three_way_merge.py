"""The rule of the merge, over every combination of base, source and target."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from migration_assets.gorgias.field_state import change_of, restored, state_of, stored
from migration_assets.gorgias.three_way_merge import ABSENT, Base, after, merge

KEYS = st.sampled_from([("status", ""), ("subject", ""), ("tags", "vip"), ("tags", "new"), ("custom_fields", "7")])
STATES = st.dictionaries(KEYS, st.sampled_from(["a", "b", "c"]), max_size=5)


@given(STATES, STATES)
def test_what_only_the_target_changed_stays(base, target):
    merged = merge(Base(base), base, target)
    assert (merged.write, merged.conflicts) == ({}, [])
    assert merged.written == base


@given(STATES, STATES)
def test_what_only_the_source_changed_is_written(base, source):
    merged = merge(Base(base), source, base)
    assert after(base, merged.write) == source
    assert merged.written == source
    assert merged.conflicts == []


@given(STATES, STATES)
def test_what_both_changed_alike_is_left_alone(base, source):
    merged = merge(Base(base), source, source)
    assert (merged.write, merged.conflicts) == ({}, [])


@given(STATES, STATES, STATES)
def test_a_conflict_is_where_all_three_differ_and_the_target_keeps_its_value(base, source, target):
    merged = merge(Base(base), source, target)
    for one in merged.conflicts:
        assert one.base != one.source != one.target != one.base
        assert one.key not in merged.write
    for key, value in merged.write.items():
        assert target.get(key, ABSENT) == base.get(key, ABSENT)
        assert value == source.get(key, ABSENT)


@given(STATES, STATES, STATES)
def test_merging_again_writes_nothing(base, source, target):
    first = merge(Base(base), source, target)
    held = after(target, first.write)
    again = merge(Base(first.written, first.declined), source, held)
    assert again.write == {}
    assert [one.key for one in again.conflicts] == [one.key for one in first.conflicts]


@given(STATES, STATES)
def test_without_a_base_nothing_is_overwritten(source, target):
    merged = merge(None, source, target)
    assert merged.write == {}
    assert {one.key for one in merged.conflicts} == {key for key in source if source[key] != target.get(key)}


@given(STATES, STATES, STATES)
def test_theirs_keeps_the_target_for_good_and_ours_writes_the_source(base, source, target):
    fields = {".".join(part for part in one.key if part) for one in merge(Base(base), source, target).conflicts}
    theirs = merge(Base(base), source, target, theirs=fields)
    held = after(target, theirs.write)
    later = merge(Base(theirs.written, theirs.declined), source, held)
    assert (theirs.conflicts, later.write, later.conflicts) == ([], {}, [])
    ours = merge(Base(base), source, target, ours=fields)
    held = after(target, ours.write)
    assert ours.conflicts == []
    for key in base.keys() | source.keys():
        if source.get(key) != base.get(key):
            assert held.get(key) == source.get(key)


@given(STATES)
def test_a_state_survives_its_json(state):
    assert restored(stored(state)) == state


def test_a_body_and_an_answer_that_say_the_same_are_one_state():
    asked: dict[str, Any] = {
        "customer": {"id": 3},
        "tags": [{"name": "vip"}],
        "custom_fields": [{"id": 7, "value": "x"}],
        "created_datetime": "2026-07-01T10:00:00+02:00",
        "subject": None,
    }
    answer = {
        "customer": {"id": 3, "name": "Somebody"},
        "tags": [{"id": 1, "name": "vip", "decoration": None}],
        "custom_fields": {"7": {"id": 7, "value": "x", "field": {}}},
        "created_datetime": "2026-07-01T08:00:00",
        "subject": "",
    }
    assert state_of(asked) == state_of(answer)


def test_a_set_goes_whole_and_what_was_taken_out_is_said():
    target = {("tags", "kept"): True, ("custom_fields", "7"): "x", ("custom_fields", "8"): "y"}
    change = change_of(target, {("tags", "new"): True, ("custom_fields", "8"): ABSENT})
    assert change["tags"] == [{"name": "kept"}, {"name": "new"}]
    assert change["custom_fields"] == [{"id": 7, "value": "x"}, {"id": 8, "value": None}]
