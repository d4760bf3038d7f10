"""Which records hang together: Related and Converted links as listed, Embedded ones from LINKED RECORD fields.

Link kinds: ivinex-api.md 2.8. A record is named here by (CollectionTypeID, collection_id), both integers.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.ivinex.errors import from_validation
from sandbox.ivinex.tabs import Record, TabRows

Reference = tuple[int, int]


class LinkModel(BaseModel):
    """One line of links.ndjson: two references in the product's own `CollectionTypeID:CollectionID` form."""

    model_config = ConfigDict(extra="forbid")

    From: str = Field(pattern=r"^\d+:\d+$")
    To: str = Field(pattern=r"^\d+:\d+$")
    LinkType: str = "Related"


def reference(text: str) -> Reference:
    """Parses `50:9001`."""
    tab, _, record = text.partition(":")
    return int(tab), int(record)


class Links:
    """Links by either end."""

    def __init__(self) -> None:
        """No links."""
        self._listed: dict[Reference, list[tuple[Reference, str]]] = defaultdict(list)
        self._targets: dict[Reference, tuple[Reference, ...]] = {}
        self._sources: dict[Reference, list[Reference]] = defaultdict(list)

    def load(self, dataset: Path) -> None:
        """Reads links.ndjson; a dataset without it has embedded links only.

        Raises:
            DatasetError: an ill-formed line.
        """
        file = dataset / "links.ndjson"
        if not file.exists():
            return
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    link = LinkModel.model_validate_json(line)
                except ValidationError as error:
                    raise from_validation(file, error, line=number) from error
                self.add(reference(link.From), reference(link.To), link.LinkType)

    def add(self, one: Reference, other: Reference, kind: str) -> None:
        """Links two records, for both of them."""
        self._listed[one].append((other, kind))
        self._listed[other].append((one, kind))

    def embed(self, tab: TabRows, record_id: int, record: Record | None) -> None:
        """Takes over the link fields of a row, instead of those it had before; None for a deleted row."""
        source = (tab.number, record_id)
        for target in self._targets.pop(source, ()):
            self._sources[target].remove(source)
        targets = []
        for name, target_tab in tab.link_fields.items():
            value = str((record or {}).get(name) or "").strip()
            if value.isascii() and value.isdigit() and int(value):
                targets.append((target_tab, int(value)))
        if targets:
            self._targets[source] = tuple(targets)
            for target in targets:
                self._sources[target].append(source)

    def of(self, record: Reference) -> list[tuple[Reference, str]]:
        """Everything linked to a record, each once per kind, sorted by tab and id; the other end may not exist."""
        found = {(other, kind) for other, kind in self._listed.get(record, ())}
        found.update((other, "Embedded") for other in self._targets.get(record, ()))
        found.update((other, "Embedded") for other in self._sources.get(record, ()))
        return sorted(found)
