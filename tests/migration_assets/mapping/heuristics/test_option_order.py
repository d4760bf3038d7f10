"""Levels by their place and their number: where words are silent the scale tells, and it never speaks without words."""

from migration_assets.mapping.heuristics.option_order import levels_by_number, levels_by_place


def test_a_level_that_nobody_knows_stands_between_its_neighbours_or_at_the_end() -> None:
    labels = ["Foo", "High", "Bar", "Low", "Baz"]
    found = levels_by_place(labels, {"High": "high", "Low": "low"})
    assert found == {"Foo": "critical", "Bar": "normal", "Baz": "low"}


def test_between_two_steps_it_is_the_more_urgent_one_whichever_way_they_are_listed() -> None:
    known = {"High": "high", "Medium": "normal"}
    assert levels_by_place(["High", "Foo", "Medium"], known) == {"Foo": "high"}
    assert levels_by_place(["Medium", "Foo", "High"], known) == {"Foo": "high"}


def test_levels_without_an_order_or_of_one_kind_tell_nothing() -> None:
    assert levels_by_place(["High", "Low", "Foo", "Medium"], {"High": "high", "Low": "low", "Medium": "normal"}) == {}
    assert levels_by_place(["Urgent", "Foo"], {"Urgent": "critical"}) == {}


def test_numbers_make_a_scale_where_a_word_says_which_end_is_which() -> None:
    down = ["1 - Outage", "2 - Severe", "3 - Foo", "4 - Bar"]
    assert list(levels_by_number(down, {"1 - Outage": "critical"}).values()) == ["critical", "high", "normal", "low"]
    assert (
        levels_by_number(["P0 - Outage", "P1 - Foo", "P2 - Bar", "P3 - Minor"], {"P3 - Minor": "low"})["P1 - Foo"]
        == "high"
    )
    assert levels_by_number(down, {}) == {}
    assert levels_by_number(["1 - Outage", "2 - Foo"], {"1 - Outage": "critical"}) == {}
