"""Vectors that a warehouse keeps: an encoder is asked once a home for each text."""

from pathlib import Path

import numpy as np
import pytest

from migration_assets.mapping.proposers.kept_vectors import kept_vectors
from resources.warehouse import Warehouse


class Encoder:
    """Its vector of a text: the text's length and its first letter; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts):
        self.asked += texts
        return np.array([[len(text), ord(text[0])] for text in texts], float)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def test_the_next_process_of_a_home_asks_only_for_texts_that_are_new(warehouse: Warehouse):
    kept_vectors(warehouse, "model 1", Encoder())(["Status", "Ünïcode"])
    later = Encoder()
    found = kept_vectors(warehouse, "model 1", later)(["Owner", "Ünïcode", "Status", "Owner"])
    assert later.asked == ["Owner"]
    assert found.tolist() == [[5, ord("O")], [7, ord("Ü")], [6, ord("S")], [5, ord("O")]]


def test_what_another_model_said_is_not_used(warehouse: Warehouse):
    kept_vectors(warehouse, "model 1", Encoder())(["Status"])
    other = Encoder()
    kept_vectors(warehouse, "model 2", other)(["Status"])
    assert other.asked == ["Status"]
