"""Fills the ivinex.* tables of a real warehouse, from a dataset folder or from records written by a test.

It stands for stage 1, so that staging is tested without servers.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.exports import export_tables
from resources.ivinex import wire_columns
from resources.ivinex.types import kind_of
from resources.warehouse import Connection, Warehouse

ROLE_TABLES = {
    "organization": tables.ORGANIZATIONS,
    "contact": tables.CONTACTS,
    "ticket": tables.TICKET_SWEEP,
    "activity": tables.ACTIVITY_SWEEP,
    "task": tables.TASKS,
}
DEFAULTS = ("collection_id", "created_by", "created_date", "modified_by", "modified_date")


def load_dataset(folder: Path, warehouse: Warehouse, zone: str = "America/Denver") -> None:
    """A generated dataset as if it had been swept."""
    tabs = {}
    for path in sorted((folder / "tabs").iterdir()):
        listing = json.loads((path / "fields.json").read_text())
        lines = (path / "records.ndjson").read_bytes().split(b"\n")
        tabs[listing["CollectionTypeID"]] = (listing["Tab"], listing["Fields"], [line for line in lines if line])
    links = [json.loads(line) for line in (folder / "links.ndjson").read_text().splitlines() if line]
    users = list(csv.DictReader(io.StringIO((folder / "admin_exports" / "users.csv").read_text("utf-8-sig"))))
    load(warehouse, tabs, links, users, zone)


def load(
    warehouse: Warehouse,
    tabs: dict[str, tuple[str, list[dict], list[bytes]]],
    links: list[dict] = (),
    users: list[dict] = (),
    zone: str = "America/Denver",
    roles: dict[str, str] | None = None,
) -> None:
    names = {tab: name for tab, (name, _, _) in tabs.items()}
    roles = roles or _roles(names)
    with warehouse.transaction() as tx:
        fields = [row for tab, (name, listed, _) in tabs.items() for row in _fields(tab, name, listed)]
        tx.replace(tables.FIELDS, pd.DataFrame(fields))
        tx.replace(
            tables.TABS,
            pd.DataFrame(
                [
                    {"collection_type_id": t, "tab": n, "role": roles.get(t), "listed": True, "readable": True,
                     "empty": False, "problem": ""}
                    for t, n in names.items()
                ]
            ),
        )  # fmt: skip
        named: Counter[str] = Counter()
        kinds = {(f["collection_type_id"], f["field_name"]): f for f in fields}
        found_links = [
            {"from_source_id": f"ivinex:{link['From']}", "to_source_id": f"ivinex:{link['To']}", "via": "related"}
            for link in links
        ]
        for role, table in ROLE_TABLES.items():
            frames = []
            for tab, (_, _, lines) in tabs.items():
                if roles.get(tab) == role:
                    frames.append(_records(tab, lines, ZoneInfo(zone), kinds, named, found_links, role))
            frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
            tx.replace(table, frame)
        tx.replace(tables.USERS, _users(users, named))
        relations = pd.DataFrame(found_links, columns=["from_source_id", "to_source_id", "via"]).drop_duplicates()
        tab_of = lambda column: relations[column].str.split(":").str[1].map(roles)  # noqa: E731
        relations["role"] = (tab_of("from_source_id") + "_" + tab_of("to_source_id")).astype(object)
        relations = relations[relations["role"].isin(["activity_ticket", "task_ticket", "contact_organization"])]
        tx.replace(tables.LINKS, relations)
        _slice(tx)


def load_exports(warehouse: Warehouse, groups: list[dict], changes: list[dict]) -> None:
    """Rows of the admin's exports: groups, and the change history where there is any."""
    warehouse.replace(tables.GROUPS, pd.DataFrame(groups, columns=list(tables.GROUPS.columns)))
    if changes:
        lines = pd.DataFrame(changes).assign(line=range(2, len(changes) + 2))
        warehouse.replace(export_tables.CHANGE_HISTORY, lines)


def _roles(names: dict[str, str]) -> dict[str, str]:
    known = {"Contacts": "contact", "Organizations": "organization", "Tickets": "ticket", "Activities": "activity"}
    known["Tasks"] = "task"
    return {tab: known[name] for tab, name in names.items() if name in known}


