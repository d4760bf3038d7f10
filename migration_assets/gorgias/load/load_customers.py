"""One load of customers: their creates, then custom field values, then `data`. Requests: customers.py."""

from checks.quality_gates import require_open
from migration_assets.gorgias.load.customers_of_tickets import write_customers
from migration_assets.gorgias.load_step import LoadResult, merged
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping.staged_map import require_confirmed
from migration_assets.set_aside import first_set_aside
from resources.ledger.quality_gates import UNPARTITIONED


def load_customers(step: TargetStep) -> LoadResult:
    """Customers with their channels, custom field values and `data`; existing ones are adopted by e-mail or phone.

    On an adopted customer empty fields are filled, filled ones stay, and the set of values is merged. What changed at
    the source after a customer was written is merged by gorgias/customer_changes.
    """
    context, warehouse, ledger = step.context, step.warehouse, step.ledger
    require_confirmed(warehouse, ledger, step.settings, [UNPARTITIONED])
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    only, started = sample_only(context, ledger, "customers"), ledger.now()
    with loading(step) as writer:
        made, valued, with_data = write_customers(context, writer, warehouse, started, only)
    return merged([made, valued, with_data]), {
        "customers": warehouse.scalar("SELECT count(*) FROM staging.customers") if only is None else len(only),
        "value_calls": valued.sent,
        "data_calls": with_data.sent,
        **first_set_aside(ledger, ["contacts", "customers"]),
    }
