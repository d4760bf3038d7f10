"""The checks of what was written: a bad day closes that day only, and for a load in any later run."""

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from account_agent import Agent
from mini_migration import MiniMigration

from checks.verification import NO_MAIL, Verification, verifications
from resources.ledger.base import utc_now
from resources.ledger.quality_gates import UNPARTITIONED

DAY = "reconciliation/comparison"
TICKETS, MESSAGES = f"{DAY}:tickets_compared", f"{DAY}:messages_compared"
AGAIN = "reconciliation/second_pass:nothing_to_write"


def days_of(migration: MiniMigration) -> list[str]:
    return sorted(set(migration.ledger.outcomes.outcomes_of("tickets")["partition"]))


def checked(migration: MiniMigration) -> dict[str, Any]:
    migration.verify()
    return migration.check()


def closed(migration: MiniMigration) -> set[tuple[str, str]]:
    rows = migration.ledger.quality_gates.gate_rows()
    return {(row.check_name, row.partition) for row in rows[~rows["passed"]].itertuples()}


def first_of(migration: MiniMigration, day: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A ticket of the day and its messages, as the account holds them."""
    rows = migration.ledger.outcomes.outcomes_of("tickets", [day]).sort_values("source_id")
    account, number = migration.sandbox.gorgias, int(rows["gorgias_id"].iloc[0])
    return account.tickets.rows[number], account.messages.by("ticket_id", number)


@pytest.fixture
def open_gates(loaded: MiniMigration) -> MiniMigration:
    """A load that nobody touched, with its checks."""
    results = checked(loaded)
    assert {name: result.description for name, result in results.items() if not result.passed} == {}
    assert closed(loaded) == set()
    return loaded


def test_a_bad_day_closes_itself_and_peoples_work_closes_nothing(open_gates: MiniMigration):
    migration, days = open_gates, days_of(open_gates)
    assert set(verifications(migration.ledger, [UNPARTITIONED, *days]).values()) == {Verification.fresh}
    touched, _ = first_of(migration, days[0])
    Agent(migration)("PUT", f"/api/tickets/{touched['id']}", {"subject": "Changed by somebody"})
    _, (gone, *_) = first_of(migration, days[1])
    migration.sandbox.gorgias.messages.remove(gone["id"])

    results = checked(migration)
    assert closed(migration) == {(MESSAGES, days[1])}
    assert not results[TICKETS].passed
    assert results[TICKETS].severity == dg.AssetCheckSeverity.WARN
    assert results[TICKETS].metadata["failures"].value == 1
    assert results[TICKETS].metadata["share_equal"].value == round(1 - 1 / results[TICKETS].metadata["rows"].value, 6)
    (row,) = results[TICKETS].metadata["first_differences"].records
    assert (row.data["field"], row.data["kind"]) == ("subject", "changed since write")
    assert "Changed by somebody" not in str(results[TICKETS].metadata)
    states = verifications(migration.ledger, [UNPARTITIONED, *days])
    assert [key for key, state in states.items() if state is not Verification.fresh] == [days[1]]
    assert states[days[1]] is Verification.failed

    migration.sandbox.gorgias.messages.add(gone)
    assert checked(migration)[MESSAGES].passed
    assert closed(migration) == set()


def test_a_mail_closes_its_day_to_writes_a_write_left_over_is_named_and_verifications_get_old(
    open_gates: MiniMigration,
):
    migration, days = open_gates, days_of(open_gates)
    _, messages = first_of(migration, days[0])
    messages[0]["failed_datetime"] = "2026-11-01T00:00:00+00:00"
    assert not checked(migration)[NO_MAIL].passed
    assert (NO_MAIL, days[0]) in closed(migration)
    load = [dg.AssetKey(["gorgias", "tickets"])]
    with pytest.raises(dg.Failure, match=f"{NO_MAIL} {days[0]}"):
        migration.run(load, [days[0]])
    migration.run(load, days[1:])
    migration.ledger.quality_gates.override_gate(NO_MAIL, days[0], "Ann Lee", "the outbox is empty")
    migration.run(load, [days[0]])

    # Whatever a person overrode, a second run has nothing to send, until a staged row comes up.
    migration.warehouse.execute(
        "INSERT INTO staging.customers SELECT * REPLACE ('ivinex:1001:new' AS source_id, "
        "'ivinex:1001:new' AS external_id, 'new@stubs.invalid' AS email, ? AS channels) "
        "FROM staging.customers ORDER BY source_id LIMIT 1",
        ['[{"type": "email", "address": "new@stubs.invalid", "preferred": true}]'],
    )
    migration.run([dg.AssetKey(["reconciliation", "second_pass"])])
    results = migration.check()
    assert {name for name, result in results.items() if not result.passed} == {
        AGAIN,
        NO_MAIL,
        MESSAGES,
    }
    assert results[AGAIN].metadata["first_source_ids"].value == ["ivinex:1001:new"]

    # What was written after it was compared is not verified any more, nor is anything a day later.
    migration.run([dg.AssetKey(["gorgias", "customers"])])
    assert verifications(migration.ledger, [UNPARTITIONED, days[1]]) == {
        UNPARTITIONED: Verification.stale,
        days[1]: Verification.fresh,
    }
    migration.ledger.now = lambda: utc_now() + timedelta(hours=25)
    assert set(verifications(migration.ledger, days[1:]).values()) == {Verification.stale}
