"""The jobs that a person starts in the UI and that `migrate` drives: one per phase, in the order of a migration.

It belongs here: which assets a phase holds. It does not: what an asset does (its room), and the order of phases in
one command (orchestration/migration.py).
"""

from typing import Any

import dagster as dg

DAILY_SOURCE = dg.AssetSelection.assets(["ivinex", "tickets"], ["ivinex", "activities"], ["ivinex", "attachments"])
DAILY_STAGING = dg.AssetSelection.assets(["staging", "tickets"], ["staging", "messages"], ["staging", "attachments"])
DAILY_LOAD = dg.AssetSelection.assets(
    *(["gorgias", name] for name in ("files", "tickets", "ticket_messages", "ticket_changes"))
)
VERIFY = dg.AssetSelection.assets(["reconciliation", "target_sweep"])
SECOND_PASS = dg.AssetSelection.assets(["reconciliation", "second_pass"])
DAILY_VERIFY = dg.AssetSelection.assets(["reconciliation", "readback"], ["reconciliation", "comparison"])
CHANGE_LIST = dg.AssetSelection.assets(["reconciliation", "change_list"])
DISCOVERY = dg.AssetSelection.groups("ivinex") - DAILY_SOURCE
PREPARATION = (
    dg.AssetSelection.assets(["mapping", "confirmed"])
    | (dg.AssetSelection.groups("staging") - DAILY_STAGING)
    | (dg.AssetSelection.groups("gorgias") - DAILY_LOAD)
)


def jobs() -> list[Any]:
    """One job per phase, in order; `migrate_day` for backfills and `delta` for the schedules hold several."""
    return [
        dg.define_asset_job(
            "discover",
            selection=DISCOVERY | dg.AssetSelection.assets(["mapping", "proposal"]),
            description="Reads Ivinex as it is (schema, users, contacts, one sweep of tickets and activities with "
            "their files) and "
            "proposes mapping.yaml. Writes nothing to Gorgias. Next: a person confirms the map with "
            "`migrate mapping confirm`.",
        ),
        dg.define_asset_job(
            "prepare",
            selection=PREPARATION,
            description="Everything a ticket refers to: stages and writes users, custom fields, tags and customers. "
            "Needs a confirmed map; without one it stops before the first write.",
        ),
        dg.define_asset_job(
            "stage_days",
            selection=DAILY_SOURCE | DAILY_STAGING,
            description="Tickets, messages and files of days, from the sweep to payload-ready rows, with their checks "
            "per day. Calls no API but for files whose URL had expired, so any day may be staged again at any time.",
        ),
        dg.define_asset_job(
            "load_days",
            selection=DAILY_LOAD,
            description="Writes the staged files, tickets and messages of days to Gorgias, and adds files that came "
            "after their ticket (FILES=later, then with_tickets). A day whose check failed is "
            "refused, by name; a day that was written before costs no call.",
        ),
        dg.define_asset_job(
            "migrate_day",
            selection=DAILY_SOURCE | DAILY_STAGING | DAILY_LOAD,
            description="A day from the sweep to Gorgias: stage_days and load_days in one run. Made for backfills in "
            "the UI.",
        ),
        dg.define_asset_job(
            "find_changes",
            selection=CHANGE_LIST,
            description="After a sweep: which records changed since they were loaded, by created day. Calls no API.",
        ),
        dg.define_asset_job(
            "delta",
            selection=DISCOVERY | PREPARATION | CHANGE_LIST,
            description="Reads Ivinex again, carries over what changed of customers, and lists the days with changed "
            "tickets. The sensor `changed_days` then requests those days; `migrate delta` does both at once.",
        ),
        dg.define_asset_job(
            "verify",
            selection=VERIFY,
            description="Reads back what belongs to no day (users, fields, tags, every customer) and compares it; "
            "lists all tickets for doubles. Writes nothing to Gorgias.",
        ),
        dg.define_asset_job(
            "second_pass",
            selection=SECOND_PASS,
            description="Plans the whole load again and holds it against the ledger: it must contain no write. Writes "
            "nothing to Gorgias.",
        ),
        dg.define_asset_job(
            "verify_days",
            selection=DAILY_VERIFY,
            description="Reads every ticket of days back from Gorgias, one call each, and compares every field; the "
            "checks of reconciliation/comparison tell what it found. Writes nothing to Gorgias. "
            "Made for backfills in the UI, after `second_pass` and `verify`.",
        ),
        dg.define_asset_job(
            "report",
            selection=dg.AssetSelection.groups("reconciliation") - VERIFY - SECOND_PASS - DAILY_VERIFY - CHANGE_LIST,
            description="The books of source against target, and the evidence in MIGRATION_HOME/handoff.",
        ),
        dg.define_asset_job(
            "handoff",
            selection=dg.AssetSelection.groups("handoff"),
            description="Documents for the customer's admin: what was not moved, and what is to be done by hand.",
        ),
    ]
