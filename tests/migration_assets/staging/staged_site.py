"""An Ivinex site in a real warehouse, with a few fields of every kind, and its staging without Dagster."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import ivinex_rows
import pandas as pd

from migration_assets.mapping import confirm
from migration_assets.settings import Settings, Target
from migration_assets.staging.context import read_context
from migration_assets.staging.conversations import conversations
from migration_assets.staging.definitions import custom_fields, tags, teams
from migration_assets.staging.people import customers, users
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def spec(name, label=None, kind="TEXT", shown="TEXT", options=(), target=None, number=0):
    label = label or name.replace("_", " ").title()
    listed = [{"OptionID": str(i), "DisplayText": text} for i, text in options]
    found = {"FieldID": str(number), "FieldName": name, "DisplayText": label, "DataType": kind, "DisplayType": shown}
    return found | {"Options": listed} | ({"LinkedCollectionTypeID": target} if target else {})


STATUS = [(20, "Open"), (21, "Waiting"), (22, "Resolved"), (23, "Closed")]
PRIORITY = [(30, "(please select)"), (31, "Low"), (32, "Urgent")]
KINDS = [(1, "Email In"), (2, "Email Out"), (3, "Call"), (4, "Note"), (5, "Task"), (6, "Email")]
FIELDS = {
    "1001": ("Contacts", [
        spec("first_name"), spec("last_name"), spec("email", shown="EMAIL"), spec("phone", kind="PHONE NUMBER"),
        spec("city"), spec("organization", kind="LINKED RECORD", target="1002"), spec("segment", kind="DROPDOWN",
        options=[(40, "Retail"), (41, "Trade")]),
    ]),
    "1002": ("Organizations", [spec("org_name", "Organization Name"), spec("domain"), spec("tier")]),
    "10101": ("Tickets", [
        spec("ticket_number"), spec("subject"), spec("description", shown="RICH TEXT"),
        spec("status", kind="DROPDOWN", options=STATUS), spec("priority", kind="DROPDOWN", options=PRIORITY),
        spec("contact", kind="LINKED RECORD", target="1001"), spec("owner", kind="USER"),
        spec("tags", kind="MULTI SELECT", options=[(50, "Return"), (51, "Refund")]),
        spec("product", kind="DROPDOWN", options=[(60, "(please select)"), (61, "Tent"), (62, "Stove")]),
        spec("due", "Due Date", kind="DATE"), spec("paid", kind="CHECKBOX"), spec("total", kind="CURRENCY"),
        spec("team", kind="DROPDOWN", options=[(80, "Support"), (81, "Returns")]),
        spec("date_closed", kind="DATE TIME"),
    ]),
    "50": ("Activities", [
        spec("activity", kind="DROPDOWN", options=KINDS), spec("subject"), spec("description", shown="TEXTAREA"),
        spec("body", shown="RICH TEXT"), spec("field_from", "From", shown="EMAIL"), spec("email_to", shown="EMAIL"),
        spec("cc", "CC", shown="EMAIL"), spec("email_id", "Email ID"), spec("assigned", kind="USER"),
        spec("call_duration"), spec("call_direction", kind="RADIO", options=[(70, "Inbound"), (71, "Outbound")]),
        spec("phone_number", kind="PHONE NUMBER"), spec("ticket", kind="LINKED RECORD", target="10101"),
        spec("location"),
    ]),
    "10102": ("Tasks", [
        spec("task", "Task"), spec("description", shown="RICH TEXT"),
        spec("status", kind="DROPDOWN", options=[(90, "Not Started"), (91, "Completed")]),
        spec("owner", kind="USER"), spec("due_date", kind="DATE"), spec("ticket", kind="LINKED RECORD", target="10101"),
        spec("contact", kind="LINKED RECORD", target="1001"), spec("hours", kind="DECIMAL"),
    ]),
}  # fmt: skip
for offset, (_, listed) in enumerate(FIELDS.values()):
    for number, one in enumerate(listed):
        one["FieldID"] = str(30_000 + 100 * offset + number)

USERS = [
    {"id": "7", "username": "ann", "first": "Ann", "last": "Agent", "email": "Ann@Shop.example", "active": "true"},
    {"id": "8", "username": "old", "first": "Olaf", "last": "Old", "email": "olaf@shop.example", "active": "false"},
]
DAY = "2026-03-02"


@dataclass
class Site:
    """An Ivinex site in a real warehouse, as stage 1 would have left it."""

    home: object
    warehouse: Warehouse
    target: Target = Target.demo
    records: dict = field(default_factory=lambda: {tab: [] for tab in FIELDS})
    links: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    users: list = field(default_factory=lambda: list(USERS))
    edit: object = None

    def _add(self, tab, number, values):
        times = {"created_by": "7", "created_date": f"{DAY} 10:00:00", "modified_by": "7",
                 "modified_date": f"{DAY} 12:00:00"}  # fmt: skip
        self.records[tab].append({"collection_id": str(number), **times, **values})

    def contact(self, number, **values):
        self._add("1001", number, {"first_name": "Cleo", "last_name": "Client", **values})

    def organization(self, number, **values):
        self._add("1002", number, values)

    def ticket(self, number, **values):
        self._add("10101", number, {"contact": "1", "status": "20", "subject": "Help", **values})

    def activity(self, number, ticket="1", **values):
        self._add("50", number, {"activity": "4", "ticket": ticket, "body": "<p>text</p>", **values})

    def task(self, number, ticket="1", **values):
        self._add("10102", number, {"task": "Call back", "ticket": ticket, "status": "90", "owner": "7", **values})

    def stage(self, own_map=False):
        """Run the room; returns self, with tables() and books to look at.

        Args:
            own_map: as it is proposed for these records, which fields nobody fills are part of.
        """
        self._load()
        if own_map:
            confirm.propose(self.home, self.warehouse, "UTC")
        else:
            (self.home / confirm.FILE).write_text(_proposal())
        return self._confirm_and_stage()

    def stage_dataset(self, folder):
        """The same for a dataset as the sandbox serves it, without its files, and with a proposal of its own."""
        ivinex_rows.load_dataset(folder, self.warehouse)
        confirm.propose(self.home, self.warehouse, "America/Denver")
        return self._confirm_and_stage()

    def _load(self):
        lines = {
            tab: (name, listed, [json.dumps(record).encode() for record in self.records[tab]])
            for tab, (name, listed) in FIELDS.items()
        }
        ivinex_rows.load(self.warehouse, lines, self.links, self.users, zone="UTC")

    def _confirm_and_stage(self):
        self.ledger = Ledger.open(f"sqlite:///{self.home / 'ledger.sqlite'}", "demo:sandbox")
        ivinex_rows.load_exports(self.warehouse, self.groups, self.changes)
        if self.edit:
            path = self.home / confirm.FILE
            path.write_text(self.edit(path.read_text()))
        self.mapping = confirm.confirm(self.home, self.ledger, self.warehouse, "tester")
        self.settings = Settings(home=self.home, target=self.target)
        return self.restage()

    def restage(self):
        with self.warehouse.transaction() as tx:
            found = tx.query("SELECT * FROM ivinex.users")
            tx.replace(users.USERS_TABLE, users.stage_users(found, "stubs.invalid", "observer-agent"))
            groups = tx.query("SELECT * FROM ivinex.groups")
            staged = teams.stage_teams(groups, tx.query("SELECT * FROM staging.users"))
            tx.replace(teams.TEAMS_TABLE, pd.DataFrame(staged.teams, columns=list(teams.TEAMS_TABLE.columns)))
        self.inputs = read_context(self.settings, self.ledger, self.warehouse)
        with self.warehouse.transaction() as tx:
            tx.replace(custom_fields.CUSTOM_FIELDS_TABLE, custom_fields.stage_custom_fields(tx, self.inputs))
            tx.replace(tags.TAGS_TABLE, tags.stage_tags(tx, self.inputs))
        customers.record_customers(self.ledger, customers.stage_customers(self.warehouse, self.inputs))
        self.inputs = read_context(self.settings, self.ledger, self.warehouse)
        self.days = self.warehouse.query("SELECT DISTINCT partition FROM ivinex.tickets")["partition"].tolist()
        self.report = conversations.stage_conversations(self.warehouse, self.inputs, self.days)
        conversations.record_conversations(self.ledger, self.report, self.days)
        return self

    def rows(self, table, where="true") -> list[dict]:
        order = {"messages": "ticket_source_id, position", "tags": "name"}.get(table, "source_id")
        frame = self.warehouse.query(f"SELECT * FROM staging.{table} WHERE {where} ORDER BY {order}")
        found = frame.astype(object).where(frame.notna(), None).to_dict("records")
        for row in found:
            for name in ("channels", "field_values", "data", "merged", "tags", "meta", "source", "choices"):
                if isinstance(row.get(name), str):
                    row[name] = json.loads(row[name])
        return found

    def messages(self, ticket="1"):
        return self.rows("messages", f"ticket_source_id = 'ivinex:10101:{ticket}'")

    def one(self, table, source_id):
        return next(row for row in self.rows(table) if row["source_id"] == source_id)

    def losses(self) -> pd.DataFrame:
        return self.ledger.losses.loss_rows()


def at(row, path):
    """What stands in a row at this path, such as `source.to.0.address`; None where nothing does."""
    for name in path.split("."):
        if isinstance(row, dict):
            row = row.get(name)
        elif row is not None:
            row = row[int(name)] if int(name) < len(row) else None
    return row


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """A site in this folder, whose warehouse stays open: for one test, or for a module that shares it."""
    warehouse = Warehouse(folder / "warehouse.duckdb")
    with warehouse.held():
        yield Site(folder, warehouse)


@cache
def _proposal() -> str:
    """The map of a site whose records fill every field, which fits what other records any test writes."""
    with TemporaryDirectory() as folder:
        site = Site(Path(folder), Warehouse(Path(folder) / "warehouse.duckdb"))
        for tab, (_, listed) in FIELDS.items():
            site._add(tab, 1, {one["FieldName"]: _value_of(one) for one in listed})
        site._load()
        return confirm.propose(site.home, site.warehouse, "UTC").path.read_text()


def _value_of(one) -> str:
    if one["Options"]:
        return one["Options"][-1]["OptionID"]
    known = {"USER": "7", "LINKED RECORD": "1", "CHECKBOX": "true", "DATE": DAY, "DATE TIME": f"{DAY} 12:00:00"}
    known |= {"CURRENCY": "1.50", "DECIMAL": "1.50", "PHONE NUMBER": "3035550142"}
    return known.get(one["DataType"], "a@mail.example" if one["DisplayType"] == "EMAIL" else "words")
