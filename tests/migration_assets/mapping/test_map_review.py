"""What a person is shown of a map: a table, doubtful fields first, and what it leaves open."""

import json
import re
from datetime import UTC, datetime

import pandas as pd
import pytest

from migration_assets.mapping import review
from migration_assets.mapping.map_rows import render_diff
from migration_assets.mapping.model import FieldMap, Mapping, Target
from resources.ledger.records import Confirmation

OPTIONS = {"1": "Open", "2": "Closed", "3": "(please select)", "4": "Snoozed"}
FIELDS = pd.DataFrame(
    [
        {
            "collection_type_id": "10101",
            "tab": "Tickets",
            "field_name": "status",
            "options": json.dumps([{"id": key, "label": label} for key, label in OPTIONS.items()]),
        },
        {"collection_type_id": "10101", "tab": "Tickets", "field_name": "size", "options": "[]"},
    ]
)


def a_map(*items: FieldMap) -> Mapping:
    return Mapping(time_zone="UTC", roles={"ticket": ["10101"]}, fields={"ticket": list(items)})


def field(source: str, confidence: float = 1.0, **more) -> FieldMap:
    to = Target(to="meta", name=source)
    given = {"label": source.title(), "target": to, "reason": "reads like it"} | more
    return FieldMap(collection_type_id="10101", source=source, confidence=confidence, **given)


STATUS = field(
    "status", target=Target(to="standard", name="status"), kind="dropdown", transform="option",
    values={"Open": "open", "2": "closed"}, unmapped="default", default="open",
)  # fmt: skip
CONFIRMATION = Confirmation("v1", "f1", {}, "Ann Lee", datetime(2026, 6, 30, 12, tzinfo=UTC))


def test_the_map_is_a_table_with_the_doubtful_fields_first():
    shown = review.as_markdown(a_map(field("sure"), field("unsure", 0.6)), FIELDS).splitlines()
    assert shown == [
        "| field | target | confidence | reason |",
        "| --- | --- | --- | --- |",
        "| Tickets: Unsure | meta unsure | 0.60 | reads like it |",
        "| Tickets: Sure | meta sure | 1.00 | reads like it |",
    ]


def test_what_the_source_calls_its_fields_is_no_markup():
    (row,) = review.as_markdown(a_map(field("x", label="a|b <script>*c*`d`")), FIELDS).splitlines()[2:]
    assert len(re.split(r"(?<!\\)\|", row)) == 6
    assert "<" not in re.sub("``.*``", "", row)


def test_a_long_map_says_how_many_fields_it_leaves_out():
    shown = review.as_markdown(a_map(*(field(f"f{n}") for n in range(review.MOST_ROWS + 7))), FIELDS)
    assert shown.count("\n| Tickets: ") == review.MOST_ROWS
    assert shown.endswith("And 7 more fields; the whole map is mapping.yaml, or `migrate mapping show`.\n")


@pytest.mark.parametrize(("confidence", "passed"), [(0.85, True), (0.84, False)])
def test_a_proposal_tells_its_doubtful_fields_and_how_to_confirm_it(confidence: float, passed: bool):
    found = review.proposed(a_map(field("sure"), field("size", confidence)), FIELDS)
    assert found.passed is passed
    assert ("1 of 2 fields are doubtful: Tickets: Size" in found.description) is not passed
    assert "confirm_mapping, or `migrate mapping confirm --by NAME`" in found.description


def test_a_confirmed_map_tells_by_whom_and_what_is_open_in_it():
    found = review.confirmed(a_map(field("size", 0.5), STATUS), FIELDS, CONFIRMATION)
    assert "Ann Lee confirmed version v1 on 2026-06-30 12:00 UTC." in found.description
    assert "1 of its 2 fields are doubtful: Tickets: Size" in found.description
    # Open is named by its label and Closed by its id; a placeholder is no option.
    assert "Options that values does not name: Tickets: Status: 1, they become open." in found.description
    assert found.failures == {("confidence", "below 0.85"): 1, ("values", "option not named"): 1}
    whole = STATUS.model_copy(update={"values": STATUS.values | {"Snoozed": "open"}})
    assert review.confirmed(a_map(whole), FIELDS, CONFIRMATION).passed


def test_the_facts_are_numbers_that_plot():
    found = review.facts(a_map(field("sure"), field("unsure", 0.6), STATUS))
    assert found.pop("mapping_version")
    assert found == {"fields": 3, "doubtful": 1, "fields_meta": 2, "fields_standard": 1}


def test_what_changed_since_the_confirmation_is_a_table_that_keeps_to_its_size():
    assert "confirmed yet" in review.changes_as_markdown(None)
    assert "Nothing changed" in review.changes_as_markdown([])
    shown = review.changes_as_markdown([f"change {number}" for number in range(review.MOST_ROWS + 2)])
    assert "change 0" in shown
    assert "And 2 more" in shown


def test_an_option_that_is_to_be_decided_is_shown_with_its_reason_and_what_may_be_written():
    asked = STATUS.model_copy(
        update={"values": {"Open": "open", "Snoozed": "to be decided"}, "value_reasons": {"Snoozed": "no word tells"}}
    )
    (row,) = render_diff(a_map(asked))
    assert row["to_decide"] == [
        "the value of 'Snoozed' (in mapping.yaml write open or closed in its place): no word tells"
    ]
    assert row["values"][1] == {
        **{"option": "Snoozed", "value": "to be decided"},
        **{"confidence": None, "reason": "no word tells"},
    }
