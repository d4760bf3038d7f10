"""Requests to Gorgias as types, in which silence is a rule and not a habit (architecture.md 4, gorgias-api.md 6 and 7).

A message cannot be built without `sent_datetime`, an internal note cannot be public, and people inside a message
are given by id only: other fields would change those people. Limits that a row can break are schemas' business
(checks/schemas); what is refused here would be an error of this program.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, Strict, model_validator

MAX_MESSAGES = 500
MAX_TICKET_BYTES = 8_000_000


def moment(value: datetime) -> str:
    """A time as Gorgias gets it: ISO 8601, UTC, with its offset (gorgias-api.md 5)."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be sent")
    return value.astimezone(UTC).isoformat()


# Strict: pydantic would read "0" or 5 as a moment in 1970.
Moment = Annotated[AwareDatetime, Strict(), PlainSerializer(moment, return_type=str)]


class Wire(BaseModel):
    """A request body: unknown keys are errors here, as they are at Gorgias."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def body(self) -> dict[str, Any]:
        """The JSON object to send; what is not set is left out."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


class Ref(Wire):
    id: int


class NamedTag(Wire):
    name: str


class FieldValue(Wire):
    id: int
    value: str | float | int | bool


class Address(Wire):
    address: str
    name: str | None = None


class Source(Wire):
    type: str
    sender: Address | None = Field(default=None, serialization_alias="from")
    to: list[Address] = Field(default_factory=list)
    cc: list[Address] = Field(default_factory=list)
    bcc: list[Address] = Field(default_factory=list)


class Attachment(Wire):
    """An uploaded file under the name by which people know it."""

    url: str
    name: str
    content_type: str
    size: int


class Message(Wire):
    """A message that has already been sent, or was received, or is a note: nothing that Gorgias would send."""

    channel: str
    via: str
    from_agent: bool
    sender: Ref
    receiver: Ref | None = None
    source: Source | None = None
    subject: str | None = None
    body_text: str | None = None
    body_html: str | None = None
    public: bool = True
    external_id: str
    message_id: str | None = None
    meta: dict[str, Any] | None = None
    attachments: list[Attachment] | None = None
    created_datetime: Moment
    # Filled means "not sent by Gorgias"; it is the only documented switch (gorgias-api.md 7), so it has no default.
    sent_datetime: Moment

    @model_validator(mode="after")
    def _notes_are_internal(self) -> "Message":
        if (self.channel == "internal-note") == self.public:
            raise ValueError("an internal note is not public, and everything else is")
        if not self.from_agent and self.receiver is not None:
            raise ValueError("an incoming message has no receiver (gorgias-api.md 6.8)")
        return self


class MessageFiles(Wire):
    """The whole list of a known message's attachments, and the HTML that shows them (gorgias-api.md 6.8).

    Silent like the message itself.
    """

    channel: str
    from_agent: bool
    sent_datetime: Moment
    attachments: Annotated[list[Attachment], Field(min_length=1)]
    body_html: str | None = None


class Ticket(Wire):
    """A whole ticket with its history, created in one call."""

    external_id: str
    customer: Ref
    subject: str | None = None
    status: Literal["open", "closed"]
    priority: Literal["critical", "high", "normal", "low"]
    channel: str
    via: Literal["api"] = "api"
    from_agent: bool
    imported: Literal[True] = True
    assignee_user: Ref | None = None
    assignee_team: Ref | None = None
    tags: list[NamedTag]
    custom_fields: list[FieldValue] | None = None
    meta: dict[str, Any]
    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    created_datetime: Moment
    opened_datetime: Moment | None = None
    closed_datetime: Moment | None = None
    updated_datetime: Moment | None = None


class Change(Wire):
    """A PUT: only what is set is sent, and null empties a field."""

    def body(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class NoOne(Wire):
    """Takes a person off: `{"id": null}` (gorgias-api.md 6.7)."""

    id: None


class ChangedValue(Wire):
    id: int
    value: str | float | int | bool | None


class TicketChange(Change):
    """What may be changed of a ticket after its creation; its creation time and its messages may not."""

    customer: Ref | None = None
    subject: str | None = None
    status: Literal["open", "closed"] | None = None
    priority: Literal["critical", "high", "normal", "low"] | None = None
    channel: str | None = None
    from_agent: bool | None = None
    assignee_user: Ref | NoOne | None = None
    assignee_team: Ref | NoOne | None = None
    tags: list[NamedTag] | None = None
    custom_fields: list[ChangedValue] | None = None
    meta: dict[str, Any] | None = None
    closed_datetime: Moment | None = None
    updated_datetime: Moment | None = None


class MessageChange(Change):
    """What may be changed of a message. Clearing `sent_datetime` would send it, so it is required here too."""

    channel: str
    via: str
    from_agent: bool
    sent_datetime: Moment
    sender: Ref | None = None
    receiver: Ref | None = None
    source: dict[str, Any] | None = None
    subject: str | None = None
    body_text: str | None = None
    body_html: str | None = None
    message_id: str | None = None


class Channel(Wire):
    type: str
    address: str
    preferred: bool = False


class Customer(Wire):
    external_id: str
    name: str | None = None
    email: str | None = None
    channels: Annotated[list[Channel], Field(min_length=1)]


class CustomerChange(Change):
    name: str | None = None
    email: str | None = None
    channels: list[Channel] | None = None


class Role(Wire):
    name: str


class User(Wire):
    email: str
    name: str
    role: Role
    external_id: str


class Team(Wire):
    name: str
    members: list[Ref]


class CustomField(Wire):
    object_type: Literal["Ticket", "Customer"]
    label: str
    description: str | None = None
    priority: int | None = None
    external_id: str
    definition: dict[str, Any]


class Tag(Wire):
    name: str
    description: str | None = None


def _names(kind: type[BaseModel]) -> Iterator[str]:
    for name, info in kind.model_fields.items():
        yield from filter(None, (name, info.serialization_alias))
    for below in kind.__subclasses__():
        yield from _names(below)


FIELDS = frozenset(_names(Wire)) | {
    "definition",
    "input_settings",
    "choices",
    "data_type",
    "input_type",
    "required",
    "phone",
}
"""Every name that a field of a request has: what an error may be told to be about."""
