"""The warehouse: one DuckDB file that holds bulk, rebuildable data (source versions, staged rows, read-back rows).

These are the only modules that open DuckDB. What must survive a rebuild is not here: that is the ledger's.
"""

from typing import TYPE_CHECKING, Any

from resources.warehouse.connection import Connection
from resources.warehouse.erased import WarehouseErased
from resources.warehouse.schema_version import WarehouseNewer
from resources.warehouse.table import Table
from resources.warehouse.warehouse import Warehouse, WarehouseFull, WarehouseLocked

if TYPE_CHECKING:
    from resources.warehouse.resource import WarehouseResource

__all__ = [
    "Connection",
    "Table",
    "Warehouse",
    "WarehouseErased",
    "WarehouseFull",
    "WarehouseLocked",
    "WarehouseNewer",
    "WarehouseResource",
]


def __getattr__(name: str) -> Any:
    """The resource brings Dagster along, which a command that only looks does not need."""
    if name != "WarehouseResource":
        raise AttributeError(name)
    from resources.warehouse.resource import WarehouseResource

    return WarehouseResource
