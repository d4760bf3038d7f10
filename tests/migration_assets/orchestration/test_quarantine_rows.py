"""What changed since a row was set aside decides whether it is tried again; one row is told with its versions."""

from pathlib import Path

import pandas as pd
import pytest

from migration_assets.gorgias.load.tickets import ORPHAN_STAGE
from migration_assets.ivinex import tables
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.quarantine_rows import Since, record_of, shown_row, since_set_aside
from resources.ledger import Ledger, Quarantined
from resources.warehouse import Warehouse

TICKET, ACTIVITY = "ivinex:1001:5", "ivinex:1002:7"


@pytest.fixture
def store(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "warehouse.duckdb")
    for table, record in ((tables.TICKET_SWEEP, TICKET), (tables.ACTIVITY_SWEEP, ACTIVITY)):
        row = {"source_id": record, "content_hash": "now", "raw": '{"subject": "a word"}'}
        made.replace(table, pd.DataFrame([row]).reindex(columns=list(table.columns)))
    return made


@pytest.mark.parametrize(
    ("row", "since"),
    [
        ({}, Since.nothing),
        ({"mapping_version": "map 1"}, Since.map),
        ({"source_version": "before"}, Since.record),
        ({"source_id": f"{ACTIVITY}@{TICKET}"}, Since.nothing),
        ({"source_id": f"{ACTIVITY}@{TICKET}", "source_version": "before"}, Since.record),
        ({"source_id": f"{TICKET}#description", "source_version": "before"}, Since.record),
        ({"source_id": "ivinex:1001:9"}, Since.nothing),
        ({"mapping_version": ""}, Since.unknown),
        ({"source_version": ""}, Since.unknown),
        ({"reason_class": "transient"}, Since.around),
        ({"reason_class": "needs_permission"}, Since.around),
        ({"stage": ORPHAN_STAGE}, Since.around),
    ],
)
def test_a_row_may_pass_where_the_map_its_record_or_what_it_waits_for_changed(
    store: Warehouse, row: dict[str, str], since: Since
):
    plain = {
        **{"source_id": TICKET, "stage": "staging", "reason_class": "needs_mapping"},
        **{"mapping_version": "map 2", "source_version": "now", "message": "too long"},
    }
    frame = pd.DataFrame([plain | row], index=[17])
    assert since_set_aside(frame, store, "map 2").to_dict() == {17: str(since)}


CONTACT = "ivinex:1000:3"


@pytest.mark.parametrize(
    ("contact", "since"),
    [
        ({"source_version": "now"}, Since.nothing),
        ({"source_version": "before"}, Since.around),
        (None, Since.around),
    ],
)
def test_a_ticket_waits_for_its_contact_a_message_for_its_ticket_and_who_shares_an_address_for_the_oldest(
    store: Warehouse, contact: dict[str, str] | None, since: Since
):
    """A contact that is no longer set aside is there."""
    held = {"stage": "staging", "reason_class": "never_possible", "mapping_version": "map 2", "source_version": "now"}
    rows = [
        held | {"source_id": f"{ACTIVITY}@{TICKET}", "message": "its ticket: its customer is not staged"},
        held | {"source_id": TICKET, "message": f"its customer is not staged (quarantine of contact {CONTACT})"},
        held | {"source_id": "ivinex:1000:4", "message": f"as {CONTACT}: first_name: empty"},
    ]
    if contact is not None:
        row = {"source_id": CONTACT, "content_hash": "now"}
        store.replace(tables.CONTACTS, pd.DataFrame([row]).reindex(columns=list(tables.CONTACTS.columns)))
        rows.append(held | {"source_id": CONTACT, "message": "first_name: empty"} | contact)
    found = since_set_aside(pd.DataFrame(rows), store, "map 2")
    assert list(found[:3]) == [str(since)] * 3


def test_a_row_on_a_ticket_is_of_its_own_record():
    ids = (TICKET, f"{TICKET}#description", f"{ACTIVITY}@{TICKET}", f"{ACTIVITY}/files_1@{TICKET}")
    assert [record_of(one) for one in ids] == [TICKET, TICKET, ACTIVITY, ACTIVITY]


def test_one_row_is_told_with_its_versions_and_without_its_record(store: Warehouse, ledger: Ledger):
    aside = Quarantined(TICKET, "needs_mapping", "1001.status holds a value", "before", "2024-01-01", "map 1")
    ledger.quarantine.record("tickets", "staging", [aside])
    (row,) = shown_row(ledger, store, TICKET, values=False)
    assert (row["since"], row["source_version"], row["mapping_version"]) == (str(Since.map), "before", "map 1")
    assert "a word" not in str(row)
    (row,) = shown_row(ledger, store, TICKET, values=True)
    assert row["record"] == '{"subject": "a word"}'


def test_a_row_that_is_not_there_is_refused_with_where_the_others_are(store: Warehouse, ledger: Ledger):
    with pytest.raises(DecisionRefused, match="`migrate quarantine list` names them"):
        shown_row(ledger, store, TICKET, values=False)
