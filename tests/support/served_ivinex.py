"""A sandbox's Ivinex as its own tests ask it: how it is served, and the rows of a tab."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

Serve = Callable[..., AbstractContextManager[httpx.Client]]
Choose = Callable[..., Path]


def records(client: httpx.Client, number: int = 100, **more: Any) -> list[dict[str, Any]]:
    """A page of the Records JSON dialect, of the cases where no tab is said."""
    answer = client.get("/API/Records.php", params={"CollectionTypeID": number, **more})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["Records"]
    return found
