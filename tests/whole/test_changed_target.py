"""After a whole load somebody works in the account: the verification names each change by id, field and kind.

The edits go through the API like an agent's; every compared field is tried one by one on rows made by hand in
tests/migration_assets/reconciliation/comparison/test_comparison.py.
"""

from typing import Any

from account_agent import Agent
from mini_migration import MiniMigration, Outcome, look

Row = tuple[Any, ...]


def found(migration: MiniMigration) -> set[Row]:
    """object, field, kind, source_id of every difference that a verification finds now."""
    migration.verify()
    outcome = Outcome()
    look(migration, outcome)
    assert all(row.balanced for row in outcome.books)
    rows = [(row["object"], row["field"], row["kind"], row["source_id"]) for row in outcome.differences]
    assert len(set(rows)) == len(rows)
    return set(rows)


def messages_of(migration: MiniMigration, number: int) -> list[dict[str, Any]]:
    return migration.sandbox.gorgias.messages.by("ticket_id", number)


def source_id(ticket: str, message: dict[str, Any]) -> str:
    return message["external_id"] if "#" in message["external_id"] else f"{message['external_id']}@{ticket}"


def test_edits_through_the_api_are_listed_one_by_one_with_their_kind_and_nothing_else(loaded: MiniMigration):
    account, agent, expected = loaded.sandbox.gorgias, Agent(loaded), set()
    tickets = dict(sorted(loaded.ledger.known_writes.gorgias_ids("tickets").items()))
    rows = {name: account.tickets.rows[number] for name, number in tickets.items()}
    left = list(tickets)

    def take(wanted: Any) -> tuple[str, int]:
        name = next(name for name in left if wanted(rows[name], messages_of(loaded, tickets[name])))
        left.remove(name)
        return name, tickets[name]

    name, number = take(lambda row, messages: row["assignee_user_id"])
    agent("PUT", f"/api/tickets/{number}", {"assignee_user": {"id": None}})
    expected.add(("tickets", "assignee_user", "changed since write", name))

    name, number = take(lambda row, messages: row["custom_fields"])
    fields = {one: account.custom_fields.rows[int(one)] for one in rows[name]["custom_fields"]}
    free = next(
        one for one, field in fields.items() if field["definition"]["input_settings"] == {"input_type": "input"}
    )
    agent("PUT", f"/api/tickets/{number}/custom-fields/{free}", "another value")
    expected.add(("tickets", fields[free]["external_id"], "changed since write", name))

    name, number = take(lambda row, messages: len(messages) > 1)
    message = messages_of(loaded, number)[0]
    asked = {name: message[name] for name in ("channel", "from_agent")}
    agent("PUT", f"/api/tickets/{number}/messages/{message['id']}", asked | {"body_text": "another text"})
    expected.add(("messages", "body_text", "changed since write", source_id(name, message)))

    name, number = take(lambda row, messages: len(messages) > 1)
    message = messages_of(loaded, number)[-1]
    agent("DELETE", f"/api/tickets/{number}/messages/{message['id']}")
    expected.add(("messages", "*", "missing", source_id(name, message)))

    name, number = take(lambda row, messages: row["status"] == "closed")
    agent("PUT", f"/api/tickets/{number}", {"status": "open"})
    expected.add(("tickets", "status", "changed since write", name))

    name, number = take(lambda row, messages: True)
    new = next(tag["name"] for tag in account.tags if tag["id"] not in rows[name]["tag_ids"])
    agent("POST", f"/api/tickets/{number}/tags", {"names": [new]})
    expected.add(("tickets", "tags", "changed since write", name))

    name, number = take(lambda row, messages: True)
    reply = {"channel": "api", "via": "api", "from_agent": True, "body_text": "Hello", "public": True}
    agent("POST", f"/api/tickets/{number}/messages", reply | {"sent_datetime": "2026-11-01T00:00:00Z"})
    expected.add(("messages", "*", "extra", None))

    name, number = take(lambda row, messages: True)
    agent("PUT", f"/api/tickets/{number}", {"trashed_datetime": "2026-11-01T00:00:00Z"})
    expected.add(("tickets", "trashed_datetime", "changed since write", name))

    customers = sorted(loaded.ledger.known_writes.gorgias_ids("customers").items())
    (gone, one), (_, other) = customers[0], customers[1]
    agent(
        "PUT", "/api/customers/merge", {"name": account.customers.rows[other]["name"]}, source_id=one, target_id=other
    )
    expected.add(("customers", "*", "missing", gone))

    assert found(loaded) == expected


def test_a_missing_ticket_is_found_with_each_of_its_messages_and_not_made_again(loaded: MiniMigration):
    agent = Agent(loaded)
    name, number = sorted(loaded.ledger.known_writes.gorgias_ids("tickets").items())[0]
    expected = {("tickets", "*", "missing", name)}
    expected |= {("messages", "*", "missing", source_id(name, one)) for one in messages_of(loaded, number)}
    agent("DELETE", f"/api/tickets/{number}")
    assert found(loaded) == expected

    loaded.load(verified=False)
    assert found(loaded) == expected


def test_what_doubles_ours_is_a_conflict_until_it_is_gone(loaded: MiniMigration):
    account, ledger = loaded.sandbox.gorgias, loaded.ledger
    name, number = sorted(ledger.known_writes.gorgias_ids("tickets").items())[0]
    customer, holder = sorted(ledger.known_writes.gorgias_ids("customers").items())[0]
    message = messages_of(loaded, number)[0]
    tables = (account.tickets, account.messages, account.customers)
    first = (account.tickets.rows[number], message, account.customers.rows[holder])
    twins = [table.add(dict(row) | {"id": None}) for table, row in zip(tables, first, strict=True)]
    stranger = account.tickets.add(account.tickets.rows[number] | {"id": None, "external_id": "ivinex:10101:99999"})
    ours = (name, source_id(name, message), customer)
    expected = {
        (kind, "external_id", "extra", one)
        for kind, one in zip(("tickets", "messages", "customers"), ours, strict=True)
    }
    assert found(loaded) == expected | {("tickets", "external_id", "extra", None)}
    told = ledger.conflicts.conflict_rows().set_index("source_id")["detail"]
    assert set(told.index) == set(ours)
    assert all(str(twin["id"]) in told[one] for twin, one in zip(twins, ours, strict=True))

    account.tickets.remove(stranger["id"])
    for table, twin in zip(tables, twins, strict=True):
        table.remove(twin["id"])
    assert found(loaded) == set()
    assert ledger.conflicts.conflict_rows().empty
