"""What is dear to make and only looked at or copied: made by the first process that asks, for all of a session.

It belongs here: one folder with one value for all workers. It does not: what is made (the fixtures that ask).
"""

import copyreg
import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import pytest

Made = TypeVar("Made")


def _result(fields: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(**fields)


# Its own way of being copied gives fields by place, which its constructor does not take.
copyreg.pickle(dg.AssetCheckResult, lambda made: (_result, (made._asdict(),)))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` gave in a new folder of its own; the others of the same session wait for it.

    Args:
        make: gets a folder that exists and is empty; its value is pickled, and nothing may write to the folder later.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"once-{name}"
    folder.mkdir(exist_ok=True)
    value = folder / "value.pickle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not value.exists():
            place = folder / "made"
            place.mkdir()
            made = make(place)
            value.write_bytes(pickle.dumps(made))
            return made
    found: Made = pickle.loads(value.read_bytes())
    return found
