"""staging.messages: the messages of a ticket's create call, in order (gorgias-api.md 6.8)."""

from checks.schemas.limits import (
    BODY_BYTES,
    CHANNELS,
    EXTERNAL_ID_LENGTH,
    SUBJECT_LENGTH,
    at_most,
    at_most_bytes,
    flag,
    json_object,
    moment,
    one_of,
    row_rule,
    schema,
    storable,
    text,
    whole,
)

SCHEMA = schema(
    "messages",
    {
        "partition": text("the ticket's created day, UTC"),
        "source_id": text(
            "`<activity or task>@<ticket>`, or `<ticket>#description`, `#history`, `#placeholder`, `#losses`, "
            "`#undelivered`",
            unique=True,
        ),
        "ticket_source_id": text("row of staging.tickets"),
        "external_id": text("external id in Gorgias", at_most(EXTERNAL_ID_LENGTH)),
        "position": whole("place in the ticket, from 0"),
        "kind": text(
            "where it comes from",
            one_of("description", "activity", "task", "history", "placeholder", "losses", "undelivered"),
        ),
        "synthetic": flag("made by the migration: counted apart from the source"),
        "channel": text("channel", one_of(*CHANNELS)),
        "via": text("how it entered", one_of("api")),
        "from_agent": flag("written by an agent"),
        "public": flag("seen by the customer"),
        "sender_type": text("user or customer", one_of("user", "customer")),
        "sender_source_id": text("row of staging.users or staging.customers; null = the fallback user", nullable=True),
        "receiver_type": text("customer, for messages of agents to them", one_of("user", "customer"), nullable=True),
        "receiver_source_id": text("the receiver's row", nullable=True),
        "source": text("JSON {type, from, to, cc, bcc}; e-mails need it", json_object(), nullable=True),
        "subject": text("subject", at_most(SUBJECT_LENGTH), storable(), nullable=True),
        "body_text": text("plain text", at_most_bytes(BODY_BYTES), storable()),
        "body_html": text("HTML", at_most_bytes(BODY_BYTES), storable(), nullable=True),
        "message_id": text("Message-ID of an e-mail, for threading", at_most(998), storable(), nullable=True),
        "meta": text("JSON of the Ivinex facts", json_object()),
        "created_at": moment("original time"),
        "source_version": text("content hash of the activity, for a message of the ticket's own that of the ticket"),
        "sent_at": moment("always set: an empty one would make Gorgias send the message (gorgias-api.md 7)"),
    },
    "Messages of the tickets, in the order in which they are created.",
    [
        row_rule(
            lambda rows: (
                (rows["channel"] != "internal-note")
                | (
                    ~rows["public"]
                    & rows["from_agent"]
                    & (rows["sender_type"] == "user")
                    & rows["receiver_type"].isna()
                )
            ),
            "an internal note is private, by a user, to nobody",
        ),
        row_rule(lambda rows: (rows["channel"] != "email") | rows["source"].notna(), "an e-mail has its envelope"),
        row_rule(lambda rows: rows["from_agent"] == (rows["sender_type"] == "user"), "the sender fits the direction"),
        row_rule(
            lambda rows: (rows["sender_type"] == "user") | rows["sender_source_id"].notna(), "a customer is named"
        ),
    ],
)
