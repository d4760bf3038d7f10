"""Custom field definitions, created before any record needs them and recognised by their label."""

import json
from collections.abc import Iterator
from typing import Any

from migration_assets.gorgias.load.written_definitions import bases_of, enter_definitions
from migration_assets.mapping.model import OVERFLOW_FIELD
from resources.gorgias.client import Reader
from resources.gorgias.wire import CustomField
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WRITTEN, State, WriteKey
from resources.warehouse import Warehouse


def custom_field_writes(warehouse: Warehouse) -> list[Write]:
    return [_write(row) for row in _rows(warehouse)]


def new_choices(warehouse: Warehouse, ledger: Ledger, reader: Reader) -> Iterator[Write]:
    """Choices that a dropdown of ours got at the source since, beside those that it has by now.

    A field that was there before us (adopted) belongs to others and is left alone, which is told.
    """
    rows = {row["source_id"]: row for row in _rows(warehouse)}
    bases, known = (
        bases_of(warehouse, "custom_fields", list(rows)),
        ledger.known_writes.known([_write(row).key for row in rows.values()]),
    )
    for key, was in known.items():
        row, base = rows[key.source_id], bases.get(key.source_id)
        if was.state is not State.DONE or base is None or row["input_type"] != "dropdown" or row["data_type"] != "text":
            continue
        new = [choice for choice in json.loads(row["choices"]) if choice not in (base.get("choices") or ())]
        if not new:
            continue
        path = f"/api/custom-fields/{was.gorgias_id}"
        held = reader.get(path)["definition"]
        choices = held["input_settings"].get("choices") or []
        settings = held["input_settings"] | {"choices": [*choices, *(one for one in new if one not in choices)]}
        body = {"definition": held | {"input_settings": settings}}
        yield Write(
            WriteKey("custom_fields", key.source_id, "choices"),
            "PUT",
            path,
            body,
            basis=[base["choices"], new],
            before=choices,
        )


def enter_custom_fields(warehouse: Warehouse, ledger: Ledger, more: list[Write]) -> None:
    through = {
        key.source_id
        for key, row in ledger.known_writes.known([one.key for one in more]).items()
        if row.state in WRITTEN
    }
    grown = {
        one.key.source_id: {"choices": one.body["definition"]["input_settings"]["choices"]}
        for one in more
        if one.key.source_id in through
    }
    enter_definitions(warehouse, ledger, "custom_fields", [(row, _write(row)) for row in _rows(warehouse)], grown)


def _rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.rows("SELECT * FROM staging.custom_fields ORDER BY source_id")


def _write(row: dict[str, Any]) -> Write:
    field = CustomField(
        object_type=row["object_type"],
        label=row["label"],
        description=row["description"] or None,
        priority=int(row["priority"]),
        external_id=row["external_id"],
        definition={"data_type": row["data_type"], "input_settings": _input_settings(row)},
    )
    source_id = row["source_id"]
    return Write(
        WriteKey("custom_fields", source_id, "create"),
        "POST",
        "/api/custom-fields",
        field.body(),
        # The field that holds the overflow stands in no tab, so the balance counts it apart from the source's.
        (Outcome(source_id, "created", synthetic=source_id == OVERFLOW_FIELD.external_id),),
    )


def _input_settings(row: dict[str, Any]) -> dict[str, Any]:
    """gorgias-api.md 6.5: a boolean is a dropdown too, and only a text dropdown needs its choices."""
    settings: dict[str, Any] = {"input_type": row["input_type"]}
    if row["data_type"] == "text" and row["input_type"] == "dropdown":
        settings["choices"] = json.loads(row["choices"])
    return settings
