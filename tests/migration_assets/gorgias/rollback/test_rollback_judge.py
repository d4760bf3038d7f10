"""What counts as people's work on an object, question by question, without a server."""

from datetime import UTC, datetime
from typing import Any

import pytest

from migration_assets.gorgias.field_state import state_of, stored
from migration_assets.gorgias.rollback.judge import (
    NOT_KNOWN,
    OTHER,
    customer_reasons,
    definition_reasons,
    ticket_reasons,
)
from migration_assets.gorgias.rollback.references import References
from migration_assets.gorgias.rollback.written_objects import UNDOING, WrittenObject, ticket_of
from resources.ledger import Outcome
from resources.ledger.records import KnownWrite, State, WriteKey

TICKET, CUSTOMER, TAG = "ivinex:20:1", "ivinex:10:1", "VIP"
MESSAGE = "ivinex:30:5"
AT = datetime(2026, 11, 1, tzinfo=UTC)
SENT: dict[str, Any] = {
    "external_id": TICKET,
    "subject": "Late",
    "status": "open",
    "customer": {"id": 7},
    "tags": [{"name": TAG}],
    "custom_fields": [{"id": 31, "value": "red"}],
}


def written(name: str, source_id: str, *parts: str, state: State = State.DONE) -> WrittenObject:
    rows = tuple(
        KnownWrite(WriteKey(name, source_id, part), state, "h", 50, 0, 1, AT, None) for part in ("create", *parts)
    )
    messages = (Outcome(f"{MESSAGE}@{TICKET}", "created", gorgias_id=900, object="messages"),)
    return WrittenObject(name, source_id, 50, None, True, rows[0], None, rows, messages if name == "tickets" else ())


def base() -> dict[str, Any]:
    message = {
        "source_id": f"{MESSAGE}@{TICKET}",
        "state": stored(state_of({"body_text": "Hello", "sender": {"id": 7}})),
    }
    return {"ticket": stored(state_of(SENT)), "messages": {MESSAGE: message}}


def shown(**changed: Any) -> dict[str, Any]:
    message = {"id": 900, "external_id": MESSAGE, "from_agent": False, "sender": {"id": 7}, "body_text": "Hello"}
    values = {"31": {"id": 31, "value": "red"}}
    return SENT | {"id": 50, "language": "en", "messages": [message], "custom_fields": values} | changed


def reply(number: int = 901, **more: Any) -> dict[str, Any]:
    return {"id": number, "from_agent": True, "sender": {"id": 12}, "body_text": "Yes"} | more


def test_a_ticket_as_we_left_it_has_no_reason_to_stay_and_what_the_server_fills_is_none():
    one = written("tickets", TICKET)
    assert ticket_reasons(one, shown(), base(), (), whole=True) == []
    filled = shown(custom_fields={"31": {"value": "red"}, "9": {"value": "refund"}})
    assert ticket_reasons(one, filled, base(), (9,), whole=True) == []
    assert ticket_reasons(one, filled, base(), (), whole=True) == ["edited: custom_fields.9"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"subject": "Seen"}, "edited: subject"),
        ({"tags": [{"name": TAG}, {"name": "urgent"}]}, "edited: tags.urgent"),
        ({"custom_fields": {}}, "edited: custom_fields.31"),
        ({"assignee_user": {"id": 12}}, "edited: assignee_user"),
        ({"trashed_datetime": "2026-11-02T00:00:00+00:00"}, "trashed"),
        ({"snooze_datetime": "2026-12-02T00:00:00+00:00"}, "snoozed"),
        ({"spam": True}, "marked as spam"),
        ({"satisfaction_survey": {"score": 5}}, "its customer answered a survey"),
        ({"messages": [shown()["messages"][0], reply()]}, "answered: message 901 by user 12"),
        (
            {"messages": [shown()["messages"][0], reply(external_id="ivinex:30:9")]},
            "merged: message 901 is of another ticket",
        ),
        ({"messages": [shown()["messages"][0] | {"body_text": "Changed"}]}, "edited: message 900"),
        ({"messages": [shown()["messages"][0] | {"external_id": None, "body_text": "Changed"}]}, "edited: message 900"),
        ({"messages": []}, "1 of our messages were deleted"),
        ({"external_id": "ivinex:20:2"}, OTHER),
    ],
)
def test_whatever_somebody_did_to_a_ticket_is_named_by_field_and_id(changed: dict[str, Any], reason: str):
    assert ticket_reasons(written("tickets", TICKET), shown(**changed), base(), (), whole=True) == [reason]


