"""The bodies of a ticket's messages with the files and links that they speak of. Reads on the caller's transaction.

It belongs here: which file an image of a body is, and which ticket a link names. It does not: what is done to the
text (safe_html.py) and sending.

A link to a ticket gets the target's external id behind it, which every migrated ticket carries and can be found by.
Gorgias's own number is not put in: it is not known before the target is written, and the payload of a ticket must not
depend on what else is there already.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from migration_assets.html_tree import parse
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.file_identity import on_site
from migration_assets.mapping.frames import to_rows
from migration_assets.staging.bodies.inline_images import InlineImages
from migration_assets.staging.bodies.safe_html import FORMATTING, make_safe
from resources.ledger import Loss
from resources.warehouse import Connection

_REFERENCE = re.compile(r"(?<![\d:])(\d{1,12}):(\d{1,12})(?![\d:])")
_TAB_NAMES = frozenset({"collectiontypeid", "module_id", "moduleid", "tab"})
_RECORD_NAMES = frozenset({"collectionid", "collection_id", "recordid", "record_id", "record", "id"})
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
_RELATIVE = re.compile(r'href="(/[^"]+)"')

File = dict[str, Any]


@dataclass
class Body:
    """A finished body and what was lost of it, for the ledger.

    Attributes:
        notes: what the ticket's note on files has to tell, one line each.
    """

    text: str
    html: str | None
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class BodyRewriter:
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
            for row in to_rows(frame):
                self._by_ticket[row["ticket_source_id"]].append(row)

    def files(self, ticket: str) -> list[File]:
        """Files of the ticket and its activities, as in ivinex.attachments."""
        return self._by_ticket.get(ticket, [])

    def rewrite(self, ticket: str, partition: str, record: str, external_id: str, text: str, html: str | None) -> Body:
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
        tree = parse(html)
        files = [row for row in self.files(ticket) if row["record_source_id"] == record]
        pictures = InlineImages(files, [element.attr("src") or "" for element in tree.iter_elements("img")], self._site)
        marked = make_safe(tree, pictures.source, words.get)
        for kind, count in sorted((marked.removed + pictures.removed).items()):
            whose = "" if kind in FORMATTING else external_id
            losses.append(Loss("body", kind, whose, count=count, partition=partition))
        return Body(text, marked.html or None, losses, pictures.notes(external_id))

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


def _urls(text: str) -> list[str]:
    """Addresses in a text, and those that an HTML link gives without its host."""
    plain = text.replace("&amp;", "&")
    return list(dict.fromkeys([*_URL.findall(plain), *_RELATIVE.findall(plain)]))[:200]
