"""A plain script, as an able engineer writes it in an afternoon: httpx, tenacity, and a file of what is done.

    python -m benchmarks.comparison.plain IVINEX USER PASSWORD GORGIAS EMAIL KEY DONE

Each customer is looked up, created, and given its values; each ticket is created with its first message, each further
message and each file is a call, and a last one closes it. What fails is repeated; tickets in the file are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from benchmarks.comparison.site import CONTACTS, Site, customer_body, file_urls, message_body, ticket_body


class Again(Exception):
    """To be repeated."""


class Gorgias:
    """The target, whose refusals for pace are waited out."""

    def __init__(self, url: str, email: str, key: str):
        self._http = httpx.Client(base_url=url, auth=(email, key), timeout=30)

    @retry(retry=retry_if_exception_type((Again, httpx.TransportError)), stop=stop_after_attempt(12),
           wait=wait_exponential(max=20))  # fmt: skip
    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self._http.request(method, path, **more)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Again(answer.status_code)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def fields_of(gorgias: Gorgias) -> dict[str, int]:
    held = gorgias.call("GET", "/api/custom-fields", params={"object_type": "Customer"})["data"]
    made = {row["label"]: row["id"] for row in held}
    for label in ("City", "Type"):
        if label not in made:
            definition = {"data_type": "text", "input_settings": {"input_type": "input"}}
            body = {"object_type": "Customer", "label": label, "definition": definition}
            made[label] = gorgias.call("POST", "/api/custom-fields", json=body)["id"]
    return made


def customer_of(gorgias: Gorgias, contact: dict[str, Any], fields: dict[str, int]) -> int:
    body = customer_body(contact)
    found = gorgias.call("GET", "/api/customers", params={"email": body["email"]})["data"]
    if found:
        return int(found[0]["id"])
    number = int(gorgias.call("POST", "/api/customers", json=body)["id"])
    values = {"City": contact.get("mailing_city"), "Type": contact.get("contact_type")}
    told = [{"id": fields[label], "value": value} for label, value in values.items() if value]
    gorgias.call("PUT", f"/api/customers/{number}/custom-fields", json=told)
    return number


def attach(site: Site, gorgias: Gorgias, row: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    files = []
    for number, url in enumerate(file_urls(row)):
        if (content := site.content(url)) is not None:
            name = f"file-{number}.bin"
            part = {name: (name, content, "application/octet-stream")}
            files += gorgias.call("POST", "/api/upload", params={"type": "attachment"}, files=part)
    return body | ({"attachments": files} if files else {})


def move(site: Site, gorgias: Gorgias, done: Path) -> None:
    through = set(done.read_text().split()) if done.exists() else set()
    fields = fields_of(gorgias)
    customers = {row["collection_id"]: customer_of(gorgias, row, fields) for row in site.rows(CONTACTS)}
    with done.open("a") as noted:
        for ticket, activities in site.conversations():
            if ticket["collection_id"] in through:
                continue
            customer = customers.get(ticket["contact"]) or next(iter(customers.values()))
            bodies = [attach(site, gorgias, row, message_body(row, customer)) for row in activities]
            made = gorgias.call("POST", "/api/tickets", json=ticket_body(ticket, customer, bodies[:1]))
            for body in bodies[1:]:
                gorgias.call("POST", f"/api/tickets/{made['id']}/messages", json=body)
            gorgias.call("PUT", f"/api/tickets/{made['id']}", json={"status": "closed"})
            noted.write(f"{ticket['collection_id']}\n")
            noted.flush()


if __name__ == "__main__":
    ivinex, user, password, gorgias, email, key, done = sys.argv[1:]
    move(Site(ivinex, user, password), Gorgias(gorgias, email, key), Path(done))
