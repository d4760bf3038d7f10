"""dlt, as an able engineer sets it up: a resource of conversations, and a destination that posts ten at a time.

    python -m benchmarks.comparison.dlt_pipeline IVINEX USER PASSWORD GORGIAS EMAIL KEY FOLDER

A customer is looked up, created and given its values; a ticket with all its messages is one call. dlt keeps an offset
after each batch, so that what was begun goes on. Files are not moved: a destination of dlt is given rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import dlt

from benchmarks.comparison.plain import Gorgias, customer_of, fields_of
from benchmarks.comparison.site import CONTACTS, Site, message_body, ticket_body

BATCH = 10
MOST = 500
"""Messages that a ticket's create takes."""
_KEPT: dict[str, Any] = {"write_disposition": "append", "max_table_nesting": 0}
_DESTINATION: dict[str, Any] = {"batch_size": BATCH, "naming_convention": "direct", "max_parallel_load_jobs": 1}


class Pipelines:
    """People first, then conversations; a pending package is loaded before anything is extracted."""

    def __init__(self, site: Site, gorgias: Gorgias, folder: str):
        self._site, self._gorgias, self._folder = site, gorgias, folder
        self._fields = fields_of(gorgias)
        self._customers: dict[str, int] = {}

    def run(self) -> None:
        # dlt leaves marks on what it is given, which a method does not take.
        def people(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
            self._people(items)

        def tickets(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
            self._tickets(items)

        contacts = dlt.resource(self._contacts(), name="contacts", **_KEPT)
        conversations = dlt.resource(self._conversations(), name="conversations", **_KEPT)
        for name, write, rows in (("people", people, contacts), ("tickets", tickets, conversations)):
            destination = dlt.destination(write, name=f"gorgias_{name}", **_DESTINATION)
            pipeline = dlt.pipeline(f"peer_{name}", pipelines_dir=self._folder, destination=destination)
            if pipeline.has_pending_data:
                pipeline.load()
            elif not pipeline.last_trace:
                pipeline.run(rows)

    def _contacts(self) -> Iterator[dict[str, Any]]:
        for row in self._site.rows(CONTACTS):
            yield {"row": row}

    def _conversations(self) -> Iterator[dict[str, Any]]:
        for ticket, activities in self._site.conversations():
            yield {"ticket": ticket, "activities": activities}

    def _people(self, items: list[dict[str, Any]]) -> None:
        for item in items:
            contact = item["row"]
            self._customers[contact["collection_id"]] = customer_of(self._gorgias, contact, self._fields)

    def _tickets(self, items: list[dict[str, Any]]) -> None:
        for item in items:
            ticket = item["ticket"]
            number = self._customer(ticket["contact"])
            bodies = [message_body(row, number) for row in item["activities"]]
            made = self._gorgias.call("POST", "/api/tickets", json=ticket_body(ticket, number, bodies[:MOST]))
            for body in bodies[MOST:]:
                self._gorgias.call("POST", f"/api/tickets/{made['id']}/messages", json=body)

    def _customer(self, contact: str) -> int:
        """After a restart it is looked up; a ticket without a contact goes to the first customer."""
        if contact not in self._customers:
            asked = {"external_id": f"peer:contact:{contact}"} if contact not in ("", "0", None) else {"limit": 1}
            found = self._gorgias.call("GET", "/api/customers", params=asked)["data"]
            self._customers[contact] = int(found[0]["id"])
        return self._customers[contact]


if __name__ == "__main__":
    ivinex, user, password, gorgias, email, key, folder = sys.argv[1:]
    Pipelines(Site(ivinex, user, password), Gorgias(gorgias, email, key), folder).run()
