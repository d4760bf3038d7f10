"""The bodies of a ticket's messages with the files and links that they speak of. Reads on the caller's transaction.

It belongs here: which file an image of a body is, and which ticket a link names. It does not: what is done to the
text (html.py) and sending.

A link to a ticket gets the target's external id behind it, which every migrated ticket carries and can be found by.
Gorgias's own number is not put in: it is not known before the target is written, and the payload of a ticket must not
depend on what else is there already.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from migration_assets.ivinex.file_tables import ATTACHMENTS
from migration_assets.ivinex.mentions import image_key, image_label, on_site
from migration_assets.mapping.frames import rows
from migration_assets.staging.file_names import safe_name
from migration_assets.staging.html import FILE_URL, make_safe
from resources.ledger import Loss
from resources.warehouse import Connection

NOT_SHOWN = "\x00"
_REFERENCE = re.compile(r"(?<![\d:])(\d{1,12}):(\d{1,12})(?![\d:])")
_TAB_NAMES = frozenset({"collectiontypeid", "module_id", "moduleid", "tab"})
_RECORD_NAMES = frozenset({"collectionid", "collection_id", "recordid", "record_id", "record", "id"})
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
_RELATIVE = re.compile(r'href="(/[^"]+)"')

File = dict[str, Any]


@dataclass
class Body:
    """A finished body and what was lost of it, for the ledger."""

    text: str
    html: str | None
    losses: list[Loss] = field(default_factory=list)
    lost_images: list[str] = field(default_factory=list)


class Bodies:
    """What the bodies of a chunk may speak of.

    Args:
        ids: source ids of the tickets.
        days: first and last partition of the chunk.
        site: host of the configured Ivinex site.
    """

    def __init__(self, tx: Connection, ids: Sequence[str], days: tuple[str, str], site: str):
        self._tx, self._site = tx, site
        self._by_ticket: dict[str, list[File]] = defaultdict(list)
        self._tabs: set[str] | None = None
        if tx.exists(ATTACHMENTS):
            frame = tx.query(
                f"SELECT * FROM {ATTACHMENTS.name} WHERE partition BETWEEN ? AND ? "  # noqa: S608
                "AND ticket_source_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY record_source_id, position, source_id",
                [*days, list(ids)],
            )
            for row in rows(frame):
                self._by_ticket[row["ticket_source_id"]].append(row)

    def files(self, ticket: str) -> list[File]:
        """Files of the ticket and its activities, as in ivinex.attachments."""
        return self._by_ticket.get(ticket, [])

    def finish(self, ticket: str, partition: str, record: str, external_id: str, text: str, html: str | None) -> Body:
        """Make a body safe, point its images at their files, and name the tickets that it links to.

        Args:
            ticket: source id of the ticket.
            record: source id of the record that the body is of.
            external_id: of the message, for losses.
        """
        losses: list[Loss] = []
        words = self._links(text if html is None else f"{text} {html}", external_id, partition, losses)
        if words:
            text = _URL.sub(lambda url: f"{url[0]} [{words[url[0]]}]" if url[0] in words else url[0], text)
        if html is None:
            return Body(text, None, losses)
        held = _Pictures(row for row in self.files(ticket) if row["record_source_id"] == record)
        marked = make_safe(html, lambda source: held.source(source, self._site), words.get)
        if marked.active:
            losses.append(Loss("body", "active content taken out", external_id, partition=partition))
        losses += [
            Loss("body", "image left as its name", external_id, count=len(marked.lost), partition=partition)
        ] * bool(marked.lost)
        return Body(text, marked.html, losses, marked.lost)

    def _links(self, text: str, external_id: str, partition: str, losses: list[Loss]) -> dict[str, str]:
        """URL -> external id of the migrated ticket that it names; one that is not carried over is a loss."""
        if not self._site or not (self._site in text or 'href="/' in text):
            return {}
        named = {url: ticket for url in _urls(text) if on_site(url, self._site) and (ticket := self._ticket(url))}
        if not named:
            return {}
        frame = self._tx.query(
            "SELECT source_id FROM ivinex.ticket_sweep WHERE list_contains(?, source_id) AND partition <> 'none'",
            [sorted(set(named.values()))],
        )
        known = set(frame["source_id"])
        losses += [
            Loss("link", "to a ticket that is not carried over", external_id, partition=partition, detail=target)
            for target in sorted(set(named.values()) - known)
        ]
        return {url: ticket for url, ticket in named.items() if ticket in known}

    def _ticket(self, url: str) -> str | None:
        """The ticket that an address of the site names, by tab and record; `20:55` is the product's own notation."""
        if self._tabs is None:
            found = self._tx.query("SELECT DISTINCT collection_type_id AS tab FROM ivinex.ticket_sweep")
            self._tabs = set(found["tab"])
        parts = urlsplit(url)
        given = {name.lower(): value for name, value in parse_qsl(parts.query)}
        tab = next((given[name] for name in _TAB_NAMES if name in given), None)
        record = next((given[name] for name in _RECORD_NAMES if name in given), None)
        pairs = [(tab, record)] if tab and record else []
        pairs += _REFERENCE.findall(unquote(f"{parts.path} {parts.query} {parts.fragment}"))
        return next((f"ivinex:{one}:{other}" for one, other in pairs if one in self._tabs and other.isdecimal()), None)


class _Pictures:
    """The files of one record, by what a body may call them."""

    def __init__(self, files: Iterable[File]):
        self._by_key: dict[str, File] = {}
        self._by_label: dict[str, File] = {}
        for row in files:
            self._by_key[row["source_id"].rpartition("/")[2]] = row
            for label in (row["name"], *orjson.loads(row["labels"] or "[]")):
                self._by_label.setdefault(label.strip("<> ").lower(), row)

    def source(self, source: str, site: str) -> str | None:
        """The image's new source; NOT_SHOWN and its name where it cannot be shown; None where it may stay."""
        if source.lower().startswith("cid:"):
            wanted = unquote(source[4:]).strip("<> ").lower()
            row = self._by_label.get(wanted) or self._by_label.get(wanted.partition("@")[0])
            named = wanted.partition("@")[0]
        elif source.startswith("data:") or on_site(source, site):
            row = self._by_key.get(image_key(source)) or self._by_label.get(image_label(source))
            named = "picture"
        else:
            return None
        if row is None:
            return NOT_SHOWN + safe_name(named)
        if row["status"] != "ok":
            return NOT_SHOWN + safe_name(row["name"])
        return FILE_URL + row["sha256"]


def _urls(text: str) -> list[str]:
    """Addresses in a text, and those that an HTML link gives without its host."""
    plain = text.replace("&amp;", "&")
    return list(dict.fromkeys([*_URL.findall(plain), *_RELATIVE.findall(plain)]))[:200]
