"""The assets of the stage staging: rows as Gorgias will be given them; nothing here talks to an API.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from checks.quality_gates import GATE_CLOSED
from checks.step_check import key_in_step
from migration_assets.ivinex.full_scan.daily_slices import refresh_stale
from migration_assets.mapping.source_site import stub_domain_of
from migration_assets.mapping.staged_map import note_staged
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings_resource import SettingsResource
from migration_assets.staging import checks
from migration_assets.staging.context import STAGE, read_context
from migration_assets.staging.conversations import messages, tickets
from migration_assets.staging.conversations.attachments import ATTACHMENTS_TABLE, record_attachments, stage_attachments
from migration_assets.staging.conversations.conversations import (
    CONVERSATIONS_DEPS,
    MESSAGES,
    SHOWN,
    TICKETS,
    record_conversations,
    stage_conversations,
)
from migration_assets.staging.definitions.custom_fields import CUSTOM_FIELDS_TABLE, stage_custom_fields
from migration_assets.staging.definitions.tags import TAGS_TABLE, stage_tags
from migration_assets.staging.definitions.teams import TEAMS_TABLE, named_by_tickets, stage_teams
from migration_assets.staging.people.customers import CUSTOMERS_TABLE, record_customers, stage_customers
from migration_assets.staging.people.users import USERS_TABLE, stage_users
from resources.ledger import LedgerResource, Outcome
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[dg.AssetKey(["ivinex", "users"]), dg.AssetKey(["mapping", "confirmed"])],
    metadata=USERS_TABLE.metadata(),
    check_specs=checks.USERS.specs,
)
def users(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Ivinex users with their disposition: match an agent by e-mail, make a stub that keeps ownership, or unused."""
    current, open_warehouse = settings.get(), warehouse.get()
    found = open_warehouse.query("SELECT * FROM ivinex.users ORDER BY try_cast(user_id AS BIGINT), user_id")
    staged = stage_users(found, stub_domain_of(current, ledger.get()), current.gorgias_stub_role)
    open_warehouse.replace(USERS_TABLE, staged)
    unused = staged[staged["disposition"] == "unused"]
    skipped = [
        Outcome(source_id, "skipped", "inactive or without e-mail, and owns nothing")
        for source_id in unused["source_id"]
    ]
    ledger.get().record_outcomes("users", STAGE, skipped)
    counts = staged["disposition"].value_counts()
    context.log.info(f"{len(staged)} users: {counts.to_dict()}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(staged),
            "source_rows": len(found),
            "staged": len(staged) - len(unused),
            "merged": 0,
            "skipped": len(unused),
            "quarantined": 0,
            "matches": int(counts.get("match", 0)),
            "stubs": int(counts.get("stub", 0)),
        },
        check_results=checks.USERS.report(context, open_warehouse, ledger.get()),
    )


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[dg.AssetKey(["ivinex", "groups"]), dg.AssetKey(["staging", "users"]), dg.AssetKey(["mapping", "confirmed"])],
    metadata=TEAMS_TABLE.metadata(),
    check_specs=checks.TEAMS.specs,
)
def teams(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Groups that become teams, with their members; GORGIAS_TEAMS=leave leaves all of them to the admin."""
    current, open_warehouse, open_ledger = settings.get(), warehouse.get(), ledger.get()
    inputs = read_context(current, open_ledger, open_warehouse)
    with open_warehouse.transaction() as tx:
        groups = tx.query("SELECT * FROM ivinex.groups ORDER BY try_cast(group_id AS BIGINT), group_id, user_id")
        users = tx.query("SELECT user_id, source_id, disposition FROM staging.users")
        staged = stage_teams(groups, users, named_by_tickets(tx, inputs), current.gorgias_teams == "leave")
        tx.replace(TEAMS_TABLE, pd.DataFrame(staged.teams, columns=list(TEAMS_TABLE.columns)))
    open_ledger.record_outcomes("teams", STAGE, staged.outcomes)
    open_ledger.record_losses(STAGE, "teams", staged.losses)
    counts = {name: sum(row.outcome == name for row in staged.outcomes) for name in ("merged", "skipped")}
    context.log.info(f"{len(staged.teams)} teams: {', '.join(team['name'] for team in staged.teams) or 'none'}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(staged.teams),
            "source_rows": int(groups["group_id"].nunique()),
            "staged": len(staged.teams),
            "quarantined": 0,
            "members_without_user": sum(loss.count for loss in staged.losses),
            **counts,
        },
        check_results=checks.TEAMS.report(context, open_warehouse, open_ledger),
    )


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("fields", "users", "organizations", "contacts", "ticket_sweep")),
    ],
    metadata=CUSTOM_FIELDS_TABLE.metadata(),
    check_specs=checks.CUSTOM_FIELDS.specs,
)
def custom_fields(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Custom fields to create: external id, type, input and choices, options that are deleted but in use included."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    inputs = read_context(settings.get(), open_ledger, open_warehouse)
    with open_warehouse.transaction() as tx:
        staged = stage_custom_fields(tx, inputs)
        tx.replace(CUSTOM_FIELDS_TABLE, staged)
    merged = [
        Outcome(item.external_id, "merged", f"shares the field {items[0].external_id}")
        for items in inputs.mapping.custom_fields().values()
        for item in items[1:]
    ]
    open_ledger.record_outcomes("custom_fields", STAGE, merged)
    context.log.info(f"{len(staged)} custom fields, {len(merged)} more feed one of them")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(staged),
            "source_rows": len(staged) + len(merged),
            "staged": len(staged),
            "merged": len(merged),
            "skipped": 0,
            "quarantined": 0,
            "ticket_fields": int((staged["object_type"] == "Ticket").sum()),
            "customer_fields": int((staged["object_type"] == "Customer").sum()),
        },
        check_results=checks.CUSTOM_FIELDS.report(context, open_warehouse, open_ledger, inputs),
    )


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[dg.AssetKey(["mapping", "confirmed"]), dg.AssetKey(["ivinex", "ticket_sweep"])],
    metadata=TAGS_TABLE.metadata(),
    check_specs=checks.TAGS.specs,
)
def tags(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Tags to create: `ai_ignore`, and the values of the fields that the map turns into tags."""
    open_warehouse = warehouse.get()
    inputs = read_context(settings.get(), ledger.get(), open_warehouse)
    with open_warehouse.transaction() as tx:
        staged = stage_tags(tx, inputs)
        tx.replace(TAGS_TABLE, staged)
    context.log.info(f"{len(staged)} tags")
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(staged), "staged": len(staged)},
        check_results=checks.TAGS.report(context, open_warehouse, ledger.get()),
    )


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    deps=[
        dg.AssetKey(["mapping", "confirmed"]),
        *(
            dg.AssetKey(["ivinex", n])
            for n in ("fields", "users", "organizations", "contacts", "ticket_sweep", "activity_sweep")
        ),
    ],
    metadata=CUSTOMERS_TABLE.metadata(),
    check_specs=checks.CUSTOMERS.specs,
)
def customers(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Customers to create: one per e-mail (lower case), the oldest contact first, with its organization's fields.

    Contacts without an e-mail get their phone as channel, those with neither a stub address. Tickets whose contact is
    missing get one stub customer per missing id. In a staging account the customers' addresses are masked.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    inputs = read_context(settings.get(), open_ledger, open_warehouse)
    report = stage_customers(open_warehouse, inputs)
    note_staged(open_warehouse, [UNPARTITIONED], inputs.mapping.mapping_version)
    record_customers(open_ledger, report)
    context.log.info(
        f"{report.contacts} contacts: {report.staged} customers, {len(report.merged)} merged, "
        f"{len(report.quarantined)} in quarantine; {report.stubs} stubs"
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.staged + report.stubs,
            "source_rows": report.contacts,
            "staged": report.staged,
            "merged": len(report.merged),
            "skipped": 0,
            "quarantined": len(report.quarantined),
            "stubs": report.stubs,
            "organizations": len(report.organizations),
            **first_set_aside(open_ledger, ["contacts"]),
        },
        check_results=checks.CUSTOMERS.report(context, open_warehouse, open_ledger, inputs),
    )


