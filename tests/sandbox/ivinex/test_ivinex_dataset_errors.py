"""A mistake in a hand-written folder is named by file, line and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.ivinex.dataset import Dataset
from sandbox.ivinex.errors import DatasetError


def refused(folder: Path) -> str:
    """The error of loading the folder."""
    with pytest.raises(DatasetError) as caught:
        Dataset(folder)
    return str(caught.value)


def append(path: Path, row: Any) -> None:
    """Appends one line."""
    path.write_text(path.read_text() + (row if isinstance(row, str) else json.dumps(row)) + "\n")


def test_a_mistake_in_site_json_is_named_by_its_key(folder: Path) -> None:
    site = folder / "site.json"
    content = json.loads(site.read_text())
    user = content["api_users"][0]
    for change, words in (
        ({"time_zone": "Mars/Olympus"}, ("key time_zone", "IANA")),
        ({"colour": "red"}, ("key colour",)),
        ({"api_users": [{"id": "1"}]}, ("key api_users.0.username",)),
        ({"faults": [{"kind": "flood"}]}, ("key faults.0.kind",)),
        ({"api_users": [user | {"visible_tabs": ["Casses"]}]}, ("api_users.0.visible_tabs: there is no tab 'Casses'",)),
        (
            {"api_users": [user | {"row_filters": {"Cases": [{"field": "ownr", "value": "7"}]}}]},
            ("Cases has no field 'ownr'",),
        ),
    ):
        site.write_text(json.dumps(content | change))
        message = refused(folder)
        assert "site.json" in message
        assert all(word in message for word in words)
    site.write_text("{\n oops")
    assert "site.json, line 2: is not JSON" in refused(folder)
    site.unlink()
    assert "site.json: is missing" in refused(folder)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{oops", "line 6: is not JSON"),
        ([1], "line 6: a row must be an object"),
        ({"subject": "x"}, "line 6, key collection_id"),
        ({"collection_id": 7}, "line 6, key collection_id"),
        ({"collection_id": "1"}, "line 6, key collection_id: 1 is used twice"),
        ({"collection_id": "9", "colour": "red"}, "line 6, key colour: is no field of Cases"),
        ({"collection_id": "9", "subject": {"a": 1}}, "line 6, key subject"),
    ],
)
def test_records(folder: Path, row: Any, words: str) -> None:
    append(folder / "tabs" / "Cases" / "records.ndjson", row)
    message = refused(folder)
    assert "records.ndjson" in message
    assert words in message


def test_fields_links_and_files(folder: Path) -> None:
    schema = folder / "tabs" / "Ideas" / "fields.json"
    before = schema.read_text()
    content = json.loads(before)
    schema.write_text(json.dumps(content | {"Fields": content["Fields"] * 2}))
    assert "fields.json, key Fields.1.FieldName: 'text' is used twice" in refused(folder)
    schema.write_text(json.dumps(content | {"CollectionTypeID": "100"}))
    assert "used by another tab" in refused(folder)
    schema.write_text(before)
    files = folder / "files.ndjson"
    lines = files.read_text()
    append(files, json.loads(lines.splitlines()[0]) | {"FileID": "999"})
    assert "files.ndjson, line 7, key FileID: files/999 is missing" in refused(folder)
    files.write_text(lines.replace('"CollectionID": "1"', '"CollectionID": "77"', 1))
    assert "no record 77 in Cases" in refused(folder)
    files.write_text(lines)
    append(folder / "links.ndjson", {"From": "100", "To": "1001:2"})
    assert "links.ndjson, line 2, key From" in refused(folder)


def test_a_short_row_is_completed_and_a_deleted_one_hidden(folder: Path) -> None:
    path = folder / "tabs" / "Cases" / "records.ndjson"
    append(path, {"collection_id": "8", "subject": "Short"})
    append(path, {"collection_id": "9", "subject": "Gone", "_deleted": True})
    tab = Dataset(folder).by_name["Cases"]
    assert tab.record(8)["urgent"] == "false"
    assert tab.record(8)["created_date"] == "0000-00-00 00:00:00"
    assert 8 in tab
    assert 9 not in tab
