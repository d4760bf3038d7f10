"""What a profile tells of values: shares of what they look like, never one of them."""

import json

import pandas as pd

from migration_assets.mapping.profile import COLUMNS, profile
from resources.warehouse import Table, Warehouse

SWEEP = Table("ivinex.contacts", {name: ("VARCHAR", "") for name in ("source_id", "collection_type_id", "raw")})
VALUES = {
    "mail": ("ann@example.com", "bob@example.org", ""),
    "phone": ("+1 555 123 4567", "0160 1234567", "0"),
    "day": ("2026-01-02", "2026-01-03 10:00:00", "0000-00-00"),
    "page": ("https://example.com/x", "www.example.com", ""),
    "body": ("<p>One two three four five six seven</p>", "One two three four five six seven.", ""),
    'odd"name': ("1", "2", "3"),
}


def test_the_shares_tell_what_the_values_of_a_field_look_like(tmp_path) -> None:
    raw = [{name: values[place] for name, values in VALUES.items()} for place in range(3)]
    rows = [{"source_id": str(n), "collection_type_id": "7", "raw": json.dumps(row)} for n, row in enumerate(raw)]
    fields = pd.DataFrame({"collection_type_id": "7", "field_name": list(VALUES)})
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        warehouse.replace(SWEEP, pd.DataFrame(rows))
        found = profile(warehouse, fields)
    assert list(found.columns) == list(COLUMNS)
    told = found.set_index("field_name")
    assert told["email_share"].to_dict() | {"mail": 1.0} == told["email_share"].to_dict()
    assert (told.loc["phone", "phone_share"], told.loc["day", "date_share"], told.loc["page", "url_share"]) == (1, 1, 1)
    assert (told.loc["body", "html_share"], told.loc["body", "sentence_share"]) == (0.5, 1)
    assert told.loc["mail", "filled"] == 2
    assert not any("example" in str(cell) for cell in found.to_numpy().ravel())