@dg.multi_asset(
    name="staging_conversations",
    specs=[
        dg.AssetSpec(
            TICKETS,
            deps=CONVERSATIONS_DEPS,
            group_name="staging",
            kinds={"duckdb", "pandas"},
            metadata=tickets.TABLE.metadata(),
            description="Tickets to create, one call each: everything but the messages. Filled with staging/messages.",
        ),
        dg.AssetSpec(
            MESSAGES,
            deps=CONVERSATIONS_DEPS,
            group_name="staging",
            kinds={"duckdb", "pandas"},
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
    keys = list(context.partition_keys)
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    if not open_warehouse.exists("staging.customers"):
        raise dg.Failure(
            "What tickets refer to was never staged, so no day can be: start the job prepare first (the command "
            "`migrate run` does it by itself). Nothing was changed.",
            metadata={GATE_CLOSED: 1},
            allow_retries=False,
        )
    if stale := refresh_stale(open_warehouse, keys):
        context.log.info(f"{len(stale)} days were cut again, as the full scan is newer: {', '.join(stale[:SHOWN])}")
    inputs = read_context(settings.get(), open_ledger, open_warehouse)
    report = stage_conversations(open_warehouse, inputs, keys)
    note_staged(open_warehouse, keys, inputs.mapping.mapping_version)
    record_conversations(open_ledger, report, keys)
    context.log.info(
        f"{report.tickets} of {report.source_tickets} tickets and {report.messages} messages staged for {len(keys)} "
        f"days; {len(report.ticket_quarantine)} tickets and {len(report.message_quarantine)} messages in quarantine"
    )
    yield dg.MaterializeResult(
        asset_key=key_in_step(context, TICKETS),
        metadata={
            "dagster/partition_row_count": report.tickets,
            "source_rows": report.source_tickets,
            "staged": report.tickets,
            "merged": 0,
            "skipped": 0,
            "quarantined": len(report.ticket_quarantine),
            **first_set_aside(open_ledger, ["tickets"], keys),
        },
    )
    yield dg.MaterializeResult(
        asset_key=key_in_step(context, MESSAGES),
        metadata={
            "dagster/partition_row_count": report.messages,
            "source_rows": report.messages - report.synthetic + len(report.message_quarantine),
            "activities": report.activities,
            "staged": report.messages - report.synthetic,
            "merged": 0,
            "skipped": 0,
            "quarantined": len(report.message_quarantine),
            "synthetic": report.synthetic,
            **first_set_aside(open_ledger, ["messages"], keys),
        },
    )
    yield from checks.TICKETS.report(context, open_warehouse, open_ledger, inputs)
    yield from checks.MESSAGES.report(context, open_warehouse, open_ledger, inputs)


@dg.asset(
    key_prefix="staging",
    group_name="staging",
    kinds={"duckdb", "pandas"},
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["ivinex", "attachments"]),
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
    ],
    metadata=ATTACHMENTS_TABLE.metadata() | {"partition_expr": "partition"},
    check_specs=checks.ATTACHMENTS.specs,
)
def attachments(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Files with the message that they came with, under their own names; those that cannot be delivered, by reason."""
    days = list(context.partition_keys)
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    refresh_stale(open_warehouse, days)
    staged = stage_attachments(open_warehouse, days, settings.get().files_later)
    record_attachments(open_ledger, staged, days)
    context.log.info(f"{len(staged.frame)} of {staged.source} files staged; {len(staged.quarantined)} undeliverable")
    return dg.MaterializeResult(
        metadata={
            "dagster/partition_row_count": len(staged.frame),
            "source_rows": staged.source,
            "staged": len(staged.frame),
            "merged": 0,
            "skipped": len(staged.later),
            "quarantined": len(staged.quarantined),
            "contents": int(staged.frame["sha256"].nunique()) if len(staged.frame) else 0,
            "bytes": int(staged.frame["size"].sum()) if len(staged.frame) else 0,
            **first_set_aside(ledger.get(), ["files"], days),
        },
        check_results=checks.ATTACHMENTS.report(
            context, open_warehouse, open_ledger, read_context(settings.get(), open_ledger, open_warehouse)
        ),
    )
