"""Which site an account is loaded from: bound once, and another one is refused by name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from migration_assets.mapping.source_site import OtherSite, bind_site, require_same_host, require_same_site
from resources.ledger import Ledger
from resources.warehouse import Table, Warehouse

FIELDS = Table("ivinex.fields", {"collection_type_id": ("VARCHAR", ""), "tab": ("VARCHAR", "")})
SWEEP = Table("ivinex.ticket_sweep", {"source_id": ("VARCHAR", ""), "created_at": ("TIMESTAMPTZ", "")})
FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Source:
    """What was read of a site."""

    def __init__(self, folder: Path):
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        self.warehouse.replace(FIELDS, pd.DataFrame([{"collection_type_id": "20", "tab": "Tickets"}]))

    def holds(self, numbers: range, hours: int = 0, edited: int = 0) -> None:
        rows = [
            {
                "source_id": f"ivinex:20:{n}",
                "created_at": pd.Timestamp(FIRST + timedelta(days=n, hours=hours or (5 if n < edited else 0))),
            }
            for n in numbers
        ]
        self.warehouse.replace(SWEEP, pd.DataFrame(rows))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "staging:shop")


@pytest.fixture
def source(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setenv("IVINEX_BASE_URL", "https://one.ivinex.com")
    made = Source(tmp_path)
    made.holds(range(60))
    require_same_site(ledger, made.warehouse)
    bind_site(ledger, made.warehouse)
    return made


def test_another_host_is_refused_before_anything_is_read(
    ledger: Ledger, source: Source, monkeypatch: pytest.MonkeyPatch
):
    require_same_host(ledger)
    monkeypatch.setenv("IVINEX_BASE_URL", "https://two.ivinex.com")
    with pytest.raises(OtherSite, match=r"is loaded from one\.ivinex\.com.*another site: two\.ivinex\.com"):
        require_same_host(ledger)


def test_the_same_site_goes_on_though_it_grew_lost_some_and_had_some_edited(ledger: Ledger, source: Source):
    source.holds(range(10, 300), edited=20)
    require_same_site(ledger, source.warehouse)
    source.holds(range(55, 60))
    require_same_site(ledger, source.warehouse)


@pytest.mark.parametrize("what", ["the same ids", "other ids"])
def test_another_site_at_the_same_address_is_known_by_its_tickets(ledger: Ledger, source: Source, what: str):
    source.holds(range(60), hours=7) if what == "the same ids" else source.holds(range(900, 960))
    with pytest.raises(OtherSite, match="Nothing was written"):
        require_same_site(ledger, source.warehouse)


def test_addresses_of_this_machine_say_nothing(ledger: Ledger, source: Source, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IVINEX_BASE_URL", "http://127.0.0.1:4711")
    require_same_site(ledger, source.warehouse)
