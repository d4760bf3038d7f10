"""Silence is a type: a message that Gorgias could send cannot be built (architecture.md 4)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from resources.gorgias.wire import Message, Ref, Ticket, moment

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)
BASE: dict[str, Any] = {
    "channel": "email",
    "via": "api",
    "from_agent": True,
    "sender": Ref(id=1),
    "external_id": "ivinex:30:1",
    "created_datetime": AT,
    "sent_datetime": AT,
}

anything = st.one_of(st.none(), st.just(""), st.booleans(), st.text(max_size=5))


@given(value=anything)
def test_no_message_exists_without_the_time_at_which_it_was_sent(value: Any):
    with pytest.raises(ValidationError):
        Message(**BASE | {"sent_datetime": value})


def test_leaving_the_time_out_is_refused_too():
    with pytest.raises(ValidationError, match="sent_datetime"):
        Message(**{name: value for name, value in BASE.items() if name != "sent_datetime"})


@given(
    channel=st.sampled_from(["email", "phone", "api", "sms", "internal-note"]),
    public=st.booleans(),
    from_agent=st.booleans(),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_every_message_that_can_be_built_carries_its_time_and_notes_are_private(
    channel: str, public: bool, from_agent: bool, at: datetime
):
    given_fields = BASE | {"channel": channel, "public": public, "from_agent": from_agent, "sent_datetime": at}
    if (channel == "internal-note") == public:
        with pytest.raises(ValidationError):
            Message(**given_fields)
        return
    body = Message(**given_fields).body()
    assert datetime.fromisoformat(body["sent_datetime"]) == at
    assert body["public"] is (channel != "internal-note")


def test_a_message_once_built_cannot_lose_its_time():
    message = Message(**BASE)
    with pytest.raises(ValidationError):
        message.sent_datetime = None  # type: ignore[assignment]


def test_people_in_a_message_are_given_by_id_only():
    with pytest.raises(ValidationError):
        Message(**BASE | {"sender": {"id": 1, "name": "Jane"}})


def test_an_incoming_message_has_no_receiver():
    with pytest.raises(ValidationError, match="no receiver"):
        Message(**BASE | {"from_agent": False, "receiver": Ref(id=2)})


def test_a_time_without_a_zone_cannot_be_sent():
    with pytest.raises(ValueError, match="without a zone"):
        moment(datetime(2026, 1, 5))  # noqa: DTZ001 - that is the point


def test_a_ticket_is_marked_as_imported_and_takes_no_unknown_key():
    message = Message(**BASE)
    given_fields: dict[str, Any] = {
        "external_id": "ivinex:20:1",
        "customer": Ref(id=1),
        "status": "closed",
        "priority": "normal",
        "channel": "email",
        "from_agent": True,
        "tags": [],
        "meta": {},
        "messages": [message],
        "created_datetime": AT,
    }
    body = Ticket(**given_fields).body()
    assert (body["imported"], body["via"]) == (True, "api")
    for bad in ({"imported": False}, {"subjekt": "x"}, {"messages": []}, {"messages": [message] * 501}):
        with pytest.raises(ValidationError):
            Ticket(**given_fields | bad)


def test_a_refused_value_is_not_shown_in_the_error():
    with pytest.raises(ValidationError) as caught:
        Message(**BASE | {"body_text": 5, "subject": ["jane@mail.example"]})
    assert "jane" not in str(caught.value)
