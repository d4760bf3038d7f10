"""The files of messages as their requests carry them: references to uploads, images in bodies, outcomes.

It belongs here: from staged files and the account's uploads to parts of a message. It does not: uploading (files.py)
and the rest of a message (load/ticket_payload.py).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from resources.gorgias.wire import Attachment
from resources.ledger import Ledger, Outcome
from resources.ledger.records import Uploaded
from resources.warehouse import Warehouse

_IMAGE = re.compile(
    r'<img(?=\s[^>]*?src="https://files\.invalid/(?P<sha256>[0-9a-f]{64})")(?:\s+[^\s=>"]+(?:="[^"]*")?)*\s*/?>'
)
_NAMED = "[image: "
_NAME = re.compile(r"\[image: [^\]]*\]")
_SOURCE = "https://files.invalid/"
_ROWS = """
    SELECT * FROM staging.attachments WHERE list_contains(?, partition) AND list_contains(?, ticket_source_id)
    ORDER BY message_source_id, position
"""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class MessageFiles:
    """Files by message, with what the account holds and what it refused.

    Attributes:
        by_message: message source id -> its rows of staging.attachments.
        held: sha256 -> upload.
        refused: sha256 -> Gorgias's answer.
    """

    by_message: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    held: Mapping[str, Uploaded] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, warehouse: Warehouse, ledger: Ledger, days: Sequence[str], tickets: Sequence[str]) -> "MessageFiles":
        """Of some tickets of these days."""
        rows = warehouse.rows(_ROWS, [list(days), list(tickets)], if_exists="staging.attachments")
        by_message: dict[str, list[Row]] = {}
        for row in rows:
            by_message.setdefault(row["message_source_id"], []).append(row)
        contents = {row["sha256"] for row in rows}
        return cls(by_message, ledger.uploads.of(contents), ledger.uploads.refused_uploads(contents))

    def waiting(self, messages: Iterable[Row]) -> bool:
        """Does any of these messages have a file that is neither uploaded nor refused?"""
        return any(
            row["sha256"] not in self.held and row["sha256"] not in self.refused
            for message in messages
            for row in self.by_message.get(message["source_id"], ())
        )

    def concern(self, message: Row) -> bool:
        """Has the message a file, a picture, or the name of one? Then files that come later may change it."""
        about_files = message["source_id"] in self.by_message or message["kind"] == "undelivered"
        return about_files or self.shows(message) or _NAMED in (message["body_html"] or "")

    @staticmethod
    def shows(message: Row) -> bool:
        """Is an image of the body one of the files?"""
        return _SOURCE in (message["body_html"] or "")

    def attachments(self, message: str) -> list[Attachment]:
        """References to the uploads, under the original names."""
        return [
            Attachment(
                url=self.held[row["sha256"]].url,
                name=row["name"],
                content_type=row["content_type"],
                size=row["size"],
            )
            for row in self.by_message.get(message, ())
            if row["sha256"] in self.held
        ]

    def outcomes(self, message: str) -> list[Outcome]:
        """What becomes of the message's files when its request is carried out; refused ones are booked already."""
        return [
            Outcome(row["source_id"], "created", partition=row["partition"], object="files")
            for row in self.by_message.get(message, ())
            if row["sha256"] in self.held
        ]

    def text(self, message: str, text: str | None) -> str | None:
        """The text, with the names of files that Gorgias refused after it."""
        told = self._refusals(message)
        return "\n\n".join(filter(None, [text, *told])) if told else text

    def html(self, message: str, html: str | None) -> str | None:
        """The HTML with the addresses of its images; one that is not uploaded becomes its name."""
        if html is None:
            return None
        names = {row["sha256"]: row["name"] for row in self.by_message.get(message, ())}

        def picture(found: re.Match[str]) -> str:
            sha256 = found["sha256"]
            if sha256 in self.held:
                return found[0].replace(f"{_SOURCE}{sha256}", escape(self.held[sha256].url, quote=True))
            return escape(f"[image: {names.get(sha256, 'picture')}]")

        return _IMAGE.sub(picture, html) + "".join(f"<p>{escape(line)}</p>" for line in self._refusals(message))

    def _refusals(self, message: str) -> list[str]:
        return [
            f'[The file "{row["name"]}" ({row["size"]:,} bytes) is not attached: Gorgias refused it. '
            "It is kept with the migration's files.]"
            for row in self.by_message.get(message, ())
            if row["sha256"] in self.refused
        ]


def without_images(html: str) -> str:
    """The HTML without its pictures and their names: the same whether they are there or still to come."""
    return _NAME.sub("", _IMAGE.sub("", html))


NO_FILES = MessageFiles()
