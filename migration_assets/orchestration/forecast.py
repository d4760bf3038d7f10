"""A forecast of the load: what is not staged yet is staged, nothing is written, and the calls are counted.

It belongs here: the order. It does not: counting (reconciliation/forecast.py).
"""

import dagster as dg

from migration_assets.day_ranges import plan_ranges
from migration_assets.orchestration.migration import Migration
from migration_assets.reconciliation.forecast import Forecast, make_forecast, run_ranges
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource

_STAGED_WITHOUT_DAY = [
    dg.AssetKey(["mapping", "confirmed"]),
    *(dg.AssetKey(["staging", name]) for name in ("users", "custom_fields", "tags", "teams", "customers")),
]


def forecast_load(migration: Migration, settings: Settings, account: GorgiasResource) -> Forecast:
    """Stage everything and count the calls of the load and of its verification. Writes nothing to Gorgias.

    Raises:
        NotConfirmed: the map is not confirmed, or the schema drifted.
    """
    migration.confirmed_map()
    migration.say("forecast: staging what tickets refer to")
    migration.runner.run("prepare", only=_STAGED_WITHOUT_DAY)
    ranges = plan_ranges(migration.tickets_per_day())
    for number, days in enumerate(ranges, start=1):
        migration.say(f"forecast: staging {days} ({number} of {len(ranges)}): {days.tickets} tickets")
        migration.stage(days)
    migration.runner.run("report", only=[dg.AssetKey(["reconciliation", "forecast"])])
    store = migration.warehouse
    return make_forecast(store, migration.ledger, account, settings, run_ranges(store))
