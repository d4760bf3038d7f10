"""Losses in plain words: what is really lost stands apart from what is kept in another form or place."""

from pathlib import Path

import pandas as pd

from migration_assets.field_labels import labels, readable, within
from migration_assets.ivinex import tables
from migration_assets.losses import LossEffect, grouped, meaning
from resources.warehouse import Warehouse

NAMES = {"50.start_time": "Activities: Start Time", "ivinex:field:1001:30023": "Contacts: Contact Type"}
COLUMNS = ["object", "field", "kind", "count", "source_id"]


def test_a_date_as_text_is_not_a_lost_value_and_an_unread_file_is():
    for kind in ("date as text", "no custom field, kept in meta", "address of another customer, kept in data"):
        assert meaning(kind)[0] is LossEffect.kept
    for kind in ("left out", "cut at 998 characters", "not carried over: expired", "unknown option", "not a date"):
        assert meaning(kind)[0] is LossEffect.lost
    assert meaning("export missing")[0] is LossEffect.undocumented


def test_a_kind_that_has_no_words_yet_counts_as_lost():
    assert meaning("eaten by a dog") == (LossEffect.lost, "eaten by a dog")


def test_what_is_lost_comes_first_and_fields_have_their_labels():
    losses = pd.DataFrame(
        [
            ("messages", "50.start_time", "date as text", 205, ""),
            ("contacts", "ivinex:field:1001:30023", "left out", 2, "ivinex:1001:1"),
            ("contacts", "ivinex:field:1001:30023", "left out", 1, "ivinex:1001:2"),
            ("tickets", "*", "characters that are no UTF-8", 1, ""),
        ],
        columns=COLUMNS,
    )
    rows = [(row["field"], row["count"], row["examples"]) for row in grouped(losses, NAMES)]
    assert rows == [
        ("Contacts: Contact Type", 3, ["ivinex:1001:1", "ivinex:1001:2"]),
        ("the whole record", 1, []),
        ("Activities: Start Time", 205, []),
    ]
    assert grouped(losses.head(0), NAMES) == []


def test_ids_in_a_sentence_become_labels_where_the_schema_knows_them():
    assert (
        within("50.start_time is empty; 50.unknown is not", NAMES)
        == "Activities: Start Time is empty; 50.unknown is not"
    )
    assert within("shares the field ivinex:field:1001:30023", NAMES) == "shares the field Contacts: Contact Type"
    assert within("at most 1048576 bytes, 1.5 or 50.start", NAMES) == "at most 1048576 bytes, 1.5 or 50.start"
    assert readable("custom_fields.ivinex:field:1001:30023", NAMES) == "Contacts: Contact Type"
    assert readable("created_datetime", NAMES) == "created datetime"


def test_labels_are_read_from_the_schema_by_machine_name_and_by_id(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", patience=1)
    assert labels(warehouse) == {}
    rows = [
        {
            "collection_type_id": "50",
            "tab": "Activities",
            "field_id": "7",
            "field_name": "start_time",
            "label": "Start",
        },
        {"collection_type_id": "50", "tab": "Activities", "field_id": "", "field_name": "odd", "label": ""},
    ]
    warehouse.append(tables.FIELDS, pd.DataFrame(rows))
    assert labels(warehouse) == {
        "50.start_time": "Activities: Start",
        "ivinex:field:50:7": "Activities: Start",
        "50.odd": "Activities: odd",
        "ivinex:field:50:odd": "Activities: odd",
    }
