"""A capture: the sandbox serves it, its form is the site's, and no word of the site's records is in it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.ivinex.schema.capture import redactor, write_capture
from migration_assets.orchestration.operator_jobs.capture_site import capture_site
from migration_assets.settings_resource import SettingsResource
from resources.ivinex.types import kind_of
from resources.warehouse import Warehouse, WarehouseResource
from sandbox.generator.generate import generate_dataset
from sandbox.ivinex.dataset import Dataset

TABLES = (tables.CONTACTS, tables.ORGANIZATIONS, tables.TICKET_SWEEP, tables.ACTIVITY_SWEEP)


def read_by_hand(dataset: Path, warehouse: Warehouse) -> dict[str, list[dict]]:
    """What a discovery of the dataset would have in the warehouse, as far as a capture asks."""
    tabs, fields, all_records = [], [], {}
    for folder, table in zip(sorted((dataset / "tabs").iterdir()), TABLES, strict=False):
        tab = orjson.loads((folder / "fields.json").read_bytes())
        number = tab["CollectionTypeID"]
        tabs.append({"collection_type_id": number, "tab": tab["Tab"], "listed": True})
        for position, field in enumerate(tab["Fields"]):
            options = [{"id": o["OptionID"], "label": o["DisplayText"]} for o in field.get("Options", [])]
            fields.append(
                {
                    "collection_type_id": number,
                    "field_id": field["FieldID"],
                    "field_name": field["FieldName"],
                    "label": field["DisplayText"],
                    "data_type": field["DataType"],
                    "display_type": field.get("DisplayType", ""),
                    "kind": kind_of(field["FieldName"], field["DataType"], field.get("DisplayType", "")),
                    "linked_collection_type_id": field.get("LinkedCollectionTypeID"),
                    "options": orjson.dumps(options).decode(),
                    "position": position,
                }
            )
        lines = (folder / "records.ndjson").read_text("utf-8").splitlines()
        records = all_records[number] = [orjson.loads(line) for line in lines]
        ids = [record["collection_id"] for record in records]
        warehouse.replace(table, pd.DataFrame({"collection_type_id": number, "collection_id": ids, "raw": lines}))
    warehouse.replace(tables.TABS, pd.DataFrame(tabs))
    warehouse.replace(tables.FIELDS, pd.DataFrame(fields))
    return all_records


def test_the_sandbox_serves_a_capture_and_no_word_of_a_record_is_in_it(tmp_path: Path):
    generate_dataset(tmp_path / "site", tickets=6, days=3, seed=5)
    warehouse = Warehouse(tmp_path / "w.duckdb")
    given = read_by_hand(tmp_path / "site", warehouse)
    folder = write_capture(warehouse, tmp_path, "America/Denver")
    assert (tmp_path / "private").stat().st_mode & 0o077 == 0
    served = Dataset(folder)
    assert {str(number): len(tab._rows) for number, tab in served.tabs.items()} == {
        number: len(records) for number, records in given.items()
    }
    texts = " ".join(path.read_text("utf-8") for path in folder.glob("tabs/*/records.ndjson"))
    addresses = {found for found in re.findall(r"[\w.+-]+@[\w.-]+", str(given))}
    assert addresses
    assert not {one for one in addresses if one in texts}
    assert all(found.endswith(".invalid") for found in re.findall(r"[\w.+-]+@[\w.-]+\w", texts))


def test_the_form_stays_and_equal_words_stay_equal():
    redact = redactor(b"k")
    made = redact("Dear Ann Lee, call +1 (303) 555-0101 <a href='https://x.example'>now</a>. Ann")
    assert re.fullmatch(
        r"[A-Z][a-z]{3} [A-Z][a-z]{2} [A-Z][a-z]{2}, [a-z]{4} \+\d \(\d{3}\) \d{3}-\d{4} "
        r"<a>[a-z]{3}</a>\. [A-Z][a-z]{2}",
        made,
    )
    words = re.findall(r"[A-Z][a-z]{2}\b", made)
    assert words[0] == words[-1] != "Ann"
    assert redactor(b"other")("Ann Lee") != redact("Ann Lee")


@pytest.fixture
def ui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    nowhere = {f"{side}_BASE_URL": "http://127.0.0.1:9" for side in ("IVINEX", "GORGIAS")}
    named = {"IVINEX_USERNAME": "n", "IVINEX_PASSWORD": "n", "GORGIAS_EMAIL": "n@example.com", "GORGIAS_API_KEY": "n"}
    for name, value in {"MIGRATION_HOME": str(tmp_path), "IVINEX_TIMEZONE": "UTC", **nowhere, **named}.items():
        monkeypatch.setenv(name, value)
    resources = {
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(database=str(tmp_path / "warehouse.duckdb")),
    }
    return lambda: capture_site.execute_in_process(resources=resources, raise_on_error=False)


def test_the_job_keeps_a_capture_of_what_was_read_and_says_what_comes_first(ui: Callable[[], Any], tmp_path: Path):
    (failure,) = [one.event_specific_data for one in ui().all_events if one.is_step_failure]
    assert "job discover" in failure.user_failure_data.description
    assert "`migrate discover --capture`" in failure.user_failure_data.description
    generate_dataset(tmp_path / "site", tickets=2, days=1, seed=5)
    read_by_hand(tmp_path / "site", Warehouse(tmp_path / "warehouse.duckdb"))
    assert ui().success
    assert Dataset(tmp_path / "private" / "capture").tabs
