"""A proposal is made once for the same schema, records, roles and settings, and anew for others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE, PROPOSED, Proposal
from migration_assets.mapping.earlier_proposal import proposal_of
from migration_assets.mapping.model import Mapping
from resources.warehouse import Warehouse

TAB = {"collection_type_id": "10101", "tab": "Tickets", "role": "ticket", "listed": True, "readable": True}
FIELD = {"collection_type_id": "10101", "tab": "Tickets", "field_name": "size", "label": "Size", "kind": "number"}
RECORD = {"collection_type_id": "10101", "source_id": "ivinex:10101:1", "content_hash": "aa", "raw": "{}"}


class Site:
    """Counts how often a proposal is made."""

    def __init__(self, home: Path):
        self.home, self.made = home, 0
        self.warehouse = Warehouse(home / "warehouse.duckdb")
        self.fill(tables.TABS, TAB)
        self.fill(tables.FIELDS, FIELD)
        self.fill(tables.TICKET_SWEEP, RECORD)

    def fill(self, table: Any, row: dict[str, Any]) -> None:
        self.warehouse.replace(table, pd.DataFrame([row]))

    def propose(self, *settings: Any) -> Proposal:
        def make() -> Proposal:
            self.made += 1
            path = self.home / (PROPOSED if (self.home / FILE).exists() else FILE)
            mapping = Mapping(time_zone="UTC", roles={"ticket": ["10101"]}, fields={}, to_decide=[f"Map {self.made}?"])
            mapping_file.save(path, mapping)
            return Proposal(mapping, path)

        return proposal_of(self.warehouse, self.home, settings, make)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    with made.warehouse.held():
        yield made


def test_the_same_is_proposed_once_and_written_beside_the_map_of_a_person(site: Site):
    first = site.propose("UTC", 25)
    (site.home / FILE).write_text((site.home / FILE).read_text().replace("Map 1?", "decided"))
    (site.home / PROPOSED).write_text("of an earlier schema")
    site.fill(tables.TICKET_SWEEP, RECORD | {"raw": '{"url": "with a fresh token"}'})
    again = site.propose("UTC", 25)
    assert site.made == 1
    assert again.mapping == first.mapping
    assert (first.path.name, again.path.name) == (FILE, PROPOSED)
    assert "Map 1?" in again.path.read_text()
    assert "decided" in first.path.read_text()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (tables.TICKET_SWEEP, RECORD | {"content_hash": "bb"}),
        (tables.FIELDS, FIELD | {"label": "Shoe size"}),
        (tables.TABS, TAB | {"tab": "Cases"}),
        (None, {}),
    ],
)
def test_what_it_is_made_of_makes_it_anew(site: Site, table: Any, row: dict[str, Any]):
    site.propose("UTC", 25)
    site.propose("UTC", 25)
    before = site.made
    if table is not None:
        site.fill(table, row)
    site.propose("UTC", 25 if table is not None else 24)
    assert site.made == before + 1
