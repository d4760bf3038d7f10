"""What a sweep read of a day's tickets stands for a read of its own only while nobody touched the day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from target_account import CONFIG, DAY, Target, connected, load
from verified_account import differences, verify

from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.ticket_read_back import read_back
from resources.ledger import Ledger
from sandbox.serve import running_gorgias


@pytest.fixture
def account(ledger: Ledger, tmp_path: Path) -> Iterator[tuple[Target, httpx.Client]]:
    """One ticket, loaded and verified by a sweep."""
    with running_gorgias(CONFIG) as served, connected(served, ledger, tmp_path) as made:
        load(made, 1)
        verify(made)
        with httpx.Client(base_url=served.gorgias_url, auth=served.gorgias_auth, timeout=30, verify=False) as http:
            yield made, http


def verify_day(target: Target) -> dict[str, int]:
    """The day alone, as a later run does it; returns the requests that it took."""
    target.connection.counts.take()
    read_back(target.reader, target.ledger, target.warehouse, CallCounter(lambda: 0), [DAY])
    compare_days(target.warehouse, target.ledger, [DAY], datetime.now(UTC))
    return target.connection.counts.take()


def test_a_day_that_nobody_touched_since_the_sweep_costs_no_read_of_a_ticket(account: tuple[Target, httpx.Client]):
    assert "GET /api/tickets/{id}" not in verify_day(account[0])
    assert differences(account[0]) == []


def test_a_ticket_that_is_deleted_after_the_sweep_is_missing(account: tuple[Target, httpx.Client]):
    target, http = account
    (number,) = target.ledger.known_writes.gorgias_ids("tickets").values()
    http.delete(f"/api/tickets/{number}").raise_for_status()
    verify_day(target)
    assert ("tickets", "missing") in {(row[0], row[2]) for row in differences(target)}
