"""One load of customers: their creates, then custom field values, then `data`. Requests: customers.py."""

from typing import Any

from checks.quality_gates import require_open
from migration_assets.gorgias.as_left import note
from migration_assets.gorgias.load.customers import creates, customer_notes, data, values
from migration_assets.gorgias.load.load_calls import customers_with
from migration_assets.gorgias.load_step import apply_writes, merged
from migration_assets.gorgias.merge_base import with_base
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.gorgias.step_context import StepContext
from migration_assets.set_aside import first_set_aside
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.write import Tally
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def load_customers(
    context: StepContext, warehouse: Warehouse, ledger: Ledger, gorgias: GorgiasResource
) -> tuple[Tally, dict[str, Any]]:
    """Create what is missing and fill it; returns what was written, and the numbers to show."""
    require_open(ledger, ["staging/customers", "gorgias/canary"])
    only, started = sample_only(context, ledger, "customers"), ledger.now()
    total = warehouse.scalar("SELECT count(*) FROM staging.customers") if only is None else len(only)
    fields = ledger.gorgias_ids("custom_fields")
    calls = {column: len(customers_with(warehouse, column, only)) for column in ("field_values", "data")}

    def noted(chunk: list[dict[str, Any]]) -> None:
        begun = with_base(warehouse, "customers", [row["source_id"] for row in chunk])
        note(
            warehouse,
            [one for row in chunk if row["source_id"] not in begun for one in customer_notes(row, fields)],
        )

    with loading(context, gorgias, ledger, warehouse) as writer:
        made = apply_writes(context, writer, ledger, "gorgias/customers", total, creates(warehouse, noted, only))
        following = values(warehouse, ledger, gorgias.reader, started)
        valued = apply_writes(context, writer, ledger, "gorgias/customers: values", calls["field_values"], following)
        documents = data(warehouse, ledger, gorgias.reader, started)
        with_data = apply_writes(context, writer, ledger, "gorgias/customers: data", calls["data"], documents)
    return merged([made, valued, with_data]), {
        "customers": total,
        "value_calls": valued.sent,
        "data_calls": with_data.sent,
        **first_set_aside(ledger, ["contacts", "customers"]),
    }
