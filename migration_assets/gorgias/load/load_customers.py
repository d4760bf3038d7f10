"""One load of customers: their creates, then custom field values, then `data`. Requests: customers.py."""

from typing import Any

from checks.quality_gates import require_open
from migration_assets.gorgias.load.customers_of_tickets import write_customers
from migration_assets.gorgias.load_step import merged
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.gorgias.step_context import StepContext
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Warehouse


def load_customers(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource, settings: Settings
) -> tuple[Tally, dict[str, Any]]:
    """Create what is missing and fill it; returns what was written, and the numbers to show."""
    require_confirmed(warehouse, ledger, settings, [UNPARTITIONED])
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    only, started = sample_only(context, ledger, "customers"), ledger.now()
    with loading(context, gorgias, ledger, warehouse) as writer:
        made, valued, with_data = write_customers(context, writer, warehouse, ledger, gorgias.reader, started, only)
    return merged([made, valued, with_data]), {
        "customers": warehouse.scalar("SELECT count(*) FROM staging.customers") if only is None else len(only),
        "value_calls": valued.sent,
        "data_calls": with_data.sent,
        **first_set_aside(ledger, ["contacts", "customers"]),
    }
