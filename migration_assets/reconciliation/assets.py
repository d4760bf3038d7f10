"""The assets of the stage reconciliation: what Gorgias holds against what was to be there.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster. What the UI says of
an asset is the docstring of the function that does it.
"""

from collections.abc import Callable, Sequence
from inspect import getdoc
from typing import TypedDict

import dagster as dg

from checks.step_check import StepCheck
from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.balance.idempotency_check import NOTHING_TO_WRITE, PLANNED, check_idempotency
from migration_assets.reconciliation.changes.change_list import list_changes
from migration_assets.reconciliation.checks import DAILY, STRANGERS, WITHOUT_DAY, ReadBackCheck
from migration_assets.reconciliation.comparison.account_comparison import compare_account
from migration_assets.reconciliation.comparison.differences import DIFFERENCES
from migration_assets.reconciliation.comparison.ticket_comparison import compare_tickets
from migration_assets.reconciliation.forecast import FORECAST, fill_forecast
from migration_assets.reconciliation.report.report import BALANCE, GATES, write_report
from migration_assets.reconciliation.target.target_tables import TICKETS, UNPARTITIONED
from migration_assets.reconciliation.target.ticket_read_back import read_days_back
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import Table, WarehouseResource


class _Stage(TypedDict):
    key_prefix: str
    group_name: str


STAGE: _Stage = {"key_prefix": "reconciliation", "group_name": "reconciliation"}
POOL = "gorgias_api"


def build_reconciliation_asset(
    name: str,
    do: Callable[[TargetStep], StepResult],
    dependencies: Sequence[str],
    kinds: Sequence[str],
    table: Table | None = None,
    compared: Sequence[ReadBackCheck] = (),
    reported: Sequence[StepCheck] = (),
    *,
    pool: str | None = None,
    daily: bool = False,
) -> dg.AssetsDefinition:
    """What holds the account against the source, writing nothing to either.

    Args:
        compared: checks of the comparison, which ask the warehouse what it found.
        reported: checks whose result `do` hands back.
    """

    @dg.asset(
        **STAGE,
        name=name,
        kinds=set(kinds),
        pool=pool,
        partitions_def=daily_partitions() if daily else None,
        deps=[dg.AssetKey.from_user_string(key) for key in dependencies],
        metadata=table.metadata() if table else None,
        check_specs=[*(one.check.spec for one in compared), *(check.spec for check in reported)],
        description=getdoc(do),
    )
    def reconciliation_asset(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        gorgias: GorgiasResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        step = TargetStep(context, warehouse.get(), ledger.get(), gorgias, settings.get())
        result = do(step)
        keys = list(context.partition_keys) if daily else [UNPARTITIONED]
        reports = [one.report(context, step.warehouse, step.ledger, keys) for one in compared]
        reports += [
            check.report(context, step.ledger, evaluate)
            for check, evaluate in zip(reported, result.evaluations, strict=True)
        ]
        return dg.MaterializeResult(metadata=result.metadata, check_results=reports)

    return reconciliation_asset


change_list = build_reconciliation_asset(
    "change_list",
    list_changes,
    ["ivinex/ticket_sweep", "ivinex/activity_sweep", "staging/customers", "gorgias/customer_changes"],
    kinds=["duckdb"],
)
target_sweep = build_reconciliation_asset(
    "target_sweep",
    compare_account,
    ["gorgias/customers", "gorgias/tickets", "gorgias/ticket_messages"],
    kinds=["gorgias", "duckdb"],
    table=DIFFERENCES,
    compared=WITHOUT_DAY,
    reported=[STRANGERS],
    pool=POOL,
)
readback = build_reconciliation_asset(
    "readback",
    read_days_back,
    ["reconciliation/target_sweep", "gorgias/tickets", "gorgias/ticket_messages"],
    kinds=["gorgias", "duckdb"],
    table=TICKETS,
    pool=POOL,
    daily=True,
)
comparison = build_reconciliation_asset(
    "comparison",
    compare_tickets,
    ["reconciliation/readback", "reconciliation/target_sweep", "staging/tickets", "staging/messages"],
    kinds=["gorgias", "duckdb"],
    table=DIFFERENCES,
    compared=DAILY,
    pool=POOL,
    daily=True,
)
second_pass = build_reconciliation_asset(
    "second_pass",
    check_idempotency,
    ["gorgias/users", "gorgias/customers", "gorgias/tickets", "gorgias/ticket_messages"],
    kinds=["duckdb"],
    table=PLANNED,
    reported=[NOTHING_TO_WRITE],
    pool=POOL,
)
report = build_reconciliation_asset(
    "report",
    write_report,
    ["reconciliation/target_sweep", "reconciliation/comparison", "reconciliation/second_pass"],
    kinds=["html", "json"],
    reported=[BALANCE, GATES],
)
forecast = build_reconciliation_asset(
    "forecast",
    fill_forecast,
    ["staging/customers", "staging/tickets", "staging/messages", "staging/attachments"],
    kinds=["duckdb"],
    table=FORECAST,
)
