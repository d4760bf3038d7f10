"""A case of tests/cases as the dataset that the sandbox serves: what all share, with the case's own files over it."""

import shutil
from pathlib import Path

CASES = Path(__file__).parents[1] / "cases"


def case_dataset(name: str, folder: Path) -> Path:
    """A copy in this folder, which must not be there yet."""
    shutil.copytree(CASES / "common", folder)
    shutil.copytree(CASES / name, folder, dirs_exist_ok=True)
    return folder
