"""The blocking checks of the staging room: a schema check per table, and a balance where rows have a source."""

import dagster as dg

from checks.factory import balance_check, schema_check
from checks.schemas import attachments, custom_fields, customers, messages, tags, teams, tickets, users
from migration_assets.partitions import daily_partitions
from migration_assets.staging import balance
from migration_assets.staging.file_balance import attachments_balance


def _key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["staging", table])


def staging_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of the room."""
    days = daily_partitions()
    return [
        schema_check(_key("users"), users.SCHEMA),
        schema_check(_key("teams"), teams.SCHEMA),
        schema_check(_key("custom_fields"), custom_fields.SCHEMA),
        schema_check(_key("tags"), tags.SCHEMA),
        schema_check(_key("customers"), customers.SCHEMA),
        schema_check(_key("tickets"), tickets.SCHEMA, days),
        schema_check(_key("messages"), messages.SCHEMA, days),
        schema_check(_key("attachments"), attachments.SCHEMA, days),
        balance_check(_key("users"), "Every Ivinex user has a disposition.", balance.users_balance),
        balance_check(_key("teams"), "Groups = teams + merged + skipped.", balance.teams_balance),
        balance_check(_key("customers"), "Contacts = customers + merged + quarantined.", balance.customers_balance),
        balance_check(_key("tickets"), "Tickets = staged + quarantined.", balance.tickets_balance, days),
        balance_check(
            _key("messages"),
            "Activities and tasks on tickets = messages + quarantined.",
            balance.messages_balance,
            days,
        ),
        balance_check(
            _key("attachments"), "Files on staged tickets = staged, or booked by reason.", attachments_balance, days
        ),
    ]
