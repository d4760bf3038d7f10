"""The second reading of values: what an option of any language must have become."""

from zoneinfo import ZoneInfo

import pytest

from migration_assets.mapping.model import FieldMap, Target
from migration_assets.staging.validation.witness_values import Expected

LABELS = {"7": "(scegliere)", "8": "Magazzino", "9": "-- Wybierz zespół --", "10": "--"}


def agrees(transform: str, wire: str, staged: object) -> bool:
    item = FieldMap(
        collection_type_id="1", source="squadra", target=Target(to="standard", name="team"), transform=transform
    )
    return Expected(ZoneInfo("UTC"), {("1", "squadra"): LABELS}).agrees(item, wire, staged)


@pytest.mark.parametrize("option", ["7", "9", "10"])
def test_an_option_that_asks_to_choose_is_nothing_in_every_language(option: str):
    assert agrees("option", option, None)
    assert agrees("labels", f"{option},8", ["Magazzino"])


def test_an_option_that_says_something_must_be_there():
    assert not agrees("option", "8", None)
    assert not agrees("labels", "7,8", [])
    assert agrees("option", "8", "Magazzino")
