"""Tickets that people merged, deleted or trashed in Gorgias, seen by a delta: told, decided by a person, then quiet."""

from collections.abc import Iterator

import pytest
from both_sides import Both, both_sides, writes
from mini_migration import MiniMigration, Outcome, look

from checks.quality_gates import closed
from migration_assets.gorgias.delta.conflict_resolutions import ticket_of
from migration_assets.orchestration.cutover import obstacles
from migration_assets.reconciliation.comparison.comparison_rules import is_defect

pytestmark = pytest.mark.acceptance
TAB = "ivinex:10101"
MERGED, INTO, DELETED, TRASHED = (f"{TAB}:{number}" for number in ("70003", "70004", "70005", "70006"))


@pytest.fixture
def both(loaded: MiniMigration) -> Iterator[Both]:
    with both_sides(loaded) as hands:
        clock = loaded.sandbox.gorgias.clock
        loaded.sandbox.gorgias.clock = lambda: clock() + 3600
        yield hands


def take_away(both: Both) -> None:
    both.in_gorgias(
        "POST", "/_sandbox/merge-tickets", {"ticket_id": both.number(MERGED), "into": both.number(INTO), "user_id": 7}
    )
    both.in_gorgias("DELETE", f"/api/tickets/{both.number(DELETED)}")
    trashed = {"trashed_datetime": "2026-07-01T00:00:00+00:00"}
    both.in_gorgias("PUT", f"/api/tickets/{both.number(TRASHED)}", trashed)


def edit_all(both: Both, text: str) -> None:
    for name in (MERGED, DELETED, TRASHED):
        both.at_source("Tickets", name.rpartition(":")[2], {"subject": text})


def held_against(both: Both) -> list[tuple[str, str, str]]:
    both.migration.verify()
    rows = both.migration.warehouse.rows("SELECT * FROM reconciliation.differences ORDER BY ALL")
    return [(row["object"], row["field"], row["source_id"]) for row in rows if is_defect(row["kind"], row["field"])]


def kept_from_a_cutover(both: Both) -> list[str]:
    loaded = both.migration.ledger.outcomes.outcomes_of("tickets")["partition"].unique().tolist()
    return [f"{one.check} {one.partition}" for one in obstacles(both.migration.ledger, loaded)]


def decide(both: Both, take: str) -> None:
    for row in both.migration.ledger.conflicts.conflict_rows().to_dict("records"):
        both.migration.ledger.conflicts.resolve(row, take, "Ann")


def test_what_is_gone_is_a_conflict_and_once_decided_closes_nothing_and_stays_decided(both: Both):
    take_away(both)
    edit_all(both, "Changed in Ivinex")
    assert writes(both.delta()) == {}
    told = both.migration.ledger.conflicts.conflict_rows().set_index("source_id")["detail"].to_dict()
    assert {name: told[name] for name in (MERGED, DELETED, TRASHED)} == {
        MERGED: "changed at the source, but it was merged into another ticket in Gorgias; nothing was written",
        DELETED: "changed at the source, but it was deleted in Gorgias; nothing was written",
        TRASHED: "changed at the source, but it is in the trash in Gorgias; nothing was written",
    }
    assert {("tickets", "*", MERGED), ("tickets", "*", DELETED)} <= set(held_against(both))
    assert kept_from_a_cutover(both) != []

    decide(both, "theirs")
    assert writes(both.delta()) == {}
    assert held_against(both) == []
    assert kept_from_a_cutover(both) == []
    assert both.migration.ledger.conflicts.conflict_rows().empty

    # The source goes on changing them: what a person decided is not asked about again, and closes no day.
    edit_all(both, "Changed once more")
    assert writes(both.delta()) == {}
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])
    assert both.migration.ledger.conflicts.conflict_rows().empty
    days = both.migration.ledger.outcomes.outcomes_of("tickets")["partition"].unique().tolist()
    assert closed(both.migration.ledger, ["staging/tickets", "staging/messages"], days).empty


def test_ours_of_what_was_brought_back_is_written_and_of_what_is_gone_is_asked_again(both: Both):
    take_away(both)
    edit_all(both, "Changed in Ivinex")
    both.delta()
    both.in_gorgias("PUT", f"/api/tickets/{both.number(TRASHED)}", {"trashed_datetime": None})
    decide(both, "ours")
    assert writes(both.delta())["PUT /api/tickets/{id}"] == 1
    assert both.ticket(TRASHED)["subject"] == "Changed in Ivinex"
    rows = both.migration.ledger.conflicts.conflict_rows()
    assert set(rows["source_id"]) == {MERGED, DELETED}, "nobody can write to them, so a person is asked again"


