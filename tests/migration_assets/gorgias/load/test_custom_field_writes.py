"""A field that stands in no tab of the source is counted apart from those that do."""

from pathlib import Path

import pandas as pd
from gorgias_rows import custom_field

from migration_assets.gorgias.load.custom_fields import custom_field_writes
from migration_assets.mapping.model import OVERFLOW_FIELD, OVERFLOW_LABEL
from migration_assets.staging.definitions.custom_fields import CUSTOM_FIELDS_TABLE
from resources.warehouse import Warehouse


def test_the_field_of_the_overflow_is_made_by_the_migration(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    labels = {"ivinex:field:10:7": "Size", OVERFLOW_FIELD.external_id: OVERFLOW_LABEL}
    rows = [custom_field(1, "Customer", source_id=one, external_id=one, label=labels[one]) for one in labels]
    warehouse.append(CUSTOM_FIELDS_TABLE, pd.DataFrame(rows))
    made = {write.key.source_id: [one.synthetic for one in write.rows] for write in custom_field_writes(warehouse)}
    assert made == {"ivinex:field:10:7": [False], OVERFLOW_FIELD.external_id: [True]}
