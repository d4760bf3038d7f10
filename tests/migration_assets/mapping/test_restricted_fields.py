"""Fields that some groups may not see in Ivinex want a person's decision before every agent sees them in Gorgias."""

from pathlib import Path

import pandas as pd
import pytest

from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.mapping.restricted_fields import (
    restrictions_of,
    restrictions_sentence,
    undecided_restrictions,
)
from migration_assets.mapping.review import as_markdown, proposed

FIELDS = pd.DataFrame(
    [
        {"collection_type_id": "10101", "tab": "Tickets", "field_name": name, "options": "[]", "restricted": why}
        for name, why in (("salary", "not seen by every group (2 named)"), ("size", ""))
    ]
)


SALARY = Target(to="custom_field", name="Salary")


def a_map(target: Target = SALARY, **given: str) -> Mapping:
    return Mapping(
        time_zone="UTC",
        roles={"ticket": ["10101"]},
        fields={
            "ticket": [
                FieldMap(collection_type_id="10101", source="size", target=Target(to="custom_field", name="Size")),
                FieldMap(collection_type_id="10101", source="salary", label="Salary", target=target, **given),
            ]
        },
    )


def test_a_restricted_field_that_the_map_carries_is_asked_about_with_every_choice():
    ((path, message),) = undecided_restrictions(a_map(), restrictions_of(FIELDS))
    assert path[:3] == ("fields", "ticket", 1)
    for part in ("'Salary'", "2 named", "restricted: carry", "drop", "mask", "hash", "skip"):
        assert part in message


@pytest.mark.parametrize(
    "given",
    [{"restricted": "carry"}, {"transform": "drop"}, {"transform": "mask"}, {"transform": "hash"}],
)
def test_each_choice_is_a_decision(given: dict[str, str]):
    assert not list(undecided_restrictions(a_map(**given), restrictions_of(FIELDS)))


def test_a_skipped_field_and_one_that_is_open_to_all_want_none():
    restrictions = restrictions_of(FIELDS)
    assert not list(undecided_restrictions(a_map(Target(to="skip"), reason="private"), restrictions))
    assert not list(undecided_restrictions(a_map(), restrictions_of(FIELDS.assign(restricted=""))))
    assert not list(undecided_restrictions(a_map(), restrictions_of(FIELDS.drop(columns="restricted"))))


def test_a_standard_target_that_cannot_be_hidden_offers_only_what_works():
    ((_, message),) = undecided_restrictions(a_map(Target(to="standard", name="subject")), restrictions_of(FIELDS))
    assert "restricted: carry" in message
    assert "skip" in message
    assert "mask" not in message


def test_the_review_shows_it_first_and_counts_it():
    shown = as_markdown(a_map(), FIELDS).splitlines()
    assert "Salary" in shown[2]
    assert "to be decided: not seen by every group (2 named)" in shown[2]
    assert "1 points are to be decided" in proposed(a_map(), FIELDS).sentence


def test_the_choice_is_part_of_the_version_and_its_absence_is_not():
    plain = a_map()
    assert plain.mapping_version != a_map(restricted="carry").mapping_version
    content = plain.model_dump()
    for item in content["fields"]["ticket"]:
        del item["restricted"]
    assert Mapping.model_validate(content).mapping_version == plain.mapping_version


def test_what_nobody_told_is_said_to_be_unproved_with_the_way_out(tmp_path: Path):
    told = restrictions_sentence(tmp_path, {})
    assert "unproved: no call of Ivinex shows it" in told
    assert "admin_exports/restricted_fields.csv (tab, field, group)" in told
    assert "`migrate discover`" in told
    (tmp_path / "admin_exports").mkdir()
    (tmp_path / "admin_exports" / "restricted_fields.csv").write_text("tab,field,group\n")
    assert restrictions_sentence(tmp_path, restrictions_of(FIELDS)).startswith("1 fields are restricted")
