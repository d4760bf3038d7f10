"""The walk after a load finds what was changed in Gorgias, and says exactly which field it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from target_account import COLOUR, CONFIG, Target, connect, load

from migration_assets.reconciliation import target_counts
from migration_assets.reconciliation.agreement import CUSTOMER_FIELDS, MESSAGE_FIELDS, TICKET_FIELDS
from migration_assets.reconciliation.target_counts import difference_counts, look, target_walk
from migration_assets.reconciliation.values import SAMPLE, same
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource
from sandbox.gorgias.account import Account
from sandbox.serve import RunningGorgias, running_gorgias

TICKET = "ivinex:20:2"


@pytest.fixture
def served() -> Iterator[RunningGorgias]:
    with running_gorgias(CONFIG) as running:
        yield running


@pytest.fixture
def target(served: RunningGorgias, ledger: Ledger, tmp_path: Path) -> Iterator[Target]:
    made = connect(served.gorgias_url, served.gorgias_auth, ledger, Warehouse(tmp_path / "warehouse.duckdb"))
    load(made, tickets=3)
    yield made
    made.gate.close()
    made.connection.close()


def found(target: Target, salt: str = "") -> list[tuple[Any, ...]]:
    look(target.reader, target.ledger, target.warehouse, salt)
    rows = target.warehouse.rows(
        "SELECT object, field, kind, source_id FROM reconciliation.differences ORDER BY ALL NULLS LAST"
    )
    return [tuple(row.values()) for row in rows]


def ticket(target: Target, account: Account) -> dict[str, Any]:
    return account.tickets.rows[target.tickets[TICKET]]


def messages(target: Target, account: Account) -> list[dict[str, Any]]:
    return account.messages.by("ticket_id", target.tickets[TICKET])


def test_a_load_that_nobody_touched_agrees(target: Target):
    assert found(target) == []


def test_a_changed_time_of_a_message_is_found(target: Target, served: RunningGorgias):
    messages(target, served.gorgias)[0]["created_datetime"] = "2026-01-05T10:00:01+00:00"
    assert found(target) == [("messages", "created_datetime", "different", f"ivinex:30:200@{TICKET}")]


def test_a_changed_owner_is_found(target: Target, served: RunningGorgias):
    ticket(target, served.gorgias)["assignee_user_id"] = None
    assert found(target) == [("tickets", "assignee", "different", TICKET)]


def test_a_team_that_somebody_took_from_a_ticket_is_found(target: Target, served: RunningGorgias):
    ticket(target, served.gorgias)["assignee_team_id"] = None
    assert found(target) == [("tickets", "team", "different", TICKET)]


def test_a_changed_custom_field_value_is_found(target: Target, served: RunningGorgias):
    row = ticket(target, served.gorgias)
    (number,) = row["custom_fields"]
    row["custom_fields"][number] = "blue"
    assert found(target) == [("tickets", COLOUR, "different", TICKET)]


def test_a_removed_custom_field_value_is_found(target: Target, served: RunningGorgias):
    ticket(target, served.gorgias)["custom_fields"].clear()
    assert found(target) == [("tickets", COLOUR, "different", TICKET)]


def test_a_missing_ticket_is_found_with_its_messages(target: Target, served: RunningGorgias):
    account = served.gorgias
    for message in list(messages(target, account)):
        account.messages.remove(message["id"])
    account.tickets.remove(target.tickets[TICKET])
    assert found(target) == [
        ("messages", "*", "missing", f"ivinex:30:200@{TICKET}"),
        ("messages", "*", "missing", f"ivinex:30:201@{TICKET}"),
        ("tickets", "*", "missing", TICKET),
    ]


def test_a_deleted_message_is_found(target: Target, served: RunningGorgias):
    served.gorgias.messages.remove(messages(target, served.gorgias)[1]["id"])
    assert found(target) == [
        ("messages", "*", "missing", f"ivinex:30:201@{TICKET}"),
        ("tickets", "messages_count", "different", TICKET),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", "other"), ("status", "open"), ("priority", "high"), ("channel", "phone"), ("tag_ids", [])],
)
def test_a_changed_field_of_a_ticket_is_found(target: Target, served: RunningGorgias, field: str, value: Any):
    row = ticket(target, served.gorgias)
    row[field] = value
    assert found(target) == [("tickets", "tags" if field == "tag_ids" else field, "different", TICKET)]


def test_a_trashed_ticket_is_found(target: Target, served: RunningGorgias):
    ticket(target, served.gorgias)["trashed_datetime"] = "2026-02-01T00:00:00+00:00"
    assert found(target) == [("tickets", "*", "trashed", TICKET)]


def test_a_doubled_ticket_is_a_conflict_with_both_ids_until_it_is_gone(target: Target, served: RunningGorgias):
    account = served.gorgias
    twin = account.tickets.add(ticket(target, account) | {"id": None})
    kinds = {(row["field"], row["kind"]) for row in _counts(target)}
    assert ("external_id", "doubled") in kinds
    (conflict,) = target.ledger.conflict_rows().to_dict("records")
    assert conflict["source_id"] == TICKET
    assert str(twin["id"]) in conflict["detail"]
    account.tickets.remove(twin["id"])
    _counts(target)
    assert target.ledger.conflict_rows().empty


def test_a_reply_written_since_is_an_extra_message(target: Target, served: RunningGorgias):
    account = served.gorgias
    account.messages.add(messages(target, account)[0] | {"id": None, "external_id": None})
    assert found(target) == [
        ("messages", "*", "extra", None),
        ("tickets", "messages_count", "different", TICKET),
    ]


def test_a_changed_customer_is_found(target: Target, served: RunningGorgias):
    (customer,) = [row for row in served.gorgias.customers if row["external_id"] == "ivinex:10:1"]
    customer["name"] = "Someone Else"
    assert found(target) == [("customers", "name", "different", "ivinex:10:1")]


def test_the_walk_sends_no_write_and_one_call_per_hundred_rows(target: Target, served: RunningGorgias):
    before = dict(served.server.stats.requests)
    walked = look(target.reader, target.ledger, target.warehouse, "")
    sent = {
        route: number - before.get(route, 0)
        for route, number in served.server.stats.requests.items()
        if number != before.get(route, 0)
    }
    assert all(route.startswith("GET ") for route in sent), sent
    assert {name: one.calls for name, one in walked.items()} == {
        "tickets": 1,
        "customers": 1,
        "messages": 1,
        "values": 4,
    }


def test_many_tickets_have_their_values_compared_on_a_sample_that_differs_by_run(
    target: Target, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("migration_assets.reconciliation.values.SAMPLE", 1)
    from migration_assets.reconciliation.values import chosen

    look(target.reader, target.ledger, target.warehouse, "a")
    seen = {chosen(target.warehouse, "tickets", f"run {number}")[0]["source_id"] for number in range(20)}
    assert len(seen) > 1


def test_the_check_names_every_field_that_it_compares():
    told = " ".join(target_counts.CLAIM.split())
    for field in (*TICKET_FIELDS, *CUSTOMER_FIELDS, *MESSAGE_FIELDS, str(SAMPLE)):
        assert field in told


@pytest.mark.parametrize(
    ("staged", "held", "equal"),
    [(5, 5.0, True), (5, "5", True), ("5", 5, False), (True, 1, False), (5, "x", False), ("a", None, False)],
)
def test_values_are_equal_as_values(staged: Any, held: Any, equal: bool):
    assert same(staged, held) is equal


def test_the_asset_reports_its_differences_as_a_check_that_does_not_block(
    target: Target, served: RunningGorgias, tmp_path: Path, ledger: Ledger
):
    ticket(target, served.gorgias)["status"] = "open"
    target.gate.close()
    email, key = served.gorgias_auth
    result = dg.materialize(
        [target_walk],
        resources={
            "warehouse": WarehouseResource(database=str(tmp_path / "warehouse.duckdb")),
            "ledger": LedgerResource(url=f"sqlite:///{tmp_path / 'ledger.sqlite'}", account=ledger.account),
            "gorgias": GorgiasResource(base_url=served.gorgias_url, email=email, api_key=key, allowance=4000),
        },
    )
    assert result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert not evaluation.passed
    assert evaluation.description == "1 differences; tickets.status different: 1"


def _counts(target: Target) -> list[dict[str, Any]]:
    look(target.reader, target.ledger, target.warehouse, "")
    return difference_counts(target.warehouse)
