"""Tickets and their messages: one call, silent, closed days stay closed, long tickets in order."""

from datetime import timedelta

import dagster as dg
import pytest
from gorgias_rows import AT, DAY, TAGS, customer, message, ticket, user

from migration_assets.gorgias.assets import canary, customers, tags, ticket_messages, tickets, users


@pytest.fixture
def loaded(world):
    """An account with one customer and the tag; returns the world and a function that loads a day's tickets."""

    def make(switches=None, **rows):
        here = world(switches).stage(tags=TAGS, customers=[customer(1)], **rows)
        here.pass_canary()
        here.run(tags)
        here.run(customers)
        return here

    return make


def test_a_ticket_goes_in_one_call_with_its_whole_history_and_no_mail(loaded):
    rows = [message(1, number, created_at=AT + timedelta(hours=number)) for number in range(30)]
    here = loaded(tickets=[ticket(1, 30)], messages=rows)
    shown = here.run(tickets, partition=DAY).metadata["tickets"]
    assert shown["sent"] == 1
    (held,) = here.gorgias.gorgias.tickets.rows.values()
    assert held["created_datetime"].startswith("2024-05-01T09:00:00")
    assert len(here.gorgias.gorgias.messages.rows) == 30
    assert here.mails() == []
    assert here.ledger.outcomes.outcomes_of("messages")["outcome"].value_counts().to_dict() == {"created": 30}


def test_an_outgoing_message_of_the_past_mails_nobody(loaded):
    out = message(
        1, 0, from_agent=True, sender_type="user", sender_source_id="ivinex:user:1",
        receiver_type="customer", receiver_source_id="ivinex:1001:1",
    )  # fmt: skip
    here = loaded(
        tickets=[ticket(1, 1, from_agent=True)], messages=[out], users=[user(1, "stub", email="s@stubs.invalid")]
    )
    here.run(users)
    here.run(tickets, partition=DAY)
    assert here.mails() == []
    assert here.mails(undeliverable=True) == ["invitation"]


def test_the_501st_message_is_appended_in_order_and_the_second_run_sends_nothing(loaded):
    rows = [message(1, number, created_at=AT + timedelta(minutes=number)) for number in range(503)]
    here = loaded(tickets=[ticket(1, 503)], messages=rows)
    here.run(tickets, partition=DAY)
    assert len(here.gorgias.gorgias.messages.rows) == 500
    here.run(ticket_messages, partition=DAY)
    texts = [row["body_text"] for row in here.gorgias.gorgias.messages.rows.values()]
    assert texts == [f"Message {number}" for number in range(503)]
    (held,) = here.gorgias.gorgias.tickets.rows.values()
    assert held["updated_datetime"].startswith("2024-05-01T09:00:00")
    again = here.run(ticket_messages, partition=DAY)
    assert again.metadata["ticket_messages"]["sent"] == 0
    assert set(here.ledger.outcomes.outcomes_of("messages")["outcome"]) == {"created"}


def test_a_ticket_whose_customer_is_missing_waits_in_quarantine_with_its_messages(loaded):
    lost = ticket(2, 1, customer_source_id="ivinex:1001:404")
    here = loaded(tickets=[ticket(1, 1), lost], messages=[message(1, 0), message(2, 1)])
    here.run(tickets, partition=DAY)
    assert len(here.gorgias.gorgias.tickets.rows) == 1
    assert here.ledger.quarantine.rows()["source_id"].tolist() == ["ivinex:101:2"]
    outcomes = here.ledger.outcomes.outcomes_of("messages")["outcome"].value_counts().to_dict()
    assert outcomes == {"created": 1, "quarantined": 1}


def test_a_refused_ticket_takes_its_messages_into_quarantine_and_the_others_go_on(loaded):
    bad = message(2, 1, message_id="x" * 2000, external_id="y" * 300)
    here = loaded(tickets=[ticket(1, 1), ticket(2, 1)], messages=[message(1, 0), bad])
    here.run(tickets, partition=DAY)
    for name in ("tickets", "messages"):
        outcomes = here.ledger.outcomes.outcomes_of(name)["outcome"].value_counts().to_dict()
        assert outcomes == {"created": 1, "quarantined": 1}, name


def test_a_closed_gate_names_the_check_and_the_day_and_nothing_is_sent(loaded):
    here = loaded(tickets=[ticket(1, 1)], messages=[message(1, 0)])
    here.ledger.quality_gates.record_gate(
        "staging/messages:schema", DAY, False, "subject: at most 998 characters (3)", "r"
    )
    with pytest.raises(dg.Failure, match=rf"staging/messages:schema {DAY}: subject"):
        here.run(tickets, partition=DAY)
    assert not here.gorgias.gorgias.tickets.rows
    here.ledger.quality_gates.override_gate("staging/messages:schema", DAY, "Ann", "looked at")
    here.run(tickets, partition=DAY)
    assert len(here.gorgias.gorgias.tickets.rows) == 1


def test_rows_that_were_never_looked_at_are_not_sent_and_a_day_without_rows_passes(loaded):
    here = loaded(tickets=[ticket(1, 1)], messages=[message(1, 0)])
    here.run(tickets, partition="2024-05-02")
    here.warehouse.execute("UPDATE staging.tickets SET partition = '2024-05-03'")
    with pytest.raises(dg.Failure, match=r"staging/tickets:\* 2024-05-03: never looked at"):
        here.run(tickets, partition="2024-05-03")
    assert not here.gorgias.gorgias.tickets.rows


def last_evaluation(here):
    """What the canary's check shows now, as a page of the UI reads it."""
    key = dg.AssetCheckKey(dg.AssetKey(["gorgias", "canary"]), "assumptions")
    [record] = here.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    return record.evaluation


@pytest.mark.parametrize(
    ("switches", "named"),
    [
        ({"G-07": 730}, "created_datetime"),
        ({"G-11": False}, "nothing is sent"),
        ({"G-16": False}, "a message keeps its meta"),
        ({"G-17": False}, "a ticket keeps its meta"),
        ({"G-18": False}, "messages.external_id"),
        ({"G-27": False}, "a message inside a ticket create keeps its own time"),
    ],
)
def test_the_canary_names_the_assumption_that_does_not_hold_and_closes_the_gate(world, switches, named):
    here = world(switches).stage(tags=TAGS)
    here.run(tags)
    with pytest.raises(dg.Failure, match=named):
        here.execute(canary)
    assert not here.gorgias.gorgias.tickets.rows
    assert not here.gorgias.gorgias.customers.rows
    assert here.mails() == []
    with pytest.raises(dg.Failure, match="gorgias/canary:assumptions"):
        here.run(customers)
    # The step failed, and its check shows what was found all the same.
    seen = last_evaluation(here)
    assert (seen.passed, seen.severity.value) == (False, "ERROR")
    assert named in seen.description


def test_the_canary_passes_once_leaves_nothing_and_is_not_repeated(world):
    here = world().stage(tags=TAGS)
    here.run(tags)
    first = here.execute(canary).asset_materializations_for_node("gorgias__canary")[0].metadata
    assert first["differences"].value == 0
    assert not here.gorgias.gorgias.tickets.rows
    first_seen, sent, gates = last_evaluation(here), here.sent, here.ledger.quality_gates.gate_rows()
    assert first_seen.passed
    assert "kept their times" in first_seen.description
    here.execute(canary)
    assert here.sent == sent
    again = last_evaluation(here)
    assert again.passed
    assert again.description.startswith("Shown on 2")
    assert here.ledger.quality_gates.gate_rows().to_dict() == gates.to_dict()
