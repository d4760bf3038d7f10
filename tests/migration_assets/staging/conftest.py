from collections.abc import Iterator

import pytest
from staged_site import Site

from resources.warehouse import Warehouse


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        yield Site(tmp_path, warehouse)
