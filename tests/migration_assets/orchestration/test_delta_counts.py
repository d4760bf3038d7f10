"""What a delta says of what is gone at the source is what its own table says."""

from migration_assets.orchestration.delta import Delta, counted_changes

ROWS = [
    {"object": "tickets", "source_id": "ivinex:20:1", "kind": "gone"},
    {"object": "activities", "source_id": "ivinex:30:1@ivinex:20:1", "kind": "gone"},
    {"object": "activities", "source_id": "ivinex:30:2@ivinex:20:1", "kind": "gone"},
    {"object": "tickets", "source_id": "ivinex:20:2", "kind": "changed"},
]


def delta(found: dict[str, int]) -> Delta:
    return Delta(found, days=1, writes=2, left=0, watermark="")


def test_the_line_names_each_kind_with_the_number_of_the_table():
    found = counted_changes(ROWS, gone_contacts=3)
    assert found == {"activities gone": 2, "contacts gone": 3, "tickets changed": 1, "tickets gone": 1}
    done = delta(found)
    assert done.gone == 6
    sentence = "Gone at the source: 2 activities, 3 contacts, 1 tickets. What was written of them stays in Gorgias"
    assert done.gone_sentence().startswith(sentence)
    assert sentence in done.sentence()
    assert done.as_data()["gone"] == done.as_numbers()["gone"] == 6


def test_a_delta_that_found_nothing_gone_says_nothing_of_it():
    assert delta({"tickets changed": 1}).gone_sentence() == ""


def test_what_moved_to_another_day_is_not_gone():
    moved = [
        {"object": "tickets", "source_id": "ivinex:20:1", "kind": kind, "partition": day}
        for kind, day in (("gone", "2026-01-05"), ("new", "2026-01-06"))
    ]
    found = counted_changes([*moved, ROWS[3]], gone_contacts=0)
    assert found == {"tickets changed": 1, "tickets moved to another day": 1}
    assert delta(found).gone == 0
