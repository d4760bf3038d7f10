"""The assets of the stage gorgias: what is written to the account, in the order of dependency.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster. What the UI says of
an asset of the load is the docstring of the function that does it.
"""

from collections.abc import Callable, Sequence
from inspect import getdoc
from typing import TypedDict

import dagster as dg

from migration_assets.gorgias import checks
from migration_assets.gorgias.attachments.upload_files import upload_files
from migration_assets.gorgias.canary.assumptions import ASSUMPTIONS, CHECK
from migration_assets.gorgias.canary.try_account import trial_of_account, unexpected_behaviour
from migration_assets.gorgias.delta.apply_customer_changes import apply_customer_changes
from migration_assets.gorgias.delta.apply_ticket_changes import apply_ticket_changes
from migration_assets.gorgias.load.load_customers import load_customers
from migration_assets.gorgias.load.load_definitions import load_custom_fields, load_tags, load_teams
from migration_assets.gorgias.load.load_ticket_messages import load_ticket_messages
from migration_assets.gorgias.load.load_tickets import load_tickets
from migration_assets.gorgias.load.load_users import load_users
from migration_assets.gorgias.load_step import LoadResult
from migration_assets.gorgias.preflight.look import SEEN
from migration_assets.gorgias.preflight.preflight_report import (
    PREFLIGHT_CHECK,
    evaluated,
    look_before_load,
    preflight_metadata,
    require_decided,
)
from migration_assets.gorgias.rollback.account_before import note_account_before
from migration_assets.gorgias.rollback.forget import forget_rolled_back
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.partitions import daily_partitions
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource


class _Stage(TypedDict):
    key_prefix: str
    group_name: str
    kinds: set[str]
    pool: str


STAGE: _Stage = {
    "key_prefix": "gorgias",
    "group_name": "gorgias",
    "kinds": {"gorgias"},
    "pool": "gorgias_api",
}


def _keys(*names: str) -> list[dg.AssetKey]:
    return [dg.AssetKey.from_user_string(name) for name in names]


@dg.asset(
    **STAGE,
    deps=_keys("mapping/confirmed", "staging/users", "staging/custom_fields"),
    metadata=SEEN.metadata(),
    check_specs=[PREFLIGHT_CHECK.spec],
)
def preflight(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Settings, rules, integrations, AI Agent, users and custom fields of the account, as they are now.

    What could act on a load by itself is a point. Each closes every load until it was decided by name; nothing is
    written here. Custom fields that would not fit are told before the first is made.
    """
    step = TargetStep(context, warehouse.get(), ledger.get(), gorgias, settings.get())
    found = look_before_load(step)
    seen = PREFLIGHT_CHECK.report(context, step.ledger, lambda: {None: evaluated(found)})
    if found.open:
        PREFLIGHT_CHECK.log_failing(context, seen)
    require_decided(step, found)
    return dg.MaterializeResult(metadata=preflight_metadata(step, found), check_results=[seen])


@dg.asset(**STAGE, deps=_keys("mapping/confirmed"))
def account_before(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource, gorgias: GorgiasResource
) -> dg.MaterializeResult:
    """Ids and digests of what the account held before the first write; a rollback is proved against them.

    Read once, a hundred objects a call. An account that an earlier release has written to has no such image, and a
    rollback says so.
    """
    forgotten = forget_rolled_back(warehouse.get(), ledger.get())
    objects = note_account_before(gorgias.reader, ledger.get(), context.log)
    metadata = {"objects": objects or 0, "has_image": objects is not None, "forgotten_bases": forgotten}
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    **STAGE,
    deps=_keys("mapping/confirmed", "gorgias/tags", "gorgias/custom_fields", "gorgias/users"),
    check_specs=[CHECK.spec],
)
def canary(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Silent trial tickets, watched, read back and deleted: does this account keep times, order, ids and silence?

    Once passed it is not repeated for the account. A difference keeps every record from being written.
    """
    trial = trial_of_account(TargetStep(context, warehouse.get(), ledger.get(), gorgias, settings.get()))
    seen = CHECK.report(context, ledger.get() if trial.is_new else None, lambda: {None: trial.found})
    if trial.differences:
        CHECK.log_failing(context, seen)
        raise unexpected_behaviour(trial.differences)
    metadata = {"sent": trial.sent, "assumptions": len(ASSUMPTIONS), "differences": 0}
    return dg.MaterializeResult(metadata=metadata, check_results=[seen])


def build_load_asset(
    name: str,
    load: Callable[[TargetStep], LoadResult],
    dependencies: Sequence[str],
    reported: Sequence[checks.LoadCheck | checks.ConflictCheck] = (),
    *,
    daily: bool = False,
) -> dg.AssetsDefinition:
    """What writes one kind of object, silently, through the writer."""

    @dg.asset(
        **STAGE,
        name=name,
        partitions_def=daily_partitions() if daily else None,
        deps=_keys(*dependencies),
        check_specs=[one.check.spec for one in reported],
        description=getdoc(load),
    )
    def load_asset(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        gorgias: GorgiasResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        step = TargetStep(context, warehouse.get(), ledger.get(), gorgias, settings.get())
        tally, numbers = load(step)
        results = [one.report(context, step.warehouse, step.ledger) for one in reported]
        return dg.MaterializeResult(metadata=tally.metadata() | numbers, check_results=results)

    return load_asset


users = build_load_asset(
    "users", load_users, ["staging/users", "gorgias/preflight", "gorgias/account_before"], [checks.USERS]
)
teams = build_load_asset("teams", load_teams, ["staging/teams", "gorgias/users"], [checks.TEAMS])
custom_fields = build_load_asset(
    "custom_fields",
    load_custom_fields,
    ["staging/custom_fields", "gorgias/preflight", "gorgias/account_before"],
    [checks.CUSTOM_FIELDS],
)
tags = build_load_asset(
    "tags", load_tags, ["staging/tags", "gorgias/preflight", "gorgias/account_before"], [checks.TAGS]
)
customers = build_load_asset(
    "customers", load_customers, ["staging/customers", "gorgias/custom_fields", "gorgias/canary"], [checks.CUSTOMERS]
)
files = build_load_asset("files", upload_files, ["staging/attachments", "gorgias/canary"], daily=True)
tickets = build_load_asset(
    "tickets",
    load_tickets,
    [
        *("staging/tickets", "staging/messages", "gorgias/users", "gorgias/teams", "gorgias/tags"),
        *("staging/customers", "gorgias/files"),
    ],
    [checks.TICKETS],
    daily=True,
)
ticket_messages = build_load_asset("ticket_messages", load_ticket_messages, ["gorgias/tickets"], daily=True)
customer_changes = build_load_asset(
    "customer_changes", apply_customer_changes, ["gorgias/customers"], [checks.CUSTOMER_CONFLICTS]
)
ticket_changes = build_load_asset(
    "ticket_changes",
    apply_ticket_changes,
    ["gorgias/ticket_messages"],
    [checks.MESSAGES, checks.FILES, checks.TICKET_CONFLICTS],
    daily=True,
)
