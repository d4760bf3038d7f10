"""Another try for the rows in quarantine that may pass now: their days are staged and loaded again, and no other.

For after the map was changed and confirmed, or the source repaired and read again. It belongs here: which days those
are, and what it came to. It does not: why a row is set aside (staging/, gorgias/), and reading the source (the job
discover).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from migration_assets.day_ranges import plan_sets
from migration_assets.ivinex.full_scan.day_assignment import record_messages_without_created_date
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.quarantine_rows import Since, awaited_contact, since_set_aside
from migration_assets.partitions import NO_PARTITION
from migration_assets.reconciliation.balance.source_counts import OBJECTS
from migration_assets.settings import Settings
from resources.ledger.base import named
from resources.ledger.outcomes import WRITER_STAGE

REPLAY = "quarantine_replay"
"""Decision topic: who asked for the last one."""
SHOWN = 20
_CONTENTS = "SELECT DISTINCT sha256 FROM staging.attachments WHERE list_contains(?, source_id) ORDER BY 1"
_PARTITIONS = """
    SELECT DISTINCT partition FROM ivinex.ticket_sweep
    WHERE partition <> ? AND list_contains(?, source_id) ORDER BY partition
"""


class ReasonClass(StrEnum):
    """Why a row is in quarantine, as the stages class it."""

    transient = "transient"
    needs_mapping = "needs_mapping"
    needs_permission = "needs_permission"
    never_possible = "never_possible"


@dataclass(frozen=True)
class Replay:
    """What another try came to.

    Attributes:
        before, after: rows in quarantine that were asked for, and those of them that are left.
        as_before: of these, those that were not tried, because neither the map nor their record changed.
        days: that were staged and loaded again.
        prepared: what belongs to no day was staged and loaded again as well.
        refused: of the rows left, those that Gorgias refused with what is staged now; they were not sent again.
        dayless: of the rows left, tickets that still have no day.
        asked_again: refused writes that were let through once more.
        writes: requests that were announced to the ledger.
    """

    before: int
    after: int
    days: list[str]
    prepared: bool
    refused: int
    dayless: int
    asked_again: int
    writes: int
    as_before: int = 0

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """For a person, with the way out for what is left."""
        if not self.before:
            return "No such row is in quarantine. Nothing was done."
        shown = ", ".join(self.days[:SHOWN]) + (" ..." if len(self.days) > SHOWN else "")
        done = [f"{len(self.days)} days ({shown})"] if self.days else []
        done += ["what belongs to no day"] if self.prepared else []
        again = f"Staged and loaded again: {' and '.join(done)}, with {self.writes} writes." if done else ""
        told = [f"{self.before} rows in quarantine before, {self.after} after.", again]
        if self.as_before:
            told.append(
                f"{self.as_before} were not tried: neither the map nor their record changed since they were set aside. "
                "Change the map and confirm it (the job confirm_mapping, `migrate mapping confirm --by NAME`), or "
                "repair the record in Ivinex and read it again (the job discover, `migrate discover`)."
            )
        if self.refused:
            told.append(
                f"{self.refused} stay as Gorgias refused them, because the same payload is not sent again: change the "
                "record or the map, or ask for it (send_refused: true in the job replay_quarantine, or `migrate "
                "quarantine replay --send-refused --by NAME`)."
            )
        if self.dayless:
            told.append(
                f"{self.dayless} tickets still have no day: repair their created date in Ivinex and start the job "
                "discover (`migrate discover`), or set partition_fallback in mapping.yaml, confirm it and replay again."
            )
        return " ".join(one for one in told if one)


def replay_quarantine(
    migration: Migration,
    settings: Settings,
    by: str,
    object: str = "",
    reason_class: str = "",
    send_refused: bool = False,
    ids: Sequence[str] = (),
) -> Replay:
    """Stage and load again the days of rows in quarantine that the map or the source of today may change.

    Args:
        by: who asks for it.
        object: only rows of this object; empty: of all.
        reason_class: only rows of this class; empty: of all.
        send_refused: send what Gorgias refused once more, with the same payload.
        ids: only these rows; empty: all. Other rows of their days arrive with them where they may pass by now.

    Raises:
        DecisionRefused: there is no such object, no row of it is in quarantine and others are, or one of `ids` is not.
        NameMissing: nobody is named.
        NotConfirmed: the map is not confirmed, or the schema drifted. Nothing was written.
        NotPrepared: what tickets refer to was not written yet.
    """
    ledger, store, by = migration.ledger, migration.warehouse, named(by)
    mapping = migration.confirmed_map()
    there = ledger.quarantine.rows()
    asked = _selected(there, object, reason_class, ids)
    if asked.empty:
        return Replay(0, 0, [], False, 0, 0, 0, 0)
    changed = since_set_aside(there, store, mapping.mapping_version) != Since.nothing
    rows = asked[changed[asked.index] | (send_refused & (asked["stage"] == WRITER_STAGE))]
    untried = asked.drop(rows.index)
    if rows.empty:
        return Replay(len(asked), len(asked), [], False, 0, 0, 0, 0, len(untried))
    scope = f"object: {object or 'all'}, class: {reason_class or 'all'}, ids: {len(set(ids)) or 'all'}"
    ledger.decisions.decide(REPLAY, f"{len(rows)} rows", by, scope)
    asked_again = ledger.writes.forget_refusals(_refusals(migration, rows), by) if send_refused else 0
    begun, dayless = len(migration.runner.run_ids), list(rows.loc[rows["partition"] == NO_PARTITION, "source_id"])
    if dayless:
        settle_days(store, ledger, settings, mapping.partition_fallback, migration.say)
        record_messages_without_created_date(store, ledger)
    prepared = bool(rows["partition"].isna().any() or awaited_contact(rows).notna().any())
    if prepared:
        migration.prepare()
    migration.require_prepared()
    if not migration.is_prepared():
        migration.prepare_definitions()  # another map may want another field, tag or team
    days = set(rows["partition"].dropna()) - {NO_PARTITION}
    days |= {row["partition"] for row in store.rows(_PARTITIONS, [NO_PARTITION, dayless])} if dayless else set()
    tickets = migration.tickets_per_day()
    wanted = {day: max(1, tickets.get(day, 0)) for day in sorted(days)}
    migration.load_ranges(plan_sets(wanted), wanted)
    left = _selected(ledger.quarantine.rows(), object, reason_class, ids, anything=True)
    return Replay(
        before=len(asked),
        after=len(left),
        days=list(wanted),
        prepared=prepared,
        refused=int((left["stage"] == WRITER_STAGE).sum()),
        dayless=int((left["partition"] == NO_PARTITION).sum()),
        asked_again=asked_again,
        writes=ledger.known_writes.attempts_in(migration.runner.run_ids[begun:]),
        as_before=int(left["source_id"].isin(untried["source_id"]).sum()),
    )


def _selected(
    rows: pd.DataFrame, object: str, reason_class: str, ids: Sequence[str], anything: bool = False
) -> pd.DataFrame:
    """
    Args:
        anything: there need not be such rows any more.
    """
    there = sorted(set(rows["object"]))
    known = sorted({*OBJECTS, "customers", *there})
    if object and object not in known:
        raise DecisionRefused(f"There is no object {object!r}. Objects are: {', '.join(known)}. Nothing was done.")
    if object and object not in there and there and not anything:
        raise DecisionRefused(f"No row of object {object!r} is in quarantine. There are rows of: {', '.join(there)}.")
    if object:
        rows = rows[rows["object"] == object]
    if reason_class:
        rows = rows[rows["reason_class"] == reason_class]
    if missing := [] if anything else sorted(set(ids) - set(rows["source_id"])):
        narrowed = " with this object and class" if object or reason_class else ""
        raise DecisionRefused(
            f"Not in quarantine{narrowed}: {', '.join(missing[:SHOWN])}. `migrate quarantine list`, and in the UI "
            "the asset reconciliation/report, name the rows that are. Nothing was done."
        )
    return rows[rows["source_id"].isin(ids)] if ids else rows


def _refusals(migration: Migration, rows: pd.DataFrame) -> list[str]:
    """Source ids of the refused writes behind these rows; a file's write has its content for an id."""
    files = list(rows.loc[rows["object"] == "files", "source_id"])
    store = migration.warehouse
    contents = store.rows(_CONTENTS, [files]) if files and store.exists("staging.attachments") else []
    return [*rows["source_id"], *(row["sha256"] for row in contents)]
