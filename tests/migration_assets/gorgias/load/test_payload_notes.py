"""What a create is made of: a change to rows, ids, map or builder has it built, and nothing else has."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.schemas import attachments, customers, messages, tickets
from checks.table import table_of
from migration_assets.gorgias.load import payload_notes
from migration_assets.gorgias.load.payload_notes import note_payloads, planned
from migration_assets.gorgias.load.ticket_payload import TargetIds
from resources.warehouse import Table, Warehouse

DAY, OTHER = "2026-01-05", "2026-01-06"
MODULES = {"tickets": tickets, "messages": messages, "attachments": attachments, "customers": customers}
TABLES = {name: table_of(one.SCHEMA) for name, one in MODULES.items()}
IDS = TargetIds(
    customers={"c1": 1, "c2": 2, "c9": 9},
    users={"u1": 11, "u9": 19},
    teams={"g1": 21, "g9": 29},
    fields={"f1": 31, "f2": 32, "f9": 39},
    fallback_user=99,
)
ROWS: dict[str, list[dict[str, Any]]] = {
    "customers": [{"source_id": "c1", "name": "Ada"}, {"source_id": "c2", "name": "Bo"}],
    "tickets": [
        {"source_id": "t1", "partition": DAY, "customer_source_id": "c1", "assignee_source_id": "u1",
         "team_source_id": "g1", "field_values": '{"f1": 1}', "subject": "one"},
        {"source_id": "t2", "partition": OTHER, "customer_source_id": "c2", "field_values": '{"f2": 1}'},
    ],
    "messages": [
        {"source_id": "m1@t1", "partition": DAY, "ticket_source_id": "t1", "position": 0, "body_text": "hello",
         "sender_type": "customer", "sender_source_id": "c1"},
        {"source_id": "m2@t1", "partition": DAY, "ticket_source_id": "t1", "position": 1, "body_text": "answer",
         "sender_type": "user", "sender_source_id": "u1", "receiver_type": "customer", "receiver_source_id": "c1"},
        {"source_id": "m3@t2", "partition": OTHER, "ticket_source_id": "t2", "position": 0, "body_text": "note",
         "sender_type": "user", "sender_source_id": None},
    ],
    "attachments": [
        {"source_id": "a1", "partition": DAY, "ticket_source_id": "t1", "message_source_id": "m1@t1", "sha256": "x"}
    ],
}  # fmt: skip


def _typed(table: Table, rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(table.columns))
    kinds = {"VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "Int64", "TIMESTAMPTZ": "datetime64[us, UTC]"}
    return frame.astype({name: kinds[kind] for name, (kind, _) in table.columns.items()})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Staged rows whose creates were built and noted."""
    warehouse = Warehouse(Path(tmp_path_factory.mktemp("payloads")) / "warehouse.duckdb")
    with warehouse.held():
        for name, table in TABLES.items():
            warehouse.replace(table, _typed(table, ROWS[name]))
        for name in ("tickets", "customers"):
            rows = planned(warehouse, name, IDS, "v1", [DAY, OTHER])
            assert [row.payload_hash for row in rows] == [None, None]
            note_payloads(warehouse, name, rows, {row.source_id: f"hash of {row.source_id}" for row in rows})
        yield warehouse


def built(warehouse: Warehouse, ids: TargetIds = IDS, version: str = "v1", missing: tuple[str, ...] = ()) -> set[str]:
    """The rows whose create would be built."""
    rows = planned(warehouse, "tickets", ids, version, [DAY, OTHER], missing) + planned(
        warehouse, "customers", ids, version
    )
    assert all(row.payload_hash in (None, f"hash of {row.source_id}") for row in rows)
    return {row.source_id for row in rows if row.payload_hash is None}


ELSEWHERE = ("partition", "source_id", "ticket_source_id", "field_values")
"""Columns that say which row it is, or hold JSON."""
TEXTS = [
    (name, column)
    for name, table in TABLES.items()
    for column, (kind, _) in table.columns.items()
    if kind == "VARCHAR" and column not in ELSEWHERE
]


@settings(max_examples=25)
@given(st.sampled_from(TEXTS), st.integers(0, 2), st.text("abc", min_size=1, max_size=3))
def test_any_change_to_a_staged_row_has_its_create_built_and_no_other(
    store: Warehouse, place: tuple[str, str], number: int, text: str
):
    name, column = place
    row = ROWS[name][number % len(ROWS[name])]
    change = f"UPDATE {TABLES[name].name} SET {column} = ? WHERE source_id = ?"
    store.execute(change, [text, row["source_id"]])
    found = built(store)
    store.execute(change, [row.get(column), row["source_id"]])
    assert found == {row.get("ticket_source_id", row["source_id"])}
    assert built(store) == set()


def test_nothing_changed_builds_nothing(store: Warehouse):
    assert built(store) == set()


@pytest.mark.parametrize(
    ("object", "source_id", "rows"),
    [
        ("customers", "c1", {"t1"}),
        ("customers", "c2", {"t2"}),
        ("users", "u1", {"t1"}),
        ("teams", "g1", {"t1"}),
        ("fields", "f1", {"t1"}),
        ("fields", "f2", {"t2"}),
        ("customers", "c9", set()),
        ("users", "u9", set()),
        ("teams", "g9", set()),
        ("fields", "f9", set()),
    ],
)
def test_another_id_of_what_a_row_refers_to_builds_that_row_only(
    store: Warehouse, object: str, source_id: str, rows: set[str]
):
    assert built(store, replace(IDS, **{object: {**getattr(IDS, object), source_id: 1_000}})) == rows
    gone = {name: number for name, number in getattr(IDS, object).items() if name != source_id}
    assert built(store, replace(IDS, **{object: gone})) == rows


def test_another_fallback_user_builds_what_he_stands_in_for(store: Warehouse):
    assert built(store, replace(IDS, fallback_user=98)) == {"t2"}


def test_another_map_or_builder_builds_everything(store: Warehouse, monkeypatch: pytest.MonkeyPatch):
    assert built(store, version="v2") == {"t1", "t2", "c1", "c2"}
    monkeypatch.setitem(payload_notes.BUILDERS, "customers", "another")
    assert built(store) == {"c1", "c2"}


def test_a_file_that_is_not_uploaded_has_its_ticket_built(store: Warehouse):
    assert built(store, missing=("x",)) == {"t1"}
