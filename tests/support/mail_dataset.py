"""Mails as a dataset: what an Ivinex mailbox makes of each, in the folder that the sandbox and the staging tests read.

It belongs here: turning a mail into an activity on a ticket of its own, with its files. It does not: what is right of
each mail (tests/mails/outcomes.yaml).
"""

import email
import email.policy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from case_dataset import case_dataset

SCHEMA = "kind_email_only"
"""A case, whose fields are taken: its activities have the kind Email, which says nothing of who wrote it."""
HEADERS = {"subject": "Subject", "field_from": "From", "email_to": "To", "cc": "Cc"}


@dataclass
class Mail:
    """One mail as Ivinex keeps it.

    Attributes:
        record: field -> value.
        files: name, type and content of each part that is no body.
    """

    name: str
    record: dict[str, str]
    files: list[tuple[str, str, bytes]] = field(default_factory=list)


def read_mail(path: Path, *, decoded: bool) -> Mail:
    """Read a mail.

    Args:
        decoded: headers and names of files as a mail client shows them; else as they stand in the mail, unfolded.
    """
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    raw = email.message_from_string(path.read_bytes().decode("utf-8", "replace"))
    mail = Mail(path.stem, {"activity": "1001", "created_by": message.get("X-Written-By", "0")})
    for name, header in HEADERS.items():
        text = " ".join((raw.get(header) or "").split())
        mail.record[name] = str(make_header(decode_header(text))) if decoded else text
    if date := message["Date"]:
        mail.record["created_date"] = date.datetime.strftime("%Y-%m-%d %H:%M:%S")
    bodies: dict[str, list[str]] = {"body": [], "body_plain": []}
    for part in _parts(message):
        kind, name = part.get_content_type(), part.get_filename()
        if name is None and kind.startswith("text/") and kind != "text/calendar" and not part.is_attachment():
            bodies["body" if kind == "text/html" else "body_plain"].append(part.get_content())
        elif kind == "message/rfc822":
            mail.files.append((name or "", kind, part.get_content().as_bytes()))
        else:
            content = part.get_payload(decode=True) or str(part.get_payload()).encode()
            mail.files.append((name if name and decoded else _raw_name(part), kind, content))
    mail.record |= {name: "\n".join(texts) for name, texts in bodies.items()}
    return mail


def write_dataset(folder: Path, mails: Sequence[Mail], contacts: Sequence[dict[str, str]]) -> None:
    """A dataset with one ticket for each mail: ticket n is of contact n, and its mail is activity n."""
    case_dataset(SCHEMA, folder)
    times = {"created_date": "2026-05-04 08:00:00", "modified_date": "2026-05-06 12:00:00", "modified_by": "3"}
    tabs: dict[str, list[dict[str, Any]]] = {"Contacts": [], "Tickets": [], "Activities": []}
    for number, (mail, contact) in enumerate(zip(mails, contacts, strict=True), start=1):
        made = {"collection_id": str(number), "created_by": "3", **times}
        tabs["Contacts"].append(made | contact)
        tabs["Tickets"].append(made | {"subject": mail.name, "status": "20032", "contact": str(number), "owner": "3"})
        tabs["Activities"].append(made | {"ticket": str(number)} | mail.record)
    for tab, records in tabs.items():
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (folder / "tabs" / tab / "records.ndjson").write_text(lines, encoding="utf-8")


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The leaves; a mail within a mail is one."""
    if message.get_content_maintype() != "multipart":
        yield message
        return
    for part in message.iter_parts():
        yield from _parts(part)


def _raw_name(part: EmailMessage) -> str:
    """The name as it stands in the mail, where it is encoded words; one by RFC 2231 has no other form."""
    for header in ("Content-Disposition", "Content-Type"):
        text = " ".join(str(part.as_string()).partition("\n\n")[0].split())
        if header in text and 'name="=?' in text:
            return text.partition('name="')[2].partition('"')[0]
    return part.get_filename() or ""
