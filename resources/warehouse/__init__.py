"""The warehouse: one DuckDB file that holds bulk, rebuildable data (source versions, staged rows, read-back rows).

These are the only modules that open DuckDB. What must survive a rebuild is not here: that is the ledger's.
"""

from resources.warehouse.connection import Connection
from resources.warehouse.erased import WarehouseErased
from resources.warehouse.resource import WarehouseResource
from resources.warehouse.table import Table
from resources.warehouse.warehouse import Warehouse, WarehouseFull, WarehouseLocked

__all__ = [
    "Connection",
    "Table",
    "Warehouse",
    "WarehouseErased",
    "WarehouseFull",
    "WarehouseLocked",
    "WarehouseResource",
]
