"""staging/attachments: the files of each message, with the content that the store holds.

It belongs here: which message a file goes with, and the books of those that go with none. It does not: downloading
(stage 1) and uploading (stage 4).

A file of an activity goes with that activity's message; a file of the ticket itself with its description, else with
its first message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from checks.schemas.attachments import SCHEMA
from checks.table import table_of
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.full_scan.daily_slices import refresh_stale
from migration_assets.mapping.frames import to_rows
from migration_assets.set_aside import first_set_aside
from migration_assets.staging.context import STAGE
from migration_assets.staging.file_names import safe_name
from migration_assets.staging.staging_step import StagingStep
from resources.ledger import Ledger, Loss, Outcome, Quarantined
from resources.warehouse import Warehouse

ATTACHMENTS_TABLE = table_of(SCHEMA)
LATER = "FILES=later: left for a pass of its own"
PASSING = ("expired", "unreadable", "pending")
"""Statuses that a later sweep may heal."""

_FILES = f"""
    WITH files AS (
        SELECT * FROM {ATTACHMENTS.name}
        WHERE partition BETWEEN $first AND $last AND partition IN (SELECT unnest($days::VARCHAR[]))
    ), own AS (
        SELECT ticket_source_id, arg_min(source_id, (kind <> 'description', position)) AS source_id
        FROM staging.messages
        WHERE partition BETWEEN $first AND $last AND partition IN (SELECT unnest($days::VARCHAR[]))
        GROUP BY ticket_source_id
    )
    SELECT f.partition, f.source_id || '@' || f.ticket_source_id AS source_id, f.source_id AS file_source_id,
           f.ticket_source_id, coalesce(m.source_id, o.source_id) AS message_source_id,
           row_number() OVER (PARTITION BY coalesce(m.source_id, o.source_id)
                              ORDER BY f.inline, f.position, f.source_id) - 1 AS position,
           f.name, f.claimed_type, f.sha256, f.size, f.content_type, f.inline, f.status, f.detail,
           coalesce(f.misnamed, false) AS misnamed
    FROM files f
    JOIN staging.tickets t ON t.source_id = f.ticket_source_id AND t.partition = f.partition
    LEFT JOIN staging.messages m ON m.partition = f.partition
        AND m.source_id = f.record_source_id || '@' || f.ticket_source_id
    LEFT JOIN own o ON f.role = 'ticket' AND o.ticket_source_id = f.ticket_source_id
    ORDER BY f.partition, source_id
"""  # noqa: S608


@dataclass
class Staged:
    """What became of the files of the given days."""

    source: int = 0
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    quarantined: list[Quarantined] = field(default_factory=list)
    later: list[Outcome] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


def stage_attachments(warehouse: Warehouse, days: Sequence[str], later: bool) -> Staged:
    """Replace the days of staging.attachments.

    Args:
        later: leave every file for a later pass.
    """
    with warehouse.transaction() as tx:
        tx.ensure(ATTACHMENTS, ATTACHMENTS_TABLE)
        found = to_rows(tx.query(_FILES, {"days": list(days), "first": min(days), "last": max(days)}))
        staged = _decide(found, later)
        tx.replace_slice(ATTACHMENTS_TABLE, "partition", days, staged.frame)
    return staged


def _decide(found: list[dict[str, Any]], later: bool) -> Staged:
    staged, kept = Staged(source=len(found)), []
    for row in found:
        source_id, day = row["source_id"], row["partition"]
        if later:
            staged.later.append(Outcome(source_id, "skipped", LATER, day))
        elif row["status"] != "ok":
            kind = "transient" if row["status"] in PASSING else "never_possible"
            told = f"{row['status']}: {row['detail'] or 'not downloaded'}"
            staged.quarantined.append(Quarantined(source_id, kind, told, partition=day))
        elif row["message_source_id"] is None:
            reason = "its message is in quarantine"
            staged.quarantined.append(Quarantined(source_id, "needs_mapping", reason, partition=day))
        else:
            named = safe_name(row["name"], _type_of(row))
            if named != row["name"] and not row["inline"]:
                kind = "made safe" if row["name"].strip() else "none, called after its type"
                staged.losses.append(Loss("name", kind, source_id, partition=day))
            if row["misnamed"]:
                staged.losses.append(
                    Loss("content_type", "not what its name says", source_id, partition=day, detail=row["content_type"])
                )
            kept.append(row | {"name": named})
    staged.frame = pd.DataFrame(kept, columns=list(ATTACHMENTS_TABLE.columns))
    return staged


def _type_of(row: dict[str, Any]) -> str:
    """What the first bytes say; of a text, which says little there, what the record calls it."""
    claimed = row["claimed_type"] or ""
    return (
        claimed
        if row["content_type"] == "text/plain" and claimed.startswith("text/")
        else row["content_type"] or claimed
    )


def record_attachments(ledger: Ledger, staged: Staged, days: Sequence[str]) -> None:
    """The books of the days; a re-materialization replaces what it said before."""
    ledger.quarantine.record("files", STAGE, staged.quarantined, days)
    ledger.outcomes.record_outcomes("files", STAGE, staged.later, days)
    ledger.losses.record_losses(STAGE, "files", staged.losses, days)


def fill_attachments(step: StagingStep) -> dict[str, Any]:
    """Files with the message that they came with, under their own names; those that cannot be delivered, by reason."""
    refresh_stale(step.warehouse, step.days)
    staged = stage_attachments(step.warehouse, step.days, step.settings.files_later)
    record_attachments(step.ledger, staged, step.days)
    frame, missing = staged.frame, len(staged.quarantined)
    step.log.info(f"{len(frame)} of {staged.source} files staged; {missing} undeliverable")
    return {
        "dagster/partition_row_count": len(frame),
        "source_rows": staged.source,
        "staged": len(frame),
        "merged": 0,
        "skipped": len(staged.later),
        "quarantined": missing,
        "contents": int(frame["sha256"].nunique()) if len(frame) else 0,
        "bytes": int(frame["size"].sum()) if len(frame) else 0,
        **first_set_aside(step.ledger, ["files"], step.days),
    }
