"""What both peers share: an Ivinex site read page by page, and its records as bodies of Gorgias.

It belongs here: reading and converting, as plainly as it can be done. It does not: writing to Gorgias, which is what
the peers differ in (plain.py, dlt_pipeline.py).
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx

CONTACTS, TICKETS, ACTIVITIES = "1001", "10101", "50"
PAGE = 100
STATUS_CLOSED = "closed"
_FILE = re.compile(r"https?://[^\s\"'<>]+/Files\.php\?[^\s\"'<>]+")

Row = dict[str, Any]


class Site:
    """The source, asked with credentials of a user."""

    def __init__(self, url: str, user: str, password: str):
        self._http = httpx.Client(base_url=url, auth=(user, password), timeout=60)

    def rows(self, tab: str) -> Iterator[Row]:
        offset = 0
        while True:
            asked = {"CollectionTypeID": tab, "Offset": str(offset), "Limit": str(PAGE)}
            found = self._http.get("/API/Records.php", params=asked).raise_for_status().json()["Records"]
            yield from found
            if len(found) < PAGE:
                return
            offset += PAGE

    def conversations(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each ticket with its activities, the oldest first."""
        of_ticket: dict[str, list[Row]] = defaultdict(list)
        for activity in self.rows(ACTIVITIES):
            of_ticket[str(activity.get("ticket"))].append(activity)
        for ticket in self.rows(TICKETS):
            own = of_ticket.get(str(ticket["collection_id"]), [])
            yield ticket, sorted(own, key=lambda row: row["created_date"])

    def content(self, url: str) -> bytes | None:
        answer = self._http.get(url)
        return answer.content if answer.status_code == 200 and answer.content else None


def customer_body(contact: Row) -> Row:
    number = contact["collection_id"]
    email = (contact.get("email") or "").strip().lower() or f"contact-{number}@stubs.invalid"
    name = f"{contact.get('first_name', '')} {contact.get('last_name', '')}".strip()
    channel = {"type": "email", "address": email, "preferred": True}
    return {"external_id": f"peer:contact:{number}", "name": name or None, "email": email, "channels": [channel]}


def message_body(row: Row, customer: int) -> Row:
    text = row.get("body_plain") or row.get("description") or row.get("subject") or "-"
    at = _moment(row["created_date"])
    source = {"type": "email", "from": {"address": "peer@mail.example"}, "to": [{"address": "shop@mail.example"}]}
    return {
        "channel": "email", "via": "api", "from_agent": False, "sender": {"id": customer}, "source": source,
        "body_text": text, "body_html": row.get("body") or None, "public": True, "created_datetime": at,
        "sent_datetime": at, "external_id": f"peer:activity:{row['collection_id']}",
    }  # fmt: skip


def ticket_body(ticket: Row, customer: int, messages: list[Row]) -> Row:
    first = {**ticket, "body": None, "body_plain": ticket.get("subject")}
    bodies = messages or [message_body(first, customer) | {"external_id": f"peer:ticket:{ticket['collection_id']}:0"}]
    return {
        "external_id": f"peer:ticket:{ticket['collection_id']}", "customer": {"id": customer}, "messages": bodies,
        "subject": ticket.get("subject"), "status": STATUS_CLOSED, "channel": "email", "via": "api",
        "from_agent": False, "created_datetime": _moment(ticket["created_date"]),
    }  # fmt: skip


def file_urls(row: Row) -> list[str]:
    """Addresses of files in a record, in its FILE fields and its bodies."""
    texts = [html.unescape(value) for value in row.values() if isinstance(value, str) and "Files.php" in value]
    return list(dict.fromkeys(url for text in texts for url in _FILE.findall(text)))


def _moment(text: str) -> str:
    return f"{text.replace(' ', 'T')}+00:00" if text[:4] > "0000" else "2020-01-01T00:00:00+00:00"
