"""Open tickets first, each customer just before its first ticket, a stop between: nothing twice, all balances."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from mini_migration import MiniMigration, dataset_of, mini_migration
from mini_runner import MiniRunner, migration_of

from migration_assets.orchestration.signals import Interrupted
from migration_assets.staging.conversations.open_tickets import open_tickets
from resources.ledger import Ledger

pytestmark = pytest.mark.acceptance
TICKETS = 14


@dataclass
class Loaded:
    """A load that was ended after the open tickets, and went on."""

    mini: MiniMigration
    first: set[str]
    first_customers: set[str]
    first_gates: set[str]
    order: list[tuple[str, str]]
    calls: dict[str, int]
    again: dict[str, int]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("order")
    with mini_migration(dataset_of(folder / "data", TICKETS), folder / "home") as mini:
        mini.discover()

        def calls() -> dict[str, int]:
            return requests.get(f"{mini.sandbox.gorgias_url}/_sandbox/stats", timeout=5).json()["requests"]

        class EndsBeforeDays(MiniRunner):
            def run(self, job: str, days=None, only=None) -> None:
                if job == "load_days" and not self.open_tickets:
                    raise Interrupted("ended")
                super().run(job, days, only)

        ended = migration_of(mini)
        ended.runner = EndsBeforeDays(mini)  # type: ignore[assignment]
        with pytest.raises(Interrupted):
            ended.load()
        first = created(mini.ledger, "tickets")
        customers, gates = created(mini.ledger, "customers"), set(mini.ledger.quality_gates.gate_rows()["check_name"])
        migration_of(mini).load()
        done = calls()
        migration_of(mini).load()
        yield Loaded(mini, set(first), set(customers), gates, in_order(mini.ledger), done, calls())


def created(ledger: Ledger, name: str) -> list[str]:
    return [one for one in ledger.known_writes.gorgias_ids(name) if not one.startswith("canary")]


def in_order(ledger: Ledger) -> list[tuple[str, str]]:
    """(object, source id) of creates, as they were begun."""
    with ledger.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT object, source_id FROM writes WHERE part = 'create' AND object IN ('customers', 'tickets') "
            "ORDER BY intent_at, rowid"
        )
        return [(row[0], row[1]) for row in rows]


def test_the_first_part_is_the_open_tickets_of_all_days_and_only_their_customers(loaded: Loaded):
    store = loaded.mini.warehouse
    wanted = store.rows("SELECT source_id, customer_source_id AS customer FROM staging.tickets WHERE status = 'open'")
    assert loaded.first == {row["source_id"] for row in wanted} != set()
    assert len(loaded.first) < TICKETS
    assert {row["customer"] for row in wanted} <= loaded.first_customers
    assert len(loaded.first_customers) < store.scalar("SELECT count(*) FROM staging.customers")


def test_what_the_scan_says_of_open_tickets_is_what_is_staged(loaded: Loaded):
    assert set(open_tickets(loaded.mini.warehouse, migration_of(loaded.mini).confirmed_map())) == loaded.first


def test_a_part_of_a_day_is_no_gate_of_the_day(loaded: Loaded):
    assert "staging/tickets:schema" in loaded.first_gates
    assert not [name for name in loaded.first_gates if name.startswith(("gorgias/tickets", "gorgias/ticket_changes"))]
    assert "gorgias/tickets:balance" in set(loaded.mini.ledger.quality_gates.gate_rows()["check_name"])


def test_after_a_stop_between_the_two_parts_nothing_is_made_twice(loaded: Loaded):
    tickets = loaded.mini.ledger.outcomes.outcomes_of("tickets")
    assert (tickets["outcome"].tolist(), tickets["gorgias_id"].nunique()) == (["created"] * TICKETS, TICKETS)
    customers = loaded.mini.warehouse.scalar("SELECT count(*) FROM staging.customers")
    # The canary makes three tickets and one customer, and takes them away.
    assert loaded.calls["POST /api/tickets"] == TICKETS + 3
    assert loaded.calls["POST /api/customers"] == customers + 1
    assert all(result.passed for result in loaded.mini.check().values())


def test_each_customer_goes_before_its_first_ticket(loaded: Loaded):
    at = {key: number for number, key in enumerate(loaded.order)}
    rows = loaded.mini.warehouse.rows("SELECT source_id, customer_source_id AS customer FROM staging.tickets")
    assert all(at["customers", row["customer"]] < at["tickets", row["source_id"]] for row in rows)
    first_ticket = min(number for (name, _), number in at.items() if name == "tickets")
    assert any(number > first_ticket for (name, _), number in at.items() if name == "customers")


def test_the_same_load_again_sends_nothing(loaded: Loaded):
    writes = [name for name, number in loaded.again.items() if number > loaded.calls[name] and name[:3] != "GET"]
    assert writes == []
