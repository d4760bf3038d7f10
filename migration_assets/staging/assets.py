"""The assets of the stage staging: rows as Gorgias will be given them; nothing here talks to an API.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster. What the UI says of
an asset is the docstring of the function that fills its table.
"""

from collections.abc import Callable, Iterator, Sequence
from inspect import getdoc
from typing import Any, TypedDict

import dagster as dg

from checks.step_check import key_in_step
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings_resource import SettingsResource
from migration_assets.staging import checks
from migration_assets.staging.conversations import messages, tickets
from migration_assets.staging.conversations.attachments import ATTACHMENTS_TABLE, fill_attachments
from migration_assets.staging.conversations.conversations import fill_conversations
from migration_assets.staging.definitions.custom_fields import CUSTOM_FIELDS_TABLE, fill_custom_fields
from migration_assets.staging.definitions.tags import TAGS_TABLE, fill_tags
from migration_assets.staging.definitions.teams import TEAMS_TABLE, fill_teams
from migration_assets.staging.people.customers import CUSTOMERS_TABLE, fill_customers
from migration_assets.staging.people.users import USERS_TABLE, fill_users
from migration_assets.staging.staging_step import StagingStep
from resources.ledger import LedgerResource
from resources.warehouse import Table, WarehouseResource


class _Stage(TypedDict):
    group_name: str
    kinds: set[str]


STAGE: _Stage = {"group_name": "staging", "kinds": {"duckdb", "pandas"}}


def _keys(*names: str) -> list[dg.AssetKey]:
    return [dg.AssetKey.from_user_string(name) for name in names]


def build_staging_asset(
    fill: Callable[[StagingStep], dict[str, Any]],
    table: Table,
    reported: checks.TableChecks,
    dependencies: Sequence[str],
) -> dg.AssetsDefinition:
    """A staged table, with its checks in the same step."""
    daily = reported.daily

    @dg.asset(
        **STAGE,
        key=reported.key,
        partitions_def=daily_partitions() if daily else None,
        deps=_keys(*dependencies),
        metadata=table.metadata() | ({"partition_expr": "partition"} if daily else {}),
        check_specs=reported.specs,
        description=getdoc(fill),
    )
    def staging_asset(
        context: dg.AssetExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.MaterializeResult:
        days = list(context.partition_keys) if daily else []
        step = StagingStep(context.log, days, warehouse.get(), ledger.get(), settings.get())
        metadata = fill(step)
        return dg.MaterializeResult(metadata=metadata, check_results=reported.report(context, step))

    return staging_asset


users = build_staging_asset(fill_users, USERS_TABLE, checks.USERS, ["ivinex/users", "mapping/confirmed"])
teams = build_staging_asset(
    fill_teams, TEAMS_TABLE, checks.TEAMS, ["ivinex/groups", "staging/users", "mapping/confirmed"]
)
custom_fields = build_staging_asset(
    fill_custom_fields,
    CUSTOM_FIELDS_TABLE,
    checks.CUSTOM_FIELDS,
    [
        *("mapping/confirmed", "ivinex/fields", "ivinex/users", "ivinex/organizations", "ivinex/contacts"),
        "ivinex/ticket_sweep",
    ],
)
tags = build_staging_asset(fill_tags, TAGS_TABLE, checks.TAGS, ["mapping/confirmed", "ivinex/ticket_sweep"])
customers = build_staging_asset(
    fill_customers,
    CUSTOMERS_TABLE,
    checks.CUSTOMERS,
    [
        *("mapping/confirmed", "ivinex/fields", "ivinex/users", "ivinex/organizations", "ivinex/contacts"),
        *("ivinex/ticket_sweep", "ivinex/activity_sweep"),
    ],
)
_CONVERSATIONS_DEPS = _keys(
    *("mapping/confirmed", "ivinex/tickets", "ivinex/activities", "ivinex/attachments", "ivinex/tasks"),
    *("ivinex/change_history", "staging/users", "staging/teams", "staging/custom_fields", "staging/tags"),
    "staging/customers",
)


@dg.multi_asset(
    name="staging_conversations",
    specs=[
        dg.AssetSpec(
            checks.TICKETS.key,
            **STAGE,
            deps=_CONVERSATIONS_DEPS,
            metadata=tickets.TABLE.metadata(),
            description="Tickets to create, one call each: everything but the messages. Filled with staging/messages.",
        ),
        dg.AssetSpec(
            checks.MESSAGES.key,
            **STAGE,
            deps=_CONVERSATIONS_DEPS,
            metadata=messages.TABLE.metadata(),
            description="The messages of each ticket in their order: description, activities and tasks in time "
            "order, else a placeholder; one internal note tells the last changes of status and assignee, one what was "
            "lost. Filled with staging/tickets.",
        ),
    ],
    check_specs=[*checks.TICKETS.specs, *checks.MESSAGES.specs],
    partitions_def=daily_partitions(),
)
def conversations(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Tickets and their messages, staged together, from what the full scan holds now.

    A run that begins here, "from failure" say, cuts no slice: one that is older than the full scan is cut again.
    """
    step = StagingStep(context.log, list(context.partition_keys), warehouse.get(), ledger.get(), settings.get())
    report = fill_conversations(step)
    for reported, numbers in ((checks.TICKETS, report.ticket_numbers()), (checks.MESSAGES, report.message_numbers())):
        yield dg.MaterializeResult(
            asset_key=key_in_step(context, reported.key),
            metadata=numbers | first_set_aside(step.ledger, [reported.table], step.days),
        )
    for reported in (checks.TICKETS, checks.MESSAGES):
        yield from reported.report(context, step)


attachments = build_staging_asset(
    fill_attachments,
    ATTACHMENTS_TABLE,
    checks.ATTACHMENTS,
    ["ivinex/attachments", "staging/tickets", "staging/messages"],
)
