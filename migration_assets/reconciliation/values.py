"""Custom field values, read back one object at a time, because list rows do not show them (gorgias-api.md 6.6).

That costs a call an object, so it is done for all tickets and customers of our making where there are at most 50 of
each, and for 50 chosen anew by every run where there are more. What the check claims is said in target_counts.py.
"""

import json
from collections.abc import Iterator
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SAMPLE = 50
_CHOSEN = """
    SELECT s.source_id, b.gorgias_id, s.field_values
    FROM staging.{table} s JOIN reconciliation.booked b
        ON b.object = ? AND b.source_id = s.source_id AND b.outcome = 'created'
    ORDER BY md5(s.source_id || ?) LIMIT ?
"""
_OBJECTS = {"tickets": "tickets", "customers": "contacts"}


def chosen(warehouse: Warehouse, table: str, salt: str) -> list[dict[str, Any]]:
    """source_id, gorgias_id and field_values of the tickets or customers to read."""
    if not warehouse.exists(f"staging.{table}"):
        return []
    return warehouse.rows(_CHOSEN.format(table=table), [_OBJECTS[table], salt, SAMPLE])


def differing(reader: Reader, ledger: Ledger, table: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row of reconciliation.differences for each value that Gorgias does not hold as staged.

    A field that could not be created was never sent with its value, so it is not compared here; the books tell.
    """
    fields = ledger.gorgias_ids("custom_fields")
    for row in rows:
        staged = {
            fields[name]: (name, value) for name, value in json.loads(row["field_values"]).items() if name in fields
        }
        try:
            body = reader.get(f"/api/{table}/{row['gorgias_id']}/custom-fields")
        except GorgiasError as error:
            if error.status not in {301, 404}:
                raise
            continue  # gone or merged: the walk reports the whole object as missing
        held = {one["field"]["id"]: one.get("value") for one in body["data"] if one.get("value") is not None}
        for number in sorted(staged.keys() | held.keys()):
            name, value = staged.get(number, (f"field {number}", None))
            if not same(value, held.get(number)):
                yield {
                    "object": table,
                    "field": name,
                    "kind": "different",
                    "source_id": row["source_id"],
                    "gorgias_id": row["gorgias_id"],
                }


def same(staged: Any, held: Any) -> bool:
    """Equal as values: 5, 5.0 and "5" are one number, `True` is not 1."""
    if isinstance(staged, bool) or isinstance(held, bool):
        return staged is held
    if isinstance(staged, (int, float)) and held is not None:
        try:
            return float(staged) == float(held)
        except ValueError:
            return False
    return staged == held