def test_a_ticket_of_which_nothing_is_known_stays():
    assert ticket_reasons(written("tickets", TICKET), shown(), None, (), whole=True) == [NOT_KNOWN]


def test_a_row_of_a_list_decides_by_what_it_shows():
    row = {name: value for name, value in shown().items() if name not in {"messages", "custom_fields"}}
    assert ticket_reasons(written("tickets", TICKET), row | {"messages_count": 1}, base(), (), whole=False) == []
    more = ticket_reasons(written("tickets", TICKET), row | {"messages_count": 2}, base(), (), whole=False)
    assert more == ["2 messages instead of 1"]


def test_a_note_and_another_application_s_data_are_people_s_work_on_a_customer():
    left = {"customer": {"name|": "Ada", "data|vip": True}}
    body = {"external_id": CUSTOMER, "name": "Ada", "data": {"ivinex": {"vip": True}}, "note": None}
    one = written("customers", CUSTOMER)
    assert customer_reasons(one, body, left, whole=True) == []
    assert customer_reasons(one, body | {"note": "calls often"}, left, whole=True) == ["edited: note"]
    assert customer_reasons(one, body | {"data": {"ivinex": {"vip": True}, "erp": 1}}, left, whole=True) == [
        "edited: data"
    ]


def test_a_tag_that_was_renamed_or_described_stays_and_a_field_whose_archiving_lost_its_answer_does_not():
    tag, sent = written("tags", TAG), {"name": TAG}
    assert definition_reasons(tag, {"id": 50, "name": TAG, "description": None}, sent) == []
    assert definition_reasons(tag, {"id": 50, "name": "Very important"}, sent) == ["edited: name"]
    assert definition_reasons(tag, {"id": 50, "name": TAG, "description": "ours"}, sent) == ["edited: description"]
    row = {"id": 50, "label": "Colour", "external_id": "f", "deactivated_datetime": "2026-11-02T00:00:00+00:00"}
    sent = {"label": "Colour", "external_id": "f"}
    field = written("custom_fields", "f")
    assert definition_reasons(field, row, sent) == ["archived or deactivated by somebody"]
    lost = written("custom_fields", "f", "deactivate", state=State.IN_DOUBT)
    assert definition_reasons(lost, row, sent) == []


def test_rules_and_views_refer_by_a_name_in_quotes_or_an_id_as_a_number():
    refs = References()
    refs.add_text("rule 4", {"code": 'if (has(ticket.tags, "VIP")) assign("Returns")'})
    refs.add_text("view 9", {"filters": "eq(ticket.assignee_team.id, 101)", "name": "Refund"})
    assert refs.of("tags", {"id": 1, "name": TAG}) == "rule 4"
    assert refs.of("teams", {"id": 5, "name": "Returns"}) == "rule 4"
    assert refs.of("teams", {"id": 101, "name": "Other"}) == "view 9"
    assert refs.of("teams", {"id": 10, "name": "Other"}) is None
    assert refs.of("tags", {"id": 101, "name": "Refund"}) is None


def test_every_message_and_file_leads_to_its_ticket_and_a_request_that_was_lost_is_taken_back_by_a_look():
    for name in (f"{MESSAGE}@{TICKET}", f"{TICKET}#description", f"{MESSAGE}@{TICKET}#files", f"{MESSAGE}/ab@{TICKET}"):
        assert ticket_of(name) == TICKET
    lost = written("tickets", TICKET, "delete", state=State.IN_DOUBT)
    assert not {key.part for key in lost.undone().keys} & UNDOING
    assert WriteKey("tickets", TICKET, "delete") in lost.undone(by_look=True).keys
    assert {row.outcome for row in lost.undone().rows} == {"rolled_back"}
