"""The first records of the source, by the external ids that they carry in Gorgias: is one of them there already?

It belongs here: naming them. It does not: asking for them (resources/gorgias/known_account.py).
"""

from resources.gorgias.known_account import LISTS, PROBES
from resources.warehouse import Warehouse

_TABLES = {"tickets": "ivinex.ticket_sweep", "customers": "ivinex.contacts"}


def first_records(warehouse: Warehouse) -> dict[str, list[str]]:
    """List of Gorgias -> external ids; empty where the source was not read yet."""
    found: dict[str, list[str]] = {}
    for name in LISTS:
        table = _TABLES[name]
        if warehouse.exists(table):
            rows = warehouse.rows(f"SELECT source_id FROM {table} ORDER BY source_id LIMIT {PROBES}")  # noqa: S608
            found[name] = [row["source_id"] for row in rows]
    return found
