"""Who an id in the records is, by what the classic dialect shows: usernames in the place of ids (A-08).

Only where users.csv names an id not: the same records are read once more in the classic dialect, page by page, until
every unknown id has a name. It belongs here: putting the two side by side. It does not: what is done with a username
(gorgias/preflight/people_points.py).
"""

from collections.abc import Callable, Collection
from typing import Any

import orjson

from migration_assets.ivinex.schema.schema_reader import fields_of, tabs_of
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import IvinexFailure
from resources.ivinex.response_parser import Tab
from resources.warehouse import Warehouse

PAGES = 50
"""Pages of a tab that are read for it at most."""
TABLES = {"ticket": "ivinex.ticket_sweep", "activity": "ivinex.activity_sweep", "contact": "ivinex.contacts"}
_DEFAULTS = ("created_by", "modified_by")


def usernames(
    client: IvinexClient, warehouse: Warehouse, unknown: Collection[str], report_progress: Callable[[str], None]
) -> dict[str, str]:
    """Id -> username of those that the site shows.

    Args:
        say: told where the site does not answer so.
    """
    found: dict[str, str] = {}
    for role, table in TABLES.items():
        for tab in tabs_of(warehouse, role):
            if set(found) >= set(unknown) or not warehouse.exists(table):
                continue
            if client.renders_classic(tab):
                # The records hold usernames themselves.
                return {who: who for who in unknown}
            try:
                found |= _of_tab(client, warehouse, table, tab, set(unknown) - set(found))
            except IvinexFailure as failure:
                report_progress(f"The classic calls show no usernames of tab {tab.name}: {failure}")
    return found


def _of_tab(client: IvinexClient, warehouse: Warehouse, table: str, tab: Tab, unknown: set[str]) -> dict[str, str]:
    fields = [one.name for one in fields_of(warehouse, tab) if one.kind == "user"]
    found: dict[str, str] = {}
    offset = 0
    for _ in range(PAGES):
        rows = client.labels_at(tab, offset)
        if not rows or not unknown - set(found):
            break
        offset += len(rows)
        raw = _raw(warehouse, table, tab, [number for number, _ in rows])
        for number, shown in rows:
            held = raw.get(number, {})
            for name in (*_DEFAULTS, *fields):
                who, label = str(held.get(name) or "").strip(), shown.get(name)
                if who in unknown and isinstance(label, str) and label.strip() not in ("", who):
                    found[who] = label.strip()
    return found


def _raw(warehouse: Warehouse, table: str, tab: Tab, numbers: list[str]) -> dict[str, dict[str, Any]]:
    prefix = f"ivinex:{tab.collection_type_id}:"
    rows = warehouse.rows(
        f"SELECT source_id, raw FROM {table} WHERE list_contains(?, source_id)",  # noqa: S608
        [[prefix + number for number in numbers]],
    )
    return {row["source_id"].removeprefix(prefix): orjson.loads(row["raw"]) for row in rows}
