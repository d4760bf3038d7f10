"""Values of custom fields on tickets and customers: typed, and replaced as a whole set (gorgias-api.md 6.6)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import ApiError, Merged, invalid
from sandbox.gorgias.table import Record, Table

Owner = tuple[Record, Table, str]


def checked_values(account: Account, object_type: str, items: Iterable[dict[str, Any]], where: str) -> dict[str, Any]:
    """Values keyed by the id of their field; null leaves one out. Raises ApiError 400 naming the place."""
    values: dict[str, Any] = {}
    for position, item in enumerate(items):
        field = account.custom_fields.get(item["id"])
        if field is None or field["object_type"] != object_type:
            raise invalid(f"{where}{position}.id", f"Custom field {item['id']} does not exist.")
        if item["value"] is not None:
            check_value(account, field, item["value"], f"{where}{position}.value")
            values[str(field["id"])] = item["value"]
    return values


def check_value(account: Account, field: Record, value: Any, where: str) -> None:  # noqa: C901
    """Raises ApiError 400 when the value does not fit the definition."""
    if field["deactivated_datetime"] is not None:
        raise invalid(where, "The custom field is archived.")
    settings = field["definition"]["input_settings"]
    match field["definition"]["data_type"]:
        case "text":
            if not isinstance(value, str):
                raise invalid(where, "Not a valid string.")
            limit = account.switches["G-15"]
            if limit is not None and len(value) > limit:
                raise invalid(where, f"Longer than maximum length {limit}.")
        case "number":
            if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
                raise invalid(where, "Not a valid number.")
            low, high = settings.get("min"), settings.get("max")
            if (low is not None and value < float(low)) or (high is not None and value > float(high)):
                raise invalid(where, "Out of range.")
        case "boolean":
            if not isinstance(value, bool):
                raise invalid(where, "Not a valid boolean.")
    if settings.get("choices") and value not in settings["choices"]:
        raise invalid(where, "Not one of the choices.")


def shown_values(account: Account, owner: Record) -> dict[str, Any]:
    """The map keyed by field id that tickets and customers carry."""
    return {
        field_id: {"id": int(field_id), "value": value, "field": _field(account, int(field_id))}
        for field_id, value in owner["custom_fields"].items()
    }


def _field(account: Account, field_id: int) -> dict[str, Any]:
    field = account.custom_fields.rows[field_id]
    return {**field, "requirement_type": "required" if field["required"] else "visible"}


def _row(account: Account, field_id: str, value: Any) -> dict[str, Any]:
    return {"field": _field(account, int(field_id)), "value": value}


def _owner(account: Account, call: Call) -> Owner:
    if "ticket_id" in call.params:
        return account.tickets.require(call.params["ticket_id"]), account.tickets, "Ticket"
    if account.merges.get(call.params["customer_id"]):
        raise Merged
    return account.customers.require(call.params["customer_id"]), account.customers, "Customer"


def _save(account: Account, owner: Owner) -> None:
    record, table, object_type = owner
    if object_type == "Customer" or account.switches["G-06"]:
        record["updated_datetime"] = account.now()
    table.save(record)
    account.event(f"{object_type.lower()}-updated", object_type, record["id"])


def _list(account: Account, call: Call) -> Reply:
    record, _, _ = _owner(account, call)
    return Reply(200, {"data": [_row(account, key, value) for key, value in record["custom_fields"].items()]})


def _replace(account: Account, call: Call) -> Reply:
    """Replace the whole set; leaving out a value of a system-managed field is refused."""
    owner = _owner(account, call)
    record, _, object_type = owner
    values = checked_values(account, object_type, call.body, "")
    for field_id in record["custom_fields"]:
        if field_id not in values and account.custom_fields.rows[int(field_id)]["managed_type"]:
            raise invalid(field_id, "A managed field cannot be left out.")
    record["custom_fields"] = values
    _save(account, owner)
    return _list(account, call)


def _set_one(account: Account, call: Call) -> Reply:
    owner = _owner(account, call)
    record, _, object_type = owner
    value = call.body
    if isinstance(value, dict):
        if account.switches["G-40"] == "scalar":
            raise ApiError(400, "Invalid request.", {"value": ["Expected a bare value."]})
        value = value.get("value")
    values = checked_values(account, object_type, [{"id": call.params["id"], "value": value}], "")
    record["custom_fields"].update(values)
    _save(account, owner)
    return Reply(200, _row(account, str(call.params["id"]), value))


def _clear_one(account: Account, call: Call) -> Reply:
    owner = _owner(account, call)
    if owner[0]["custom_fields"].pop(str(call.params["id"]), None) is None:
        raise ApiError(400, "Invalid request.", {"id": ["No value is set for this custom field."]})
    _save(account, owner)
    return Reply(204)


serves("list-ticket-custom-fields")(_list)
serves("list-customer-custom-fields-values")(_list)
serves("update-ticket-custom-fields")(_replace)
serves("update-customer-custom-field-values")(_replace)
serves("update-ticket-custom-field")(_set_one)
serves("update-customer-custom-field-value")(_set_one)
serves("delete-ticket-custom-field")(_clear_one)
serves("delete-customer-custom-field-value")(_clear_one)
