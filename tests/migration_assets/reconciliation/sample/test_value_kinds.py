"""Which kinds of values a ticket shows: in its own fields, its activities', its contact's, and around them."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import MENTIONS
from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.reconciliation.sample.value_kinds import clock_changes, ticket_traits
from resources.warehouse import Table, Warehouse

OPTIONS = json.dumps([{"id": "1", "label": "New"}, {"id": "2", "label": "Done"}, {"id": "3", "label": "On hold"}])
MAP = Mapping(
    time_zone="Europe/Berlin",
    roles={"ticket": ["1"], "activity": ["2"], "contact": ["3"]},
    fields={
        "ticket": [
            FieldMap(
                **{"collection_type_id": "1", "source": "status", "kind": "dropdown", "transform": "option"},
                target=Target(to="standard", name="status"),
                values={"New": "open", "Done": "closed"},
            ),
            FieldMap(
                **{"collection_type_id": "1", "source": "contact", "kind": "link", "transform": "link"},
                target=Target(to="standard", name="contact"),
            ),
        ]
    },
)
FIELDS = [
    *(("1", name, kind, "[]") for name, kind in (("subject", "text"), ("contact", "link"), ("head", "layout"))),
    ("1", "status", "dropdown", OPTIONS),
    ("2", "body", "longtext", "[]"),
    ("3", "email", "email", "[]"),
]


def record(tab: str, number: int, at: str, **values: str) -> dict[str, object]:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return {
        **{"collection_type_id": tab, "source_id": f"ivinex:{tab}:{number}", "raw": json.dumps(values)},
        **{"created_at": moment, "partition": f"{moment:%Y-%m-%d}" if tab == "1" else None},
    }


TICKETS = [
    record("1", 1, "2024-05-01 10:00", subject="Hello", status="1", contact="7", created_by="5"),
    record("1", 2, "2024-03-31 00:30", subject="Grüße", status="3", contact="0", created_by="0"),
    record("1", 3, "2024-10-27 01:10", subject="", status="0", created_by="6"),
    record("1", 4, "2024-05-01 11:00", subject="Hello again", status="99", created_by="8"),
]
ACTIVITIES = [
    record("2", 1, "2024-05-01 12:00", body="x", created_by="5"),
    record("2", 2, "2024-05-01 12:00", body="xx"),
]
LINKS = [("ivinex:2:1", "ivinex:1:1"), ("ivinex:2:2", "ivinex:1:1")]


@pytest.fixture(scope="module")
def traits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    store = Warehouse(tmp_path_factory.mktemp("kinds") / "warehouse.duckdb")
    with store.held():
        fill(store, tables.TICKET_SWEEP, TICKETS)
        fill(store, tables.ACTIVITY_SWEEP, ACTIVITIES)
        fill(store, tables.CONTACTS, [record("3", 7, "2024-01-01 00:00", email="")])
        fill(
            store, tables.LINKS, [{"from_source_id": a, "to_source_id": b, "role": "activity_ticket"} for a, b in LINKS]
        )
        fill(store, tables.USERS, [{"user_id": "5", "active": True}, {"user_id": "6", "active": False}])
        fill(store, MENTIONS, [{"record_source_id": "ivinex:2:1", "role": "activity", "inline": False}])
        names = ("collection_type_id", "field_name", "kind", "options")
        fill(store, tables.FIELDS, [dict(zip(names, row, strict=True)) for row in FIELDS])
        found = ticket_traits(store, MAP)
    return {str(name): set(rows["trait"]) for name, rows in found.groupby("ticket", observed=True)}


def fill(store: Warehouse, table: Table, rows: list[dict[str, object]]) -> None:
    store.replace(table, pd.DataFrame(rows).reindex(columns=list(table.columns)))


def test_a_field_shows_empty_typical_longest_and_non_ascii_values(traits: dict[str, set[str]]):
    kinds = {name[-1]: {one for one in found if one.startswith("ticket.subject")} for name, found in traits.items()}
    assert kinds == {
        "1": {"ticket.subject: typical"},
        "2": {"ticket.subject: non-ASCII"},
        "3": {"ticket.subject: empty"},
        "4": {"ticket.subject: longest"},
    }


def test_an_option_without_a_target_and_one_that_is_gone_are_unmapped(traits: dict[str, set[str]]):
    assert {name[-1] for name, found in traits.items() if "ticket.status: unmapped option" in found} == {"2", "4"}
    assert "ticket.status: option 1" in traits["ivinex:1:1"]
    assert "ticket.status: empty" in traits["ivinex:1:3"]


def test_the_zero_of_a_link_is_empty_and_layout_is_no_field(traits: dict[str, set[str]]):
    assert "ticket.contact: empty" in traits["ivinex:1:2"]
    assert not [one for found in traits.values() for one in found if one.startswith("ticket.head")]


def test_fields_of_activities_and_of_the_contact_are_the_tickets(traits: dict[str, set[str]]):
    assert {"activity.body: typical", "activity.body: longest", "contact.email: empty"} <= traits["ivinex:1:1"]
    assert not {one for one in traits["ivinex:1:2"] if one.startswith(("activity.", "contact."))}


def test_files_authors_and_threads_are_told(traits: dict[str, set[str]]):
    assert {"files: one on a record of activity", "thread: longest"} <= traits["ivinex:1:1"]
    assert {"files: none", "thread: no activity"} <= traits["ivinex:1:2"]
    authors = [next(one for one in traits[f"ivinex:1:{n}"] if one.startswith("author of ticket")) for n in (1, 2, 3, 4)]
    assert [one.split(": ")[1] for one in authors] == ["active", "nobody", "inactive", "in no list"]


def test_a_ticket_from_within_an_hour_of_a_clock_change_is_told(traits: dict[str, set[str]]):
    assert {name[-1]: one for name, found in traits.items() for one in found if one.startswith("clock")} == {
        "2": "clock: set forward",
        "3": "clock: set back",
    }


def test_the_clock_changes_of_a_zone_are_its_own():
    span = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    assert clock_changes(ZoneInfo("Europe/Berlin"), *span) == [
        (datetime(2024, 3, 31, 1, tzinfo=UTC), "forward"),
        (datetime(2024, 10, 27, 1, tzinfo=UTC), "back"),
    ]
    assert clock_changes(ZoneInfo("Asia/Tokyo"), *span) == []
