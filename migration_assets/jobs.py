"""The jobs that a person starts in the UI and that `migrate` drives: one per phase, in the order of a migration.

It belongs here: which assets a phase holds. It does not: what an asset does (its stage), and the order of phases in
one command (orchestration/migration.py).
"""

from typing import Any

import dagster as dg

from migration_assets.job_steps import described, step_tags
from migration_assets.orchestration.operator_jobs import operator_jobs

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
    """One job per phase, in order; `migrate_day` for backfills and `delta` for the schedules hold several. Then those
    of one op, for what a person decides or asks for.
    """
    return [*asset_jobs(), *operator_jobs()]


def asset_jobs() -> list[Any]:
    """Those that materialize assets."""
    return [
        _asset_job(
            "discover",
            DISCOVERY | dg.AssetSelection.assets(["mapping", "proposal"]),
            "Reads Ivinex as it is (schema, users, contacts, one full scan of tickets and activities with their files) "
            "and proposes mapping.yaml. Writes nothing to Gorgias. The command: `migrate discover`.",
        ),
        _asset_job(
            "prepare",
            PREPARATION,
            "Everything a ticket refers to: stages and writes users, custom fields, tags and customers. Needs a "
            "confirmed map; without one it stops before the first write. Where it asks for a decision about users, the "
            "job decide_preflight records it. The command: `migrate run` (with all that follows).",
        ),
        _asset_job(
            "stage_days",
            DAILY_SOURCE | DAILY_STAGING,
            "The first half of migrate_day: tickets, messages and files of days, from the full scan to payload-ready "
            "rows, with their checks per day. Calls no API but for files whose URL had expired, so any day may be "
            "staged again at any time.",
            then="the job load_days for the same days",
        ),
        _asset_job(
            "load_days",
            DAILY_LOAD,
            "The second half of migrate_day: writes the staged files, tickets and messages of days to Gorgias, and "
            "adds files that came after their ticket (FILES=later, then with_tickets). A day whose check failed is "
            "refused, by name; a day that was written before costs no call.",
        ),
        _asset_job(
            "migrate_day",
            DAILY_SOURCE | DAILY_STAGING | DAILY_LOAD,
            "Days from the full scan to Gorgias, one run for each: stage_days and load_days in one. Made for backfills "
            "of chosen days, and to repeat one; the job migrate_range moves years by one click. The command: `migrate "
            "run`.",
        ),
        _asset_job(
            "find_changes",
            CHANGE_LIST,
            "The last part of delta: after a full scan, which records changed since they were loaded, by created day. "
            "Calls no API.",
            then="a backfill of migrate_day over the days that it lists, or the sensor changed_days, which requests "
            "them; `migrate delta` does it by itself",
        ),
        _asset_job(
            "delta",
            DISCOVERY | PREPARATION | CHANGE_LIST,
            "Reads Ivinex again, carries over what changed of customers, and lists the days with changed tickets; the "
            "sensor changed_days, where it is started, requests those days. As often as one likes. The command: "
            "`migrate delta` does both at once.",
        ),
        _asset_job(
            "verify",
            VERIFY,
            "Reads back what belongs to no day (users, fields, tags, every customer) and compares it; lists all "
            "tickets for doubles. Writes nothing to Gorgias. The command: `migrate verify` (steps 5 to 7).",
        ),
        _asset_job(
            "second_pass",
            SECOND_PASS,
            "Plans the whole load again and holds it against the ledger: it must contain no write. Writes nothing to "
            "Gorgias. The command: `migrate verify` (steps 5 to 7).",
        ),
        _asset_job(
            "verify_days",
            DAILY_VERIFY,
            "Reads every ticket of days back from Gorgias, one call each, and compares every field; the checks of "
            "reconciliation/comparison tell what it found. Writes nothing to Gorgias. Made for backfills of chosen "
            "days, after second_pass and verify. The command: `migrate verify` (steps 5 to 7).",
        ),
        _asset_job(
            "report",
            dg.AssetSelection.groups("reconciliation") - VERIFY - SECOND_PASS - DAILY_VERIFY - CHANGE_LIST,
            "The balance of source against target, and the evidence in MIGRATION_HOME/handoff. The command: `migrate "
            "run` ends with it.",
        ),
        _asset_job(
            "handoff",
            dg.AssetSelection.groups("handoff"),
            "Documents for the customer's admin: what was not moved, and what is to be done by hand. The command: "
            "`migrate run` ends with it.",
        ),
    ]


def _asset_job(name: str, selection: dg.AssetSelection, text: str, then: str = "") -> Any:
    return dg.define_asset_job(name, selection=selection, description=described(name, text, then), tags=step_tags(name))
