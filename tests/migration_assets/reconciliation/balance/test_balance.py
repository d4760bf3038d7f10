"""The books: every source row has exactly one known end, per object and partition."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from migration_assets.gorgias.attachments.carried_files import CARRIED
from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import MENTIONS
from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.balance.balance import BalanceRow, calculate_balance, reasons, totals
from resources.ledger import Ledger, Outcome, Quarantined
from resources.ledger.records import Intent, WriteKey
from resources.warehouse import Table, Warehouse

DAY, NEXT = "2026-01-05", "2026-01-06"


def by_key(rows: list[BalanceRow]) -> dict[tuple[str, str | None], BalanceRow]:
    return {(row.object, row.partition): row for row in rows}


def numbers(row: BalanceRow) -> dict[str, Any]:
    return {name: value for name, value in row.as_dict().items() if value and name not in {"object", "partition"}}


@pytest.fixture
def whole(ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]) -> list[BalanceRow]:
    loaded()
    return calculate_balance(ledger, warehouse, mapping)


def test_a_whole_migration_balances_in_every_row(whole: list[BalanceRow]):
    assert {(row.object, row.partition) for row in whole if not row.balanced} == set()
    assert numbers(by_key(whole)["tickets", DAY]) == {"source": 2, "created": 2, "balanced": True}
    assert numbers(by_key(whole)["contacts", None]) == {"source": 2, "created": 1, "merged": 1, "balanced": True}


def test_synthetic_objects_are_counted_apart(whole: list[BalanceRow]):
    row = by_key(whole)["messages", DAY]
    assert numbers(row) == {"source": 4, "created": 3, "skipped": 1, "synthetic": 1, "balanced": True}


def test_an_activity_on_two_tickets_is_one_activity_and_two_messages(whole: list[BalanceRow]):
    rows = by_key(totals(whole))
    assert rows["activities", None].source == 4
    assert rows["messages", None].source == 4 + 3  # pairs, and descriptions that are not empty


def test_an_activity_that_a_message_carries_ends_as_that_message(whole: list[BalanceRow]):
    row = by_key(whole)["activities", None]
    assert (row.created, row.skipped, row.quarantined) == (2, 1, 1)


def test_tasks_end_as_their_notes_or_as_independent_and_groups_as_teams(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    with warehouse.transaction() as tx:
        tx.ensure(tables.TASKS, tables.GROUPS)
        tx.execute("INSERT INTO ivinex.tasks (source_id) VALUES ('ivinex:40:1'), ('ivinex:40:2'), ('ivinex:40:3')")
        for task, ticket in ((1, 1), (1, 3), (2, 4)):
            ids = [f"ivinex:40:{task}", f"ivinex:20:{ticket}"]
            tx.execute(
                "INSERT INTO ivinex.links (from_source_id, to_source_id, role) VALUES (?, ?, 'task_ticket')", ids
            )
        tx.execute(
            "INSERT INTO ivinex.groups (group_id, user_id) VALUES ('1', '7'), ('1', '8'), ('2', '7'), ('3', '7')"
        )
    ledger.outcomes.record_outcomes("tasks", "ivinex", [Outcome("ivinex:40:3", "skipped", "independent task")])
    ledger.outcomes.record_outcomes("teams", "staging", [Outcome("ivinex:group:2", "merged", "shares its name")])
    with ledger.transaction() as tx:
        notes = [Outcome("ivinex:40:1@ivinex:20:1", "created", partition=DAY, object="messages")]
        notes += [Outcome("ivinex:40:1@ivinex:20:3", "created", partition=NEXT, object="messages")]
        ledger.outcomes.record_written(tx, [*notes, Outcome("ivinex:group:1", "created", object="teams")])
    rows = by_key(calculate_balance(ledger, warehouse, mapping))
    assert numbers(rows["tasks", None]) == {"source": 3, "created": 1, "skipped": 1, "quarantined": 1, "balanced": True}
    assert numbers(rows["messages", DAY])["created"] == 4
    assert rows["messages", "none"].balanced
    assert (rows["teams", None].source, rows["teams", None].missing) == (3, 1)


def test_messages_of_a_ticket_in_quarantine_share_its_reason(whole: list[BalanceRow], warehouse: Warehouse):
    assert numbers(by_key(whole)["messages", "none"]) == {"source": 2, "quarantined": 2, "balanced": True}
    found = {(row["object"], row["outcome"], row["reason"]): row["rows"] for row in reasons(warehouse)}
    assert found["messages", "quarantined", "parent: no partition"] == 2
    assert found["messages", "skipped", "a description without visible text"] == 1
    assert found["activities", "skipped", "no ticket"] == 1


def test_an_activity_whose_ticket_is_gone_at_the_source_is_as_written_as_its_message(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    warehouse.execute("DELETE FROM ivinex.ticket_sweep WHERE source_id = 'ivinex:20:1'")
    warehouse.execute("DELETE FROM ivinex.links WHERE to_source_id = 'ivinex:20:1'")
    loose = [Outcome(f"ivinex:30:{number}", "skipped", "no ticket") for number in (1, 3)]
    ledger.outcomes.record_outcomes("activities", "ivinex", loose)
    row = by_key(calculate_balance(ledger, warehouse, mapping))["activities", None]
    assert numbers(row) == {"source": 4, "created": 2, "skipped": 1, "quarantined": 1, "balanced": True}
    found = {(row["object"], row["outcome"], row["reason"]): row["rows"] for row in reasons(warehouse)}
    assert found["activities", "skipped", "no ticket"] == 1


def test_a_field_that_the_map_sends_elsewhere_is_skipped_with_its_target(whole: list[BalanceRow], warehouse: Warehouse):
    row = by_key(whole)["custom_fields", None]
    assert numbers(row) == {"source": 4, "created": 1, "skipped": 3, "balanced": True}
    told = {row["reason"] for row in reasons(warehouse) if row["object"] == "custom_fields"}
    assert told == {"mapped to standard", "mapped to skip"}


def test_a_field_that_the_map_does_not_know_is_missing(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    warehouse.execute(
        "INSERT INTO ivinex.fields (collection_type_id, field_id, field_name, kind) VALUES ('20', '8', 'new', 'text')"
    )
    row = by_key(calculate_balance(ledger, warehouse, mapping))["custom_fields", None]
    assert (row.missing, row.balanced) == (1, False)


def test_a_source_row_of_which_nothing_is_known_does_not_balance(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    warehouse.execute("INSERT INTO ivinex.contacts (source_id) VALUES ('ivinex:10:3')")
    row = by_key(calculate_balance(ledger, warehouse, mapping))["contacts", None]
    assert (row.source, row.missing, row.balanced) == (3, 1, False)


def test_one_row_missing_and_one_too_many_do_not_hide_each_other(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    with ledger.transaction() as tx:
        ledger.outcomes.record_written(tx, [Outcome("ivinex:10:77", "created", object="contacts")])
    warehouse.execute("INSERT INTO ivinex.contacts (source_id) VALUES ('ivinex:10:3')")
    row = by_key(calculate_balance(ledger, warehouse, mapping))["contacts", None]
    assert row.source == 3
    assert (row.missing, row.unknown, row.balanced) == (1, 1, False)


def test_a_write_in_doubt_keeps_its_day_from_balancing(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    fence = ledger.leases.try_lease("me", 30).fence
    ledger.writes.begin([Intent(WriteKey("tickets", "ivinex:20:3", "update"), "h", partition=NEXT)], fence, "run")
    ledger.writes.begin([Intent(WriteKey("customers", "ivinex:10:1", "values"), "h")], fence, "run")
    rows = by_key(calculate_balance(ledger, warehouse, mapping))
    assert (rows["tickets", NEXT].in_doubt, rows["tickets", NEXT].balanced) == (1, False)
    assert (rows["tickets", DAY].in_doubt, rows["tickets", DAY].balanced) == (0, True)
    assert rows["contacts", None].in_doubt == 1


def test_a_canary_in_doubt_keeps_the_whole_from_balancing(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    assert "canary" not in {row.object for row in calculate_balance(ledger, warehouse, mapping)}
    lease = ledger.leases.try_lease("test", 30)
    ledger.writes.begin([Intent(WriteKey("canary", "ivinex:canary", "ticket"), "h", "", "canary")], lease.fence, "run")
    (row,) = [row for row in totals(calculate_balance(ledger, warehouse, mapping)) if row.object == "canary"]
    assert (row.in_doubt, row.balanced) == (1, False)


def test_a_ticket_that_the_gate_refused_takes_its_messages_with_it(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    with ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM outcomes WHERE source_id LIKE '%ivinex:20:3' AND object = 'messages'")
        ledger.quarantine.record_in_transaction(
            tx, "tickets", "gorgias", [Quarantined("ivinex:20:3", "never_possible", "400: no", partition=NEXT)]
        )
    rows = by_key(calculate_balance(ledger, warehouse, mapping))
    assert numbers(rows["messages", NEXT]) == {"source": 1, "quarantined": 1, "balanced": True}


def test_nothing_read_and_nothing_booked_is_zeros(ledger: Ledger, tmp_path: Any, mapping: Mapping):
    rows = calculate_balance(ledger, Warehouse(tmp_path / "empty.duckdb"), mapping)
    assert {row.object for row in rows} >= {"users", "tickets", "messages"}
    assert all(row.source == 0 for row in rows if row.object != "custom_fields")


def test_the_files_of_a_ticket_that_was_deleted_at_the_source_stay_one_each(
    ledger: Ledger, warehouse: Warehouse, mapping: Mapping, loaded: Callable[[], None]
):
    loaded()
    mention = {
        **{"source_id": "ivinex:30:1/7", "record_source_id": "ivinex:30:1", "content_hash": "h1", "role": "activity"},
        **{"position": 0, "inline": False, "name": "a.txt", "labels": "[]", "claimed_type": "", "claimed_size": 1},
    }
    carried = {
        **{"partition": DAY, "source_id": "ivinex:30:1/7@ivinex:20:1", "message_source_id": "ivinex:30:1@ivinex:20:1"},
        **{"name": "a.txt", "sha256": "0" * 64, "size": 1, "content_type": "text/plain"},
    }
    version = pd.DataFrame([{"source_id": "ivinex:30:1"}])
    with warehouse.transaction() as tx:
        tx.append(MENTIONS, pd.DataFrame([mention]))
        tx.append(CARRIED, pd.DataFrame([carried]))
        tx.replace(Table("ivinex.versions", {"source_id": ("VARCHAR", "the record")}), version)
    with ledger.transaction() as tx:
        ledger.outcomes.record_written(tx, [Outcome(carried["source_id"], "created", partition=DAY, object="files")])
    assert by_key(totals(calculate_balance(ledger, warehouse, mapping)))["files", None].source == 1
    warehouse.execute("DELETE FROM ivinex.ticket_sweep WHERE source_id = 'ivinex:20:1'")
    row = by_key(totals(calculate_balance(ledger, warehouse, mapping)))["files", None]
    assert numbers(row) == {"source": 1, "created": 1, "balanced": True}
