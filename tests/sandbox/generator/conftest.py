"""One dataset of each profile, generated once and loaded as the server loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.generator.generate import generate_dataset
from sandbox.ivinex.dataset import Dataset


@pytest.fixture(scope="session")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """400 tickets over a year, so that both clock changes lie inside."""
    folder = tmp_path_factory.mktemp("typical") / "dataset"
    generate_dataset(folder, tickets=400, seed=7, days=365)
    return Dataset(folder)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """300 tickets: the number that holds every hostile case."""
    folder: Path = tmp_path_factory.mktemp("hostile") / "dataset"
    generate_dataset(folder, tickets=300, seed=7, profile="hostile")
    return Dataset(folder)
