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
_KEPT: dict[str, Any] = {"max_table_nesting": 0}


def run(site: Site, gorgias: Gorgias, folder: str) -> None:
    """Extract, then load; a pending package is loaded before anything is extracted."""
    fields = fields_of(gorgias)
    customers: dict[str, int] = {}

    @dlt.resource(name="contacts", write_disposition="append", **_KEPT)
    def contacts() -> Iterator[dict[str, Any]]:
        for row in site.rows(CONTACTS):
            yield {"row": row}

    @dlt.resource(name="conversations", write_disposition="append", **_KEPT)
    def conversations() -> Iterator[dict[str, Any]]:
        for ticket, activities in site.conversations():
            yield {"ticket": ticket, "activities": activities}

    def customer(number: str) -> int:
        if not customers:
            customers.update({one["collection_id"]: 0 for one in site.rows(CONTACTS)})
        if not customers.get(number):
            found = gorgias.call("GET", "/api/customers", params={"external_id": f"peer:contact:{number}"})["data"]
            customers[number] = int(found[0]["id"])
        return customers[number]

    @dlt.destination(batch_size=BATCH, name="gorgias", naming_convention="direct", max_parallel_load_jobs=1)
    def people(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
        for item in items:
            contact = item["row"]
            customers[contact["collection_id"]] = customer_of(gorgias, contact, fields)

    @dlt.destination(batch_size=BATCH, name="gorgias_tickets", naming_convention="direct", max_parallel_load_jobs=1)
    def tickets(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
        for item in items:
            ticket = item["ticket"]
            number = customers.get(ticket["contact"]) or customer(ticket["contact"])
            bodies = [message_body(row, number) for row in item["activities"]]
            made = gorgias.call("POST", "/api/tickets", json=ticket_body(ticket, number, bodies[:MOST]))
            for body in bodies[MOST:]:
                gorgias.call("POST", f"/api/tickets/{made['id']}/messages", json=body)

    for name, destination, resource in (("people", people, contacts), ("tickets", tickets, conversations)):
        pipeline = dlt.pipeline(f"peer_{name}", pipelines_dir=folder, destination=destination, dataset_name="peer")
        if pipeline.has_pending_data:
            pipeline.load()
        elif not pipeline.last_trace:
            pipeline.run(resource())


if __name__ == "__main__":
    ivinex, user, password, gorgias, email, key, folder = sys.argv[1:]
    run(Site(ivinex, user, password), Gorgias(gorgias, email, key), folder)
