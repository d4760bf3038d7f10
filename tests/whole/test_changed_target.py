"""After a whole load, one thing is changed in the account: the walk names it by id and field, and nothing else.

The fields that the walk claims are tried one by one in tests/migration_assets/reconciliation/test_target_walk.py on
rows made by hand; here the rows come from a real load, and the books are asked as well.
"""

from typing import Any

import dagster as dg
import pytest
from mini_migration import MiniMigration, Outcome, look

WALK = [dg.AssetKey(["reconciliation", "target_walk"])]


def found(migration: MiniMigration) -> list[tuple[Any, ...]]:
    """object, field, kind, source_id of every difference that a walk finds now."""
    migration.run(WALK)
    outcome = Outcome()
    look(migration, outcome)
    assert all(row.balanced for row in outcome.books)
    return [(row["object"], row["field"], row["kind"], row["source_id"]) for row in outcome.differences]


def test_each_change_is_found_by_id_and_field_and_goes_when_it_is_undone(loaded: MiniMigration):
    account, ledger = loaded.sandbox.gorgias, loaded.ledger
    tickets = ledger.gorgias_ids("tickets")
    assigned = next(
        name for name, number in sorted(tickets.items()) if account.tickets.rows[number]["assignee_user_id"]
    )
    ticket = account.tickets.rows[tickets[assigned]]
    message = account.messages.by("ticket_id", ticket["id"])[-1]
    number, value = next(iter(ticket["custom_fields"].items()))
    field = next(name for name, known in ledger.gorgias_ids("custom_fields").items() if known == int(number))
    customer = next(row for row in account.customers if row["id"] == ticket["customer_id"])
    on = f"{message['external_id']}@{assigned}"

    assert found(loaded) == []
    for row, key, other, expected in (
        (message, "created_datetime", "2026-06-28T00:00:01+00:00", ("messages", "created_datetime", "different", on)),
        (ticket, "assignee_user_id", None, ("tickets", "assignee", "different", assigned)),
        (ticket["custom_fields"], number, f"not {value}", ("tickets", field, "different", assigned)),
        (customer, "name", "Someone Else", ("customers", "name", "different", customer["external_id"])),
    ):
        before, row[key] = row[key], other
        assert found(loaded) == [expected]
        row[key] = before
    assert found(loaded) == []


def test_a_missing_ticket_is_found_with_each_of_its_messages_and_not_made_again(loaded: MiniMigration):
    account = loaded.sandbox.gorgias
    name, number = sorted(loaded.ledger.gorgias_ids("tickets").items())[0]
    gone = [row["external_id"] for row in account.messages.by("ticket_id", number)]
    for row in list(account.messages.by("ticket_id", number)):
        account.messages.remove(row["id"])
    account.tickets.remove(number)
    expected = {("tickets", "*", "missing", name)}
    expected |= {("messages", "*", "missing", one if "#" in one else f"{one}@{name}") for one in gone}
    assert set(found(loaded)) == expected

    loaded.load()
    assert set(found(loaded)) == expected


@pytest.mark.parametrize("made", ["ticket", "message"])
def test_what_somebody_adds_in_gorgias_is_told_where_it_doubles_ours(loaded: MiniMigration, made: str):
    account = loaded.sandbox.gorgias
    name, number = sorted(loaded.ledger.gorgias_ids("tickets").items())[0]
    if made == "ticket":
        account.tickets.add(account.tickets.rows[number] | {"id": None})
        assert ("tickets", "external_id", "doubled", name) in found(loaded)
        assert name in loaded.ledger.conflict_rows()["source_id"].tolist()
    else:
        account.messages.add(account.messages.by("ticket_id", number)[0] | {"id": None, "external_id": None})
        assert ("messages", "*", "extra", None) in found(loaded)