def test_a_survivor_keeps_what_it_got_and_its_own_changes_still_come(both: Both):
    before = len(both.ticket(INTO)["messages"]) + len(both.ticket(MERGED)["messages"])
    take_away(both)
    both.at_source("Tickets", "70004", {"subject": "Of the survivor"})
    assert writes(both.delta())["PUT /api/tickets/{id}"] == 1
    held = both.ticket(INTO)
    assert (held["subject"], len(held["messages"])) == ("Of the survivor", before)


def test_messages_tags_and_files_of_a_merged_ticket_close_nothing_once_it_is_decided(both: Both):
    store = both.migration.warehouse
    rows = store.rows(
        "SELECT DISTINCT m.ticket_source_id AS name FROM staging.attachments f "
        "JOIN staging.messages m ON m.source_id = f.message_source_id ORDER BY 1"
    )
    tagged = store.rows("SELECT source_id AS name FROM staging.tickets WHERE tags NOT IN ('', '[]') ORDER BY 1")
    merged = sorted({row["name"] for row in (*rows[:2], *tagged[:1])} - {INTO})
    assert len(merged) > 1
    for name in merged:
        both.in_gorgias("POST", "/_sandbox/merge-tickets", {"ticket_id": both.number(name), "into": both.number(INTO)})
        # A merge of what did not change at the source is seen by the verification only.
        if name != merged[0]:
            both.at_source("Tickets", name.rpartition(":")[2], {"subject": "Changed in Ivinex"})
    assert writes(both.delta()) == {}
    assert {ticket_of(object, source_id) for object, _, source_id in held_against(both)} <= set(merged)
    decide(both, "theirs")
    assert writes(both.delta()) == {}
    assert held_against(both) == []
    assert kept_from_a_cutover(both) == []


def test_what_is_gone_on_both_sides_is_asked_about_once_and_closes_nothing_then(both: Both):
    take_away(both)
    both.at_source("Tickets", "70003", None)
    both.at_source("Tickets", "70005", {"created_date": "0000-00-00 00:00:00"})
    message = both.migration.warehouse.rows(
        "SELECT m.source_id, s.collection_id FROM staging.messages m JOIN ivinex.activity_sweep s "
        "ON s.source_id = split_part(m.source_id, '@', 1) WHERE m.ticket_source_id = ? ORDER BY 1 LIMIT 1",
        [f"{TAB}:70008"],
    )[0]
    held = both.ticket(f"{TAB}:70008")
    number = next(one["id"] for one in held["messages"] if one["external_id"] == message["source_id"].partition("@")[0])
    both.in_gorgias("DELETE", f"/api/tickets/{held['id']}/messages/{number}")
    both.at_source("Activities", message["collection_id"], None)
    assert writes(both.delta()) == {}
    told = {source_id for _, field, source_id in held_against(both) if field == "*"}
    assert {MERGED, DELETED, message["source_id"]} <= told
    decide(both, "theirs")
    for _ in range(2):
        assert writes(both.delta()) == {}
        assert (held_against(both), kept_from_a_cutover(both)) == ([], [])
        assert both.migration.ledger.conflicts.conflict_rows().empty


def test_an_activity_that_comes_for_a_ticket_that_is_gone_is_a_conflict_until_decided_and_then_left_out(both: Both):
    take_away(both)
    kind = both.option("Activities", "activity", like="mail")
    fields = {"ticket": "70005", "activity": kind, "body_plain": "New", "created_date": "2026-06-30 10:00:00"}
    number = both.at_source("Activities", None, fields)
    assert writes(both.delta()) == {}

    def booked() -> tuple[list[str], dict[str, str]]:
        both.migration.verify()
        outcome = Outcome()
        look(both.migration, outcome)
        rows = both.migration.warehouse.rows(
            "SELECT object, outcome || ': ' || reason AS told FROM reconciliation.ends WHERE source_id LIKE ?",
            [f"%:{number}%"],
        )
        return [row.object for row in outcome.books if not row.balanced], {row["object"]: row["told"] for row in rows}

    told = "conflict: parent: it was deleted in Gorgias"
    assert booked() == ([], {"activities": told, "messages": told})
    decide(both, "theirs")
    assert writes(both.delta()) == {}
    told = "skipped: parent: it was deleted in Gorgias"
    assert booked() == ([], {"activities": told, "messages": told})


