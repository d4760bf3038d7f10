"""What a shop had in Gorgias before the migration, made by its API: customers, a ticket, a tag, a team, a field.

Some of it the migration meets by its natural key and fills; the rest it must never touch.
"""

import json
import re
from typing import Any

from both_sides import Both

STRANGER = "walk.in@mail.example"
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
TAG, TEAM, FIELD = "Refund", "Support", "Contact Type"


def stock(both: Both) -> dict[str, int]:
    """Make it; what -> Gorgias id. Two of the customers have the addresses of the first two contacts."""
    rows = both.migration.warehouse.rows("SELECT raw FROM ivinex.contacts ORDER BY source_id LIMIT 2")
    known = [_ADDRESS.findall(json.loads(row["raw"])["email"])[0].lower() for row in rows]
    own = both.in_gorgias("GET", "/api/users/0")["id"]
    colleague = next(row["id"] for row in both.in_gorgias("GET", "/api/users")["data"] if row["id"] != own)
    field = both.in_gorgias(
        "POST",
        "/api/custom-fields",
        {
            "object_type": "Customer",
            "label": FIELD,
            "definition": {
                "data_type": "text",
                "input_settings": {"input_type": "dropdown", "choices": ["Shopper", "Reseller"]},
            },
        },
    )
    tag = both.in_gorgias("POST", "/api/tags", {"name": TAG, "description": "the shop's own"})
    team = both.in_gorgias("POST", "/api/teams", {"name": TEAM, "members": [{"id": colleague}]})
    nameless = _customer(both, known[0])
    both.in_gorgias("PUT", f"/api/customers/{nameless}/data", {"data": {"loyalty": 7}})
    named = _customer(both, known[1], name="As the shop calls her", external_id="shop-77")
    both.in_gorgias("PUT", f"/api/customers/{named}/custom-fields", [{"id": field["id"], "value": "Reseller"}])
    stranger = _customer(both, STRANGER, name="Walk In")
    return {
        **{"field": field["id"], "tag": tag["id"], "team": team["id"], "colleague": colleague},
        **{"nameless": nameless, "named": named, "stranger": stranger},
        "ticket": native_ticket(both, stranger, tags=[{"name": TAG}]),
    }


def native_ticket(both: Both, customer: int, **more: Any) -> int:
    """A ticket that the shop made itself."""
    at = "2026-11-01T10:00:00+00:00"
    message = {"channel": "api", "via": "api", "from_agent": False, "sender": {"id": customer}, "body_text": "Hi"}
    message |= {"public": True, "sent_datetime": at, "created_datetime": at}
    body = {"customer": {"id": customer}, "channel": "api", "via": "api", "from_agent": False, "subject": "Own"}
    ticket = both.in_gorgias("POST", "/api/tickets", body | {"messages": [message]} | more)
    number: int = ticket["id"]
    return number


def _customer(both: Both, email: str, **more: Any) -> int:
    channels = [{"type": "email", "address": email, "preferred": True}]
    number: int = both.in_gorgias("POST", "/api/customers", {"email": email, "channels": channels} | more)["id"]
    return number
