"""A served Ivinex site for tests: its address, its counts, and edits at the source."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from sandbox.serve import running


@dataclass(frozen=True)
class Site:
    """A running site. Nobody reads certificates here: to load the machine's takes longer than the request."""

    url: str
    credentials: tuple[str, str]

    def stats(self) -> dict[str, Any]:
        """What the site was asked: requests per call, throttled, writes."""
        found: dict[str, Any] = httpx.get(f"{self.url}/_sandbox/stats", verify=False).json()
        return found

    def faults(self, *faults: dict[str, Any]) -> None:
        """Puts faults in force, instead of those before."""
        httpx.post(f"{self.url}/_sandbox/faults", json=list(faults), verify=False).raise_for_status()

    def edit(self, tab: str, collection_id: str | None, fields: dict[str, Any] | None) -> None:
        """Changes, adds (no id) or deletes (no fields) a record."""
        body = {"tab": tab, "collection_id": collection_id, "fields": fields}
        httpx.post(f"{self.url}/_sandbox/records", json=body, verify=False).raise_for_status()


@contextmanager
def serving(dataset: Path) -> Iterator[Site]:
    """Serves a dataset at an unlimited rate."""
    with running(dataset, ivinex_rate=None) as served:
        yield Site(served.ivinex_url, served.ivinex_auth)


def changed(source: Path, folder: Path, **site: Any) -> Path:
    """Copies a dataset and changes keys of its site.json."""
    shutil.copytree(source, folder)
    file = folder / "site.json"
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | site))
    return folder