def _fields(tab: str, name: str, listed: list[dict]) -> list[dict]:
    rows = [{"FieldName": n, "DataType": "", "DisplayText": n} for n in DEFAULTS] + listed
    return [
        {
            "collection_type_id": tab,
            "tab": name,
            "field_id": field.get("FieldID"),
            "field_name": field["FieldName"],
            "label": field["DisplayText"],
            "data_type": field["DataType"],
            "display_type": field.get("DisplayType", ""),
            "kind": kind_of(field["FieldName"], field["DataType"], field.get("DisplayType", "")),
            "linked_collection_type_id": field.get("LinkedCollectionTypeID"),
            "options": json.dumps([{"id": o["OptionID"], "label": o["DisplayText"]} for o in field.get("Options", [])]),
            "position": position,
        }
        for position, field in enumerate(rows)
    ]


def _records(tab, lines, zone, kinds, named, links, role) -> pd.DataFrame:
    rows = []
    user_fields = [n for (t, n), f in kinds.items() if t == tab and f["kind"] == "user"]
    link_fields = [
        (n, f["linked_collection_type_id"]) for (t, n), f in kinds.items() if t == tab and f["kind"] == "link"
    ]
    for line in lines:
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = json.loads(line)
        source_id = f"ivinex:{tab}:{record['collection_id']}"
        for name in [*user_fields, "created_by", "modified_by"]:
            if record.get(name) not in (None, "", "0"):
                named[str(record[name])] += 1
        for name, target in link_fields:
            value = record.get(name)
            if target and value not in (None, "", "0"):
                links.append(
                    {"from_source_id": source_id, "to_source_id": f"ivinex:{target}:{value}", "via": f"field:{name}"}
                )
        rows.append(
            {
                "collection_type_id": tab,
                "collection_id": str(record["collection_id"]),
                "source_id": source_id,
                "content_hash": hashlib.sha256(line).hexdigest()[:16],
                "raw": line.decode(),
                "created": record.get("created_date"),
                "modified": record.get("modified_date"),
            }
        )
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows).drop_duplicates("source_id", ignore_index=True)
    frame["created_at"] = wire_columns.moments(frame.pop("created"), zone)["at"]
    frame["modified_at"] = wire_columns.moments(frame.pop("modified"), zone)["at"]
    days = frame["created_at"].dt.strftime("%Y-%m-%d")
    usable = frame["created_at"].between("2015-01-01T00:00Z", "2026-11-01T00:00Z")
    frame["partition"] = days.where(usable, "none") if role == "ticket" else None
    return frame


def _users(users: list[dict], named: Counter[str]) -> pd.DataFrame:
    rows = []
    for user in users:
        rows.append(
            {
                "source_id": f"ivinex:user:{user['id']}", "user_id": user["id"], "username": user["username"],
                "name": f"{user['first']} {user['last']}".strip(), "email": user["email"].lower() or None,
                "active": user["active"] == "true", "title": user.get("title"), "origin": "users.csv",
                "records": named.get(user["id"], 0),
            }
        )  # fmt: skip
    listed = {key for user in users for key in (user["id"], user["username"])}
    for user_id, count in sorted(named.items()):
        if user_id not in listed:
            rows.append(
                {"source_id": f"ivinex:user:{user_id}", "user_id": user_id, "username": None, "name": None,
                 "email": None, "active": None, "title": None, "origin": "harvested", "records": count}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(tables.USERS.columns))


def _slice(tx: Connection) -> None:
    tx.replace(tables.TICKETS, pd.DataFrame())
    tx.replace(tables.ACTIVITIES, pd.DataFrame())
    tx.execute("INSERT INTO ivinex.tickets BY NAME SELECT * FROM ivinex.ticket_sweep WHERE partition <> 'none'")
    tx.execute(
        "INSERT INTO ivinex.activities BY NAME SELECT DISTINCT t.partition, t.source_id AS ticket_source_id, "
        "a.* EXCLUDE (partition) FROM ivinex.activity_sweep a "
        "JOIN ivinex.links l ON l.from_source_id = a.source_id AND l.role = 'activity_ticket' "
        "JOIN ivinex.tickets t ON t.source_id = l.to_source_id"
    )
