"""Custom field definitions: at most 25 active, unique labels, no delete (gorgias-api.md 6.5)."""

from __future__ import annotations

from typing import Any

from sandbox.gorgias.account import Account
from sandbox.gorgias.calls import Call, Reply, serves
from sandbox.gorgias.errors import invalid
from sandbox.gorgias.moments import stored
from sandbox.gorgias.operations.single_rows import read_of
from sandbox.gorgias.pages import listed
from sandbox.gorgias.people import check_length
from sandbox.gorgias.table import Record

ACTIVE_FIELDS = 25


def shown(field: Record) -> dict[str, Any]:
    return {**field, "requirement_type": "required" if field["required"] else "visible"}


def check(account: Account, body: dict[str, Any], own: Record | None, where: str = "") -> None:
    """Raises ApiError for a taken label, a 26th active field, or too many choices."""
    own_id = own["id"] if own else None
    after = {**(own or {}), **body}
    check_length(f"{where}external_id", body.get("external_id"), 255)
    others = [field for field in account.custom_fields if field["id"] != own_id]
    same = [field for field in others if field["object_type"] == after["object_type"]]
    if "label" in body:
        blocking = same if account.switches["G-36"] else [f for f in same if f["deactivated_datetime"] is None]
        if any(field["label"] == body["label"] for field in blocking):
            raise account.duplicate(f"{where}label", "A custom field with this label already exists.")
    was_active = own is not None and own["deactivated_datetime"] is None
    if after.get("deactivated_datetime") is None and not was_active:
        counted = others if account.switches["G-14"] else same
        if sum(field["deactivated_datetime"] is None for field in counted) >= ACTIVE_FIELDS:
            raise invalid(f"{where}deactivated_datetime", f"At most {ACTIVE_FIELDS} active custom fields are allowed.")
    choices = after["definition"]["input_settings"].get("choices") or []
    limit = account.switches["G-26"]
    if limit is not None and len(choices) > limit and not account.loading:
        raise invalid(f"{where}definition.input_settings.choices", f"Longer than maximum length {limit}.")
    if len(set(choices)) < len(choices):
        raise invalid(f"{where}definition.input_settings.choices", "Duplicate choice.")
    if own and after["object_type"] != own["object_type"]:
        raise invalid(f"{where}object_type", "Cannot be changed.")
    if own and after["definition"]["data_type"] != own["definition"]["data_type"]:
        raise invalid(f"{where}definition.data_type", "Cannot be changed.")


@serves("list-custom-fields")
def list_custom_fields(account: Account, call: Call) -> Reply:
    query = call.query

    def keep(field: Record) -> bool:
        archived = field["deactivated_datetime"] is not None
        return (
            field["object_type"] == query["object_type"]
            and query.get("search", "").lower() in field["label"].lower()
            and query.get("archived", archived) == archived
        )

    return listed(account, call, account.custom_fields, shown, keep=keep, default_order="priority:desc")


@serves("create-custom-field")
def create_custom_field(account: Account, call: Call) -> Reply:
    body = call.fields()
    check(account, body, None)
    now = account.now()
    field = account.custom_fields.add(
        {
            "id": body.get("id"),
            "external_id": body.get("external_id"),
            "object_type": body["object_type"],
            "label": body["label"],
            "description": body.get("description"),
            "priority": body.get("priority") or min(5000, 10 * (len(account.custom_fields) + 1)),
            "required": body.get("required", False),
            "managed_type": body.get("managed_type"),
            "definition": body["definition"],
            "created_datetime": now,
            "updated_datetime": now,
            "deactivated_datetime": stored(body.get("deactivated_datetime")),
        }
    )
    account.hide(account.custom_fields, field, max(call.hidden_for, account.switches["G-08"]), True)
    account.event("custom-field-created", "CustomField", field["id"])
    return Reply(201, shown(field))


serves("get-custom-field")(read_of(lambda account: account.custom_fields, shown))


@serves("update-custom-field")
def update_custom_field(account: Account, call: Call) -> Reply:
    field = account.custom_fields.require(call.params["id"])
    check(account, call.body, field)
    return Reply(202, shown(changed(account, field, call.fields())))


@serves("update-custom-fields")
def update_custom_fields(account: Account, call: Call) -> Reply:
    """A bare list; all of it or nothing."""
    pairs = [(account.custom_fields.require(item["id"]), item) for item in call.body]
    for position, (field, item) in enumerate(pairs):
        check(account, item, field, f"{position}.")
    return Reply(202, [shown(changed(account, field, item)) for field, item in pairs])


def changed(account: Account, field: Record, body: dict[str, Any]) -> Record:
    for name in ("external_id", "label", "description", "priority", "required", "managed_type", "definition"):
        if name in body:
            field[name] = body[name]
    if "deactivated_datetime" in body:
        field["deactivated_datetime"] = stored(body["deactivated_datetime"])
    field["updated_datetime"] = account.now()
    account.custom_fields.save(field)
    account.event("custom-field-updated", "CustomField", field["id"])
    return field
