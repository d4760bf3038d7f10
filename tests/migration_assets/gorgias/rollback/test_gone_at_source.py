"""What the source does not hold any more is not taken back, unless a person asks for it."""

from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd
import pytest
from target_account import COLOUR, CONFIG, DAY, Target, connect, load

from migration_assets.gorgias.field_state import state_of, stored
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.gorgias.rollback.judge import customer_state
from migration_assets.gorgias.rollback.plan import GONE_AT_SOURCE, Disposition, Plan
from migration_assets.gorgias.rollback.planner import make_plan
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.ivinex import tables
from migration_assets.orchestration.rollback import PlanShown
from migration_assets.orchestration.rollback_scope import requested_scope
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.serve import running_gorgias

CUSTOMER = "ivinex:10:1"
TICKETS = tuple(f"ivinex:20:{number}" for number in (1, 2, 3))
ACTIVITIES = tuple(f"ivinex:30:{number * 100 + place}" for number in (1, 2, 3) for place in range(2))
SOURCE = (
    (tables.CONTACTS, [{"source_id": CUSTOMER}]),
    (tables.TICKET_SWEEP, [{"source_id": name, "partition": DAY} for name in TICKETS]),
    (tables.ACTIVITY_SWEEP, [{"source_id": name} for name in ACTIVITIES]),
    (tables.VERSIONS, [{"source_id": name} for name in (CUSTOMER, *TICKETS, *ACTIVITIES)]),
    (tables.USERS, [{"source_id": "ivinex:user:7"}, {"source_id": "ivinex:user:8"}]),
    (tables.GROUPS, [{"group_id": "1"}, {"group_id": "2"}]),
    (tables.FIELDS, [{"collection_type_id": "20", "field_id": number} for number in ("5", "6")]),
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("gone")
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "demo:test")
    with running_gorgias(CONFIG) as served:
        warehouse = Warehouse(home / "warehouse.duckdb")
        target = connect(served.gorgias_url, served.gorgias_auth, ledger, warehouse)
        with warehouse.held():
            load(target, len(TICKETS), messages=2)
            target.gate.close()
            warehouse.replace(WRITTEN, pd.DataFrame(_left(target)))
            yield target
        target.connection.close()
    ledger.close()


@pytest.fixture
def target(loaded: Target) -> Target:
    """The source holds all that was written."""
    with loaded.warehouse.transaction() as tx:
        for table, rows in SOURCE:
            tx.replace(table, pd.DataFrame(rows).reindex(columns=list(table.columns)))
    return loaded


def _left(target: Target) -> Iterator[dict[str, Any]]:
    for name, number in target.tickets.items():
        body = target.reader.get(f"/api/tickets/{number}")
        messages = {
            one["external_id"]: {"source_id": f"{one['external_id']}@{name}", "state": stored(state_of(one))}
            for one in body["messages"]
        }
        yield _row("tickets", name, DAY, {"ticket": stored(state_of(body)), "messages": messages})
    number = target.ledger.known_writes.gorgias_ids("customers")[CUSTOMER]
    customer = target.reader.get(f"/api/customers/{number}")
    yield _row("customers", CUSTOMER, None, {"customer": stored(customer_state(customer))})


def _row(object: str, name: str, day: str | None, base: dict[str, Any]) -> dict[str, Any]:
    return {"object": object, "source_id": name, "partition": day, "base": orjson.dumps(base).decode()}


def plan(target: Target, **asked: Any) -> Plan:
    return make_plan(target.warehouse, target.ledger, target.reader, Scope(**asked))


def kept(made: Plan) -> dict[str, str]:
    return {item.written.source_id: item.reason for item in made.items if item.fate is Disposition.keep}


def delete_at_source(target: Target, table: str, where: str) -> None:
    target.warehouse.execute(f"DELETE FROM {table} WHERE {where}")


def test_with_all_at_the_source_nothing_is_kept(target: Target):
    assert kept(plan(target)) == {}


def test_a_ticket_that_is_gone_at_the_source_stays_with_all_that_it_needs(target: Target):
    delete_at_source(target, "ivinex.ticket_sweep", f"source_id = '{TICKETS[0]}'")
    made = plan(target)
    reasons = kept(made)
    assert reasons.pop(TICKETS[0]) == GONE_AT_SOURCE
    referred = f"referred to by ticket {target.tickets[TICKETS[0]]}"
    assert reasons.pop(CUSTOMER) == referred
    assert {"ivinex:user:7", "ivinex:group:1", COLOUR} <= {
        name for name, reason in reasons.items() if reason == referred
    }
    assert (made.count("tickets", Disposition.delete), made.count("tickets", Disposition.keep)) == (2, 1)
    assert made.count("messages", Disposition.keep) == 2
    assert made.balanced


def test_a_ticket_stays_for_one_message_that_is_gone_at_the_source(target: Target):
    delete_at_source(target, "ivinex.activity_sweep", f"source_id = '{ACTIVITIES[2]}'")
    made = plan(target)
    assert kept(made)[TICKETS[1]] == f"1 of its messages: {GONE_AT_SOURCE}"
    assert made.count("tickets", Disposition.delete) == 2


@pytest.mark.parametrize(
    ("table", "where", "name"),
    [
        ("ivinex.contacts", f"source_id = '{CUSTOMER}'", CUSTOMER),
        ("ivinex.users", "source_id = 'ivinex:user:7'", "ivinex:user:7"),
        ("ivinex.groups", "group_id = '1'", "ivinex:group:1"),
        ("ivinex.fields", "field_id = '5'", COLOUR),
    ],
)
def test_whatever_else_is_gone_at_the_source_stays_by_itself(target: Target, table: str, where: str, name: str):
    delete_at_source(target, table, where)
    reasons = kept(plan(target))
    assert reasons.pop(name) == GONE_AT_SOURCE
    assert set(reasons.values()) <= {f"referred to by team {number}" for number in range(1, 99)}


def test_a_source_that_was_not_read_again_says_of_nothing_that_it_is_gone(target: Target):
    for table, _ in SOURCE:
        target.warehouse.execute(f"DELETE FROM {table.name}")
    assert kept(plan(target)) == {}


def test_whoever_wants_it_gone_all_the_same_asks_for_it(target: Target):
    delete_at_source(target, "ivinex.ticket_sweep", f"source_id = '{TICKETS[0]}'")
    assert kept(plan(target, deleted_at_source=True)) == {}
    asked = requested_scope(None, None, [], None, False, target.ledger, lambda _: set(), deleted_at_source=True)
    assert asked == Scope(deleted_at_source=True)
    assert asked.digest != Scope().digest


def test_the_summary_counts_them_and_says_the_way_out(target: Target):
    delete_at_source(target, "ivinex.ticket_sweep", f"source_id <> '{TICKETS[2]}'")
    shown = PlanShown(plan(target), 1, target.warehouse.path)
    assert shown.as_data()["gone_at_source"] == {"tickets": 2}
    (said,) = [one for one in shown.sentences() if GONE_AT_SOURCE in one]
    assert "2 tickets" in said
    assert "`deleted_at_source`" in said
    assert "`migrate rollback --deleted-at-source`" in said
