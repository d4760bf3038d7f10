"""reconciliation/comparison [d]: what was read back of a day against its staged rows, field by field."""

from migration_assets.reconciliation.target.target_tables import TICKETS
from resources.ledger import Ledger
from resources.warehouse import Warehouse

TICKET_COMPARISON_OBJECTS = ("tickets", "messages")


def read_since_written(warehouse: Warehouse, ledger: Ledger, keys: list[str]) -> list[str]:
    """Those of the days whose tickets were all read after the day's last write; rows from before would accuse it."""
    warehouse.ensure(TICKETS)
    rows = warehouse.rows(
        f"SELECT partition, min(read_at) AS read_at FROM {TICKETS.name} "  # noqa: S608
        "WHERE list_contains(?, partition) GROUP BY partition",
        [keys],
    )
    read, written = {row["partition"]: row["read_at"] for row in rows}, ledger.last_written(keys)
    return [key for key in keys if key not in read or key not in written or read[key] >= written[key]]
