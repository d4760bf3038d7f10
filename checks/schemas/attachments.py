"""staging.attachments: the files of each message, ready to be uploaded and referred to (gorgias-api.md 6.8 and 9)."""

import pandera.pandas as pa

from checks.schemas.limits import each, flag, not_blank, schema, storable, text, whole

NAME_LENGTH = 255

SCHEMA = schema(
    "attachments",
    {
        "partition": text("the ticket's created day, UTC"),
        "source_id": text("`<record>/<key>@<ticket>`: one file on one ticket", unique=True),
        "file_source_id": text("the file, row of ivinex.downloads"),
        "ticket_source_id": text("row of staging.tickets"),
        "message_source_id": text("row of staging.messages: the message that it came with"),
        "position": whole("order among the files of its message"),
        "name": text(
            "original name without paths and control characters",
            not_blank(),
            storable(),
            each(lambda name: len(name) <= NAME_LENGTH, f"at most {NAME_LENGTH} characters"),
            each(lambda name: "/" not in name and "\\" not in name, "no path"),
        ),
        "sha256": text("its content in the store", each(lambda digest: len(digest) == 64, "a sha256")),
        "size": whole("bytes", pa.Check.ge(1, error="not empty")),
        "content_type": text("what its first bytes say", not_blank()),
        "inline": flag("shown inside the body as well"),
    },
    "Files of the messages, each with its content.",
)
