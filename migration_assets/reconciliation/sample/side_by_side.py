"""The page for the spot check: each ticket of the sample as Ivinex has it, beside what Gorgias answered for it.

It belongs here: what is shown, and where the page is written. It holds people's data, so it is in private/, for its
owner alone, and loads nothing from outside. It does not: comparing (comparison/comparator.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from migration_assets.documents import private_folder
from migration_assets.ivinex import tables
from migration_assets.mapping.schema_check import options_of
from migration_assets.pages import environment
from migration_assets.reconciliation.target.target_tables import CUSTOMERS, DEFINITIONS, MESSAGES, TICKETS
from resources.ledger import Ledger
from resources.warehouse import Warehouse

PAGE = "sample.html"
_ACTIVITIES = f"""
    SELECT l.to_source_id AS ticket, a.* FROM {tables.LINKS.name} l
    JOIN {tables.ACTIVITY_SWEEP.name} a ON a.source_id = l.from_source_id
    WHERE l.role = 'activity_ticket' AND list_contains(?, l.to_source_id) ORDER BY a.created_at, a.source_id
"""
_TICKETS = f"""
    SELECT t.*, c.name AS customer, c.email AS customer_email, u.name AS assignee, g.name AS team
    FROM {TICKETS.name} t LEFT JOIN {CUSTOMERS.name} c ON c.gorgias_id = t.customer_id
    LEFT JOIN {DEFINITIONS.name} u ON u.object = 'users' AND u.gorgias_id = t.assignee_id
    LEFT JOIN {DEFINITIONS.name} g ON g.object = 'teams' AND g.gorgias_id = t.team_id
    WHERE list_contains(?, t.gorgias_id)
"""
_MESSAGES = f"SELECT * FROM {MESSAGES.name} WHERE list_contains(?, ticket_id) ORDER BY created_at, gorgias_id"
_LEFT_OUT = frozenset(
    {"partition", "gorgias_id", "ticket_id", "customer_id", "assignee_id", "team_id", "read_at", "found"}
)
_JSON = ("tags", "meta", "source", "attachments")
Pairs = list[tuple[str, str]]


def write_page(home: Path, warehouse: Warehouse, ledger: Ledger, shown: Mapping[str, Iterable[str]]) -> Path:
    """Write the page of these tickets and return where it is.

    Args:
        shown: source id -> kinds of values for which the ticket was chosen, in the order of the page.
    """
    with warehouse.transaction() as tx:
        tx.ensure(TICKETS, MESSAGES, CUSTOMERS, DEFINITIONS, tables.LINKS, tables.ACTIVITY_SWEEP)
    ids = list(shown)
    source = {row["source_id"]: row for row in _records(warehouse, ids)}
    activities = _grouped(warehouse.rows(_ACTIVITIES, [ids]), "ticket")
    numbers = ledger.known_writes.gorgias_ids("tickets", ids)
    target = {row["gorgias_id"]: row for row in warehouse.rows(_TICKETS, [list(numbers.values())])}
    messages = _grouped(warehouse.rows(_MESSAGES, [list(numbers.values())]), "ticket_id")
    names, fields = _labels(warehouse), _custom_fields(warehouse)
    pairs = [
        {
            "source_id": name,
            "traits": list(traits),
            "record": _source_fields(source[name], names),
            "activities": [_source_fields(row, names) for row in activities.get(name, [])],
            "gorgias_id": numbers.get(name),
            "ticket": _target_fields(target.get(numbers.get(name, 0)), fields),
            "messages": [_target_fields(row, fields) for row in messages.get(numbers.get(name, 0), [])],
        }
        for name, traits in shown.items()
        if name in source
    ]
    page = environment("migration_assets.reconciliation").get_template("sample.html.j2").render(tickets=pairs)
    path = private_folder(home) / PAGE
    path.write_text(page, "utf-8")
    path.chmod(0o600)
    return path


def _records(warehouse: Warehouse, ids: list[str]) -> list[dict[str, Any]]:
    return warehouse.rows(f"SELECT * FROM {tables.TICKET_SWEEP.name} WHERE list_contains(?, source_id)", [ids])


def _grouped(rows: Iterable[dict[str, Any]], by: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[by], []).append(row)
    return groups


def _labels(warehouse: Warehouse) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    """(tab, machine name) -> label, and option id -> label."""
    rows = warehouse.rows(f"SELECT collection_type_id, field_name, label, options FROM {tables.FIELDS.name}")
    return {
        (row["collection_type_id"], row["field_name"]): (row["label"] or row["field_name"], options_of(row["options"]))
        for row in rows
    }


def _source_fields(row: dict[str, Any], names: Mapping[tuple[str, str], tuple[str, dict[str, str]]]) -> Pairs:
    """Label and value of every filled field of a record, options by their labels."""
    try:
        record = json.loads(row["raw"])
    except ValueError:
        return [("unreadable record", str(row["raw"]))]
    found: Pairs = []
    for name, value in record.items():
        label, options = names.get((row["collection_type_id"], name), (name, {}))
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text and options:
            text = ", ".join(options.get(one.strip(), one) for one in text.split(","))
        if text:
            found.append((label, text))
    return found


def _custom_fields(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.rows(f"SELECT gorgias_id, name FROM {DEFINITIONS.name} WHERE object = 'custom_fields'")
    return {str(row["gorgias_id"]): row["name"] for row in rows}


def _target_fields(row: dict[str, Any] | None, fields: Mapping[str, str]) -> Pairs:
    """Name and value of what Gorgias answered, filled ones only; custom fields by their labels."""
    found: Pairs = []
    for name, value in (row or {}).items():
        if name in _LEFT_OUT or value is None or value == "":
            continue
        if name == "field_values":
            values = json.loads(value)
            found += [(fields.get(number, number), str(one)) for number, one in values.items()]
        elif name in _JSON:
            found.append((name, json.dumps(json.loads(value), ensure_ascii=False, indent=1)))
        else:
            found.append((name, str(value)))
    return found
