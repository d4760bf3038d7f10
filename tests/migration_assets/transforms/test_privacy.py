"""Private fields: what reaches Gorgias of them, and that the witness of staging sees a leak."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.staging.validation.witness_values import Expected
from migration_assets.transforms.apply import apply
from migration_assets.transforms.lookups import Lookups
from migration_assets.transforms.privacy import hash_key, hashed, masked

KEY = b"a key of this test only"
LOOKUPS = Lookups(options={("1", "color"): {"7": "Dark Red"}}, hash_key=KEY)


def field(transform: str, source: str = "note", kind: str = "text", to: str = "meta", name: str = "M") -> FieldMap:
    target = Target(to=to, name=name)  # type: ignore[arg-type]
    return FieldMap(collection_type_id="1", source=source, label="L", kind=kind, target=target, transform=transform)


def mapped(item: FieldMap, *values: str):
    mapping = Mapping(time_zone="UTC", roles={"ticket": ["1"]}, fields={"ticket": [item]})
    return apply([{item.source: value} for value in values], mapping, "ticket", "1", LOOKUPS)


def test_a_mask_keeps_the_form_and_no_letter_of_any_script():
    assert masked("Ännä Müller, 12-A 日本") == "Xxxx Xxxxxx, 00-X xx"


def test_a_hash_joins_equal_values_under_one_key_and_no_other():
    assert hashed("a@x.example", KEY) == hashed(" a@x.example ", KEY) != hashed("b@x.example", KEY)
    assert hashed("a@x.example", KEY) != hashed("a@x.example", b"another key of a test")


def test_a_dropped_field_arrives_nowhere_and_is_a_loss_with_a_count():
    out = mapped(field("drop"), "secret", "", "other")
    assert out.extra == [{}, {}, {}]
    assert out.losses[("1.note", "dropped for privacy")] == 2


def test_an_option_is_hashed_by_its_label_and_a_note_is_masked():
    assert mapped(field("hash", "color", "dropdown"), "7").extra[0]["M"] == hashed("Dark Red", KEY)
    out = mapped(field("mask", to="note"), "Ann 5")
    assert out.notes == [["L: Xxx 0"]]
    assert out.losses[("1.note", "masked for privacy")] == 1


def test_a_value_that_cannot_be_read_is_not_quoted_anywhere():
    out = mapped(field("mask", kind="number"), "Ann Lee")
    assert "Ann" not in str(out)


def test_without_a_key_the_rows_are_refused_and_not_hashed_plainly():
    item = field("hash")
    mapping = Mapping(time_zone="UTC", roles={"ticket": ["1"]}, fields={"ticket": [item]})
    out = apply([{"note": "Ann"}], mapping, "ticket", "1", Lookups())
    assert list(out.rejects) == [0]
    assert out.extra == [{}]


@pytest.mark.parametrize("name", ["subject", "status", "description", "contact"])
def test_what_a_message_is_or_is_told_apart_by_cannot_be_private(name: str):
    mapping = Mapping(
        time_zone="UTC", roles={"ticket": ["1"]}, fields={"ticket": [field("hash", to="standard", name=name)]}
    )
    assert any("write target: {to: skip}" in told for _, told in mapping.problems())


@pytest.mark.parametrize(
    ("transform", "staged", "fine"),
    [
        ("mask", "Xxx 0", True),
        ("mask", "Ann 0", False),
        ("mask", None, False),
        ("hash", "0" * 32, True),
        ("hash", "Ann", False),
        ("drop", None, True),
        ("drop", "Ann", False),
    ],
)
def test_the_witness_of_staging_sees_what_shows(transform: str, staged: str | None, fine: bool):
    assert Expected(ZoneInfo("UTC")).agrees(field(transform), "Ann 5", staged) is fine


def test_the_key_is_made_once_for_its_owner_only_or_given(tmp_path: Path):
    made = hash_key(tmp_path, None)
    assert made == hash_key(tmp_path, None)
    assert len(made) == 64
    assert (tmp_path / "private" / "hash_key").stat().st_mode & 0o077 == 0
    assert hash_key(tmp_path, "given by a setting") == b"given by a setting"