def test_a_message_that_comes_later_within_the_second_of_another_stands_last_and_that_is_told(both: Both):
    """Gorgias shows messages of one second in the order in which they were made."""
    rows = both.migration.warehouse.rows(
        "SELECT a.ticket_source_id, a.created_at FROM staging.messages a JOIN staging.messages b USING "
        "(ticket_source_id, created_at) WHERE b.source_id LIKE '%#history' AND a.source_id <> b.source_id LIMIT 1"
    )
    ticket = rows[0]["ticket_source_id"]
    at = both.migration.warehouse.rows(
        "SELECT a.created_date FROM (SELECT raw ->> '$.created_date' AS created_date, source_id FROM "
        "ivinex.activity_sweep) a JOIN staging.messages m ON split_part(m.source_id, '@', 1) = a.source_id "
        "WHERE m.ticket_source_id = ? AND m.created_at = ? LIMIT 1",
        [ticket, rows[0]["created_at"]],
    )[0]["created_date"]
    kind = both.option("Activities", "activity", like="mail")
    fields = {"ticket": ticket.rpartition(":")[2], "activity": kind, "body_plain": "Late", "created_date": at}
    both.at_source("Activities", None, fields)
    assert writes(both.delta()) != {}
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])
    losses = both.migration.ledger.losses.loss_rows()
    assert losses.loc[losses["field"] == "order", "kind"].tolist() == ["came later within its second"]

    both.at_source("Tickets", ticket.rpartition(":")[2], {"subject": "Changed later"})
    assert writes(both.delta()) != {}
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])


def test_a_customer_whose_contact_was_deleted_is_read_back_so_that_a_cutover_can_begin(both: Both):
    assert held_against(both) == []
    both.at_source("Contacts", "505", None)
    both.at_source("Contacts", "504", {"last_name": "Renamed"})
    assert writes(both.delta()) != {}
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])


def test_a_file_that_a_person_took_from_a_message_is_blamed_on_nobody_after_our_own_write_to_its_ticket(both: Both):
    """Our write comes later than theirs and hides it: the delta notes what they did before it writes."""
    rows = both.migration.warehouse.rows("SELECT message_source_id, ticket_source_id FROM staging.attachments")
    ours = {row["message_source_id"]: row["ticket_source_id"] for row in rows}
    held = next(
        (ticket, message)
        for ticket in (both.ticket(name) for name in sorted(set(ours.values())))
        for message in ticket["messages"]
        if message["attachments"] and message["external_id"]
    )
    ticket, message = held
    asked = {name: message[name] for name in ("channel", "from_agent", "sent_datetime")}
    both.in_gorgias("PUT", f"/api/tickets/{ticket['id']}/messages/{message['id']}", asked | {"attachments": []})
    clock = both.migration.sandbox.gorgias.clock
    both.migration.sandbox.gorgias.clock = lambda: clock() + 3600
    both.at_source("Tickets", ticket["external_id"].rpartition(":")[2], {"subject": "Changed in Ivinex"})
    assert writes(both.delta()) != {}
    assert both.in_gorgias("GET", f"/api/tickets/{ticket['id']}")["subject"] == "Changed in Ivinex"
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])
    assert both.in_gorgias("GET", f"/api/tickets/{ticket['id']}/messages/{message['id']}")["attachments"] == []

    both.at_source("Tickets", ticket["external_id"].rpartition(":")[2], {"subject": "Changed once more"})
    assert writes(both.delta()) != {}
    assert (held_against(both), kept_from_a_cutover(both)) == ([], [])


def test_a_ticket_whose_mail_was_deleted_at_the_source_keeps_the_channel_that_it_has_of_it(both: Both):
    """The copy of the mail stays, so the ticket stays what it is; the ticket's own record did not change."""
    rows = both.migration.warehouse.rows(
        "SELECT t.source_id, any_value(a.collection_id) AS number FROM staging.tickets t JOIN ivinex.activities a "
        "ON a.ticket_source_id = t.source_id WHERE t.channel = 'email' GROUP BY 1 HAVING count(*) = 1 ORDER BY 1"
    )
    name, number = rows[0]["source_id"], rows[0]["number"]
    both.at_source("Activities", number, None)
    for _ in range(3):
        # Gone is what two full scans miss.
        assert writes(both.delta()) == {}
        assert held_against(both) == []
    staged = both.migration.warehouse.rows("SELECT channel FROM staging.tickets WHERE source_id = ?", [name])
    assert (staged, both.ticket(name)["channel"]) == ([{"channel": "api"}], "email")


def test_a_name_that_a_person_gave_stays_theirs_after_our_own_write_and_the_contact_s_deletion(both: Both):
    number = both.number("ivinex:1001:503", "customers")
    both.in_gorgias("PUT", f"/api/customers/{number}", {"name": "Known by another name"})
    clock = both.migration.sandbox.gorgias.clock
    both.migration.sandbox.gorgias.clock = lambda: clock() + 3600
    both.at_source("Contacts", "503", {"mailing_city": "Elsewhere"})
    assert writes(both.delta()) != {}
    assert held_against(both) == []
    both.at_source("Contacts", "503", None)
    for _ in range(3):
        # Gone is what two full scans miss.
        assert writes(both.delta()) == {}
        assert held_against(both) == []
