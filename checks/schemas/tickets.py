"""staging.tickets: everything of a ticket's create call but its messages (gorgias-api.md 6.7)."""

from checks.schemas.limits import (
    CHANNELS,
    EXTERNAL_ID_LENGTH,
    SUBJECT_LENGTH,
    at_most,
    flag,
    json_list,
    json_object,
    moment,
    not_blank,
    one_of,
    row_rule,
    schema,
    storable,
    text,
    whole,
)

SCHEMA = schema(
    "tickets",
    {
        "partition": text("created day, UTC"),
        "source_id": text("`ivinex:<CollectionTypeID>:<collection_id>`", unique=True),
        "external_id": text("external id in Gorgias", at_most(EXTERNAL_ID_LENGTH)),
        "contact_source_id": text("the contact that Ivinex names, or the ticket's own stub"),
        "customer_source_id": text("row of staging.customers", not_blank()),
        "subject": text("subject", at_most(SUBJECT_LENGTH), storable(), nullable=True),
        "status": text("open or closed", one_of("open", "closed")),
        "priority": text("priority", one_of("critical", "high", "normal", "low")),
        "channel": text("channel of the first activity that is no note, else api", one_of(*CHANNELS)),
        "from_agent": flag("direction of the first message"),
        "assignee_source_id": text("row of staging.users", nullable=True),
        "team_source_id": text("row of staging.teams", nullable=True),
        "tags": text(
            "JSON list of tag names; ai_ignore is always among them",
            json_list(lambda tags: "ai_ignore" in tags, "ai_ignore among the tags"),
            json_list(lambda tags: all(0 < len(tag) <= 256 for tag in tags), "tags of 1 to 256 characters"),
        ),
        "field_values": text("JSON {custom field external id: value}", json_object()),
        "meta": text(
            "JSON of the Ivinex facts", json_object(lambda meta: "ivinex_id" in meta, "the Ivinex id in meta")
        ),
        "created_at": moment("creation time"),
        "opened_at": moment("time of opening"),
        "closed_at": moment("time of closing, null while open", nullable=True),
        "updated_at": moment("last change in Ivinex"),
        "messages": whole("rows in staging.messages"),
        "source_version": text("content hash of the ticket", not_blank()),
    },
    "Tickets to create, one call each with all their messages.",
    [
        row_rule(lambda rows: rows["messages"] >= 1, "a ticket has at least one message"),
        row_rule(
            lambda rows: (rows["status"] == "closed") == rows["closed_at"].notna(), "closed tickets have a closing time"
        ),
        row_rule(
            lambda rows: rows["created_at"].dt.strftime("%Y-%m-%d") == rows["partition"],
            "created on its partition's day",
        ),
    ],
)
