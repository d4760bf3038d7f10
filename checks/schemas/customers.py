"""staging.customers: one row per customer to create, from contacts, their organizations, and stubs."""

from typing import Any

from checks.schemas.limits import (
    ADDRESS_LENGTH,
    EXTERNAL_ID_LENGTH,
    address,
    at_most,
    json_list,
    json_object,
    not_blank,
    one_of,
    schema,
    storable,
    text,
)


def _channels(items: list[Any]) -> bool:
    return bool(items) and all(
        set(item) == {"type", "address", "preferred"}
        and item["type"] in {"email", "phone"}
        and 0 < len(item["address"]) <= ADDRESS_LENGTH
        for item in items
    )


SCHEMA = schema(
    "customers",
    {
        "source_id": text("the oldest contact of this customer, or the missing one of a stub", unique=True),
        "external_id": text("external id in Gorgias", at_most(EXTERNAL_ID_LENGTH), unique=True),
        "kind": text("contact, or stub: made for a missing contact", one_of("contact", "stub")),
        "name": text("full name", storable(), nullable=True),
        "email": text("primary address in lower case, unique", address(), nullable=True, unique=False),
        "channels": text(
            "JSON [{type, address, preferred}]",
            json_list(_channels, "at least one e-mail or phone channel of at most 320 characters"),
        ),
        "field_values": text("JSON {custom field external id: value}", json_object()),
        "data": text("JSON for the customer's data", json_object()),
        "merged": text(
            "JSON list of the other contacts that became this customer", json_list(lambda _: True, "a list")
        ),
        "source_version": text("hash of the contacts and organization that this row was made of", not_blank()),
    },
    "Customers to create, one call each.",
)
