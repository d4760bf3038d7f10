"""Machine names follow ivinex-api.md 5.2."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.generator.names import machine_name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("First Name", "first_name"),
        ("Sales & Returns / Notes", "sales__returns__notes"),
        ("# of Orders", "_of_orders"),
        ("2nd Phone", "field_2nd_phone"),
        ("From", "field_from"),
        ("Return Shipment Tracking Carrier", "return_shipment_tracking_"),
        ("Straße", "strae"),
        ("🎁", "field_"),
    ],
)
def test_a_label_becomes_a_machine_name(label: str, name: str) -> None:
    assert machine_name(label, set()) == name


def test_names_that_collide_get_numbers_from_zero() -> None:
    taken: set[str] = set()
    assert [machine_name("Status", taken) for _ in range(3)] == ["status", "status0", "status1"]


@given(st.lists(st.text(min_size=1, max_size=60), max_size=20))
def test_names_are_unique_and_plain(labels: list[str]) -> None:
    taken: set[str] = set()
    names = [machine_name(label, taken) for label in labels]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) and not name[0].isdigit() for name in names)
