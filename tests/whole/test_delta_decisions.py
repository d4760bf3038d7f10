"""Decisions about conflicts, a delta without a base, and a delta that was cut off."""

from collections.abc import Iterator

import pytest
from both_sides import Both, both_sides, writes, writes_to_records
from mini_migration import MiniMigration

from migration_assets.gorgias.delta.ticket_changes import TicketDelta
from resources.ledger.records import Intent, WriteKey

pytestmark = pytest.mark.acceptance
ONE, TWO = "ivinex:10101:70003", "ivinex:10101:70004"


@pytest.fixture
def both(loaded: MiniMigration) -> Iterator[Both]:
    with both_sides(loaded) as hands:
        yield hands


def subjects(both: Both) -> tuple[str, str]:
    return both.ticket(ONE)["subject"], both.ticket(TWO)["subject"]


def at_source(both: Both, **fields: str) -> None:
    for number in ("70003", "70004"):
        both.at_source("Tickets", number, fields)


def test_theirs_stays_and_ours_is_written_and_neither_comes_back(both: Both):
    for name in (ONE, TWO):
        both.in_gorgias("PUT", f"/api/tickets/{both.number(name)}", {"subject": "Agent"})
    at_source(both, subject="Ivinex")
    both.delta()
    assert subjects(both) == ("Agent", "Agent")
    conflicts = both.migration.ledger.conflicts.conflict_rows().to_dict("records")
    assert {(row["source_id"], row["field"]) for row in conflicts} == {(ONE, "subject"), (TWO, "subject")}
    for row in conflicts:
        both.migration.ledger.conflicts.resolve(row, "theirs" if row["source_id"] == ONE else "ours", "Ann")

    assert writes_to_records(both.delta()) == {"PUT /api/tickets/{id}": 1}
    assert subjects(both) == ("Agent", "Ivinex")

    at_source(both, order_number="#22222", subject="Ivinex")
    assert writes_to_records(both.delta()) == {"PUT /api/tickets/{id}": 2}
    assert subjects(both) == ("Agent", "Ivinex")
    assert both.migration.ledger.conflicts.conflict_rows().empty

    at_source(both, subject="Ivinex again")
    both.delta()
    assert subjects(both) == ("Ivinex again", "Ivinex again")


def test_a_delta_that_was_cut_off_after_its_writes_repeats_none(both: Both, monkeypatch: pytest.MonkeyPatch):
    at_source(both, order_number="#55555")
    kind = both.option("Activities", "activity", like="mail")
    both.at_source("Activities", None, {"ticket": "70003", "activity": kind, "body_plain": "Late"})

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TicketDelta, "record", cut_off)
        with pytest.raises(KeyboardInterrupt):
            both.delta()
    assert both.ticket(ONE)["messages"][-1]["body_text"] == "Late"
    assert writes(both.delta()) == {}
    assert both.migration.ledger.changes.change_rows().empty
    assert both.migration.ledger.known_writes.unsettled() == []


def test_an_update_whose_answer_was_lost_is_read_back_by_the_next_delta(both: Both):
    at_source(both, order_number="#66666")
    ledger, (key,) = both.migration.ledger, [WriteKey("tickets", ONE, "update")]
    both.delta()
    at_source(both, order_number="#77777")
    lease = ledger.leases.try_lease("a run that was killed", 0)
    both.in_gorgias("PUT", f"/api/tickets/{both.number(ONE)}", {"priority": "high"})
    ledger.writes.begin([Intent(key, "of a body that nobody knows", "", "2026-06-29")], lease.fence, "killed")
    requests = both.delta()
    assert writes(requests)["PUT /api/tickets/{id}"] == 2
    assert ledger.known_writes.unsettled() == []
    assert both.ticket(ONE)["priority"] == "high"


def test_without_a_base_a_differing_field_is_a_conflict_and_new_activities_still_come(both: Both):
    both.migration.warehouse.execute("DELETE FROM gorgias.written")
    both.at_source("Tickets", "70003", {"order_number": "#44444"})
    kind = both.option("Activities", "activity", like="mail")
    made = both.at_source("Activities", None, {"ticket": "70003", "activity": kind, "body_plain": "Late"})
    requests = both.delta()
    assert writes_to_records(requests) == {"POST /api/tickets/{ticket_id}/messages": 1, "PUT /api/tickets/{id}": 1}
    assert requests["GET /api/tickets/{id}"] == 1
    held = both.ticket(ONE)
    assert held["messages"][-1]["external_id"] == f"ivinex:50:{made}"
    assert "#44444" not in [one["value"] for one in held["custom_fields"].values()]
    rows = both.migration.ledger.conflicts.conflict_rows()
    assert set(rows["source_id"]) == {ONE}
    assert writes(both.delta()) == {}
