"""What a run of the load may write, and in which order its days go: all of a day, its open tickets, or the sample.

Open tickets of all days go first, so that people can work before their history is there. Such a run leaves the rest of
a day for later and gives no gate a result. It belongs here: telling such runs by their tags. It does not: which days
they are started for (orchestration/migration.py) and the sample's records (sample_scope.py).
"""

from collections.abc import Sequence
from typing import Any

from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.settings import LoadOrder, Settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

OPEN_TAG = "migrate/open_tickets"
"""Of runs that load the open tickets of days and leave the others for a later run."""
ORDER_TAG = "migrate/order"
"""Of runs that load days: one of LoadOrder."""


def tickets_only(context: Any, ledger: Ledger, warehouse: Warehouse, keys: Sequence[str]) -> list[str] | None:
    """Source ids of the tickets of these days that this run may write; None: all."""
    only = sample_only(context, ledger, "tickets")
    if OPEN_TAG not in _tags(context):
        return only
    rows = warehouse.query(
        "SELECT source_id FROM staging.tickets WHERE status = 'open' AND list_contains(?, partition)", [list(keys)]
    )
    found = rows["source_id"].tolist()
    return found if only is None else [name for name in found if name in set(only)]


def newest_first(context: Any, settings: Settings) -> bool:
    """Whether the newest of several days in one run goes first: as the run says, else as the settings do."""
    return bool(_tags(context).get(ORDER_TAG, settings.load_order) != LoadOrder.oldest)


def _tags(context: Any) -> dict[str, str]:
    return getattr(context.run, "tags", None) or {}
