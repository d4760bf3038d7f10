"""A migration worked by the jobs of the UI, on a real instance: a period by one click, its verification, the cutover.

What a job does is what the command does, so these tests look at what is the jobs' own: how a run ends, what it shows,
and the runs inside it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest
from mini_migration import MiniMigration, clean_environment, look
from mini_migration import Outcome as Ending
from plain_migration import Plain
from started_jobs import StartedJobs, started_jobs

from migration_assets.orchestration.cutover import CUTOVER
from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.migration import DAILY_ASSETS
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.settings_source import load_settings

Migrating = Callable[..., AbstractContextManager[MiniMigration]]
GATE = "ivinex/tickets:matches_sweep"


@contextmanager
def worked(migration: MiniMigration) -> Iterator[StartedJobs]:
    """The jobs on this migration's stores and accounts, and an instance in its home."""
    environment = clean_environment(MIGRATION_HOME=str(migration.home), DAGSTER_HOME="")
    with environment, started_jobs(migration.resources) as jobs:
        yield jobs


def days_of(migration: MiniMigration) -> list[str]:
    rows = migration.warehouse.rows("SELECT DISTINCT partition FROM ivinex.ticket_sweep ORDER BY 1")
    return [row["partition"] for row in rows]


def spoil(migration: MiniMigration, day: str) -> None:
    """One ticket of the day is in the sweep twice, which no sweep does: its slice cannot match."""
    migration.warehouse.execute(
        "INSERT INTO ivinex.ticket_sweep BY NAME "
        "SELECT * FROM ivinex.ticket_sweep WHERE partition = ? ORDER BY source_id LIMIT 1",
        [day],
    )


def repair(migration: MiniMigration) -> None:
    migration.warehouse.execute(
        "CREATE OR REPLACE TABLE ivinex.ticket_sweep AS SELECT DISTINCT * FROM ivinex.ticket_sweep"
    )


def test_a_period_is_moved_by_one_click_and_a_bad_day_stays_closed_until_it_is_repaired(
    migrating: Migrating, plain: Plain
):
    with migrating(discovered=True) as migration, worked(migration) as jobs:
        days = days_of(migration)
        migration.job("prepare")

        with single_instance_lock(dagster_home(load_settings()), "`migrate run`"):
            held = jobs.start("migrate_range")
        assert not held.success
        assert "`migrate run` (process" in held.said
        assert jobs.runs_inside(held) == []

        spoil(migration, days[1])
        first = (date.fromisoformat(days[0]) - timedelta(days=2)).isoformat()
        bad = jobs.start("migrate_range", first=first)
        assert (bad.success, bad.numbers["exit_code"]) == (False, 4)
        assert f"{GATE} {days[1]}: " in bad.said
        assert "the job override_gate" in bad.said
        assert bad.numbers["closed_gates"] == len({line for line in bad.said.splitlines() if f" {days[1]}: " in line})
        assert (bad.numbers["first"], bad.numbers["last"], bad.numbers["days"]) == (first, days[-1], len(days))
        assert bad.numbers["empty_days"] == 2
        written = migration.ledger.outcomes.outcomes_of("tickets")
        assert set(written.loc[written["outcome"] == "created", "partition"]) == {days[0], *days[2:]}
        for asset in DAILY_ASSETS[:5]:
            assert first in jobs.instance.get_materialized_partitions(asset)
        inside = jobs.runs_inside(bad)
        # The open tickets of the period first, then its days on both sides of the bad one.
        assert {run.job_name for run in inside} == {"stage_days", "load_days"}
        assert inside[0].job_name == "stage_days"
        assert {run.tags["migrate/command"] for run in inside} == {"migrate_range"}

        repair(migration)
        mended = jobs.start("migrate_range", first=days[1], last=days[1])
        assert mended.success, mended.said
        assert mended.numbers["tickets"] == mended.numbers["loaded"] > 0
        again = jobs.start("migrate_range")
        assert again.success, again.said
        assert (again.numbers["writes"], again.numbers["loaded"], again.numbers["closed_gates"]) == (0, 10, 0)

        ending = Ending(stopped=RuntimeError("not verified"))
        look(migration, ending)
        assert ending.state == plain.outcome.state


@pytest.mark.acceptance
def test_a_verification_that_finds_something_fails_with_its_numbers_and_the_cutover_waits_for_a_good_one(
    loaded: MiniMigration,
):
    migration = loaded
    with worked(migration) as jobs:
        refused = jobs.start("final_delta", by="Ann Lee")
        assert (refused.success, refused.numbers["exit_code"]) == (False, 4)
        assert "never verified" in refused.said
        assert jobs.runs_inside(refused) == []

        ticket = next(iter(migration.sandbox.gorgias.tickets.rows.values()))
        before, ticket["subject"] = ticket["subject"], "Changed by nobody"
        found = jobs.start("verify_range")
        assert (found.success, found.numbers["exit_code"], found.numbers["differences"]) == (False, 3, 1)
        assert "1 of them speak against the migration" in found.said
        assert "Changed by nobody" not in found.said
        ticket["subject"] = before
        days = days_of(migration)
        part = jobs.start("verify_range", first=days[0], last=days[0])
        assert [run.job_name for run in jobs.runs_inside(part)] == ["second_pass", "verify", "verify_days"]
        good = jobs.start("verify_range")
        assert good.success, good.said
        fresh = jobs.start("verify_range", everything=False)
        assert [run.job_name for run in jobs.runs_inside(fresh)] == ["second_pass"]

        nobody = jobs.start("final_delta", by=" ")
        assert "by is empty" in nobody.said
        final = jobs.start("final_delta", by="Ann Lee")
        assert final.success, final.said
        assert (final.numbers["writes"], final.numbers["left"], final.numbers["unbalanced_objects"]) == (0, 0, 0)
        assert final.tags["migrate/by"] == "Ann Lee"
        assert migration.ledger.decisions.decided_at(CUTOVER) is not None
        order = [run.job_name for run in jobs.runs_inside(final)]
        assert order[:3] == ["discover", "prepare", "find_changes"]
        assert order[-2:] == ["report", "handoff"]


@pytest.mark.acceptance
def test_a_row_that_gorgias_refused_is_sent_again_only_when_it_is_asked_for(migrating: Migrating):
    with migrating(discovered=True) as migration, worked(migration) as jobs:
        migration.job("prepare")
        teams = migration.sandbox.gorgias.teams.rows
        kept = dict(teams)
        teams.clear()
        assert jobs.start("migrate_range").success
        refused = migration.ledger.quarantine.rows()
        assert set(refused["object"]) == {"tickets"}
        days, rows = sorted(set(refused["partition"])), len(refused)

        teams.update(kept)
        wrong = jobs.start("replay_quarantine", by="Ann Lee", object="customers")
        assert not wrong.success
        assert "There are rows of: tickets" in wrong.said
        unknown = jobs.start("replay_quarantine", by="Ann Lee", ids=["ivinex:1:0"])
        assert not unknown.success
        assert "Not in quarantine: ivinex:1:0" in unknown.said
        same = jobs.start("replay_quarantine", by="Ann Lee")
        assert same.success, same.said
        expected = {"before": rows, "after": rows, "refused": rows, "asked_again": 0, "writes": 0, "days": days}
        assert same.numbers.items() >= expected.items()
        asked = jobs.start("replay_quarantine", by="Ann Lee", object="tickets", send_refused=True)
        assert asked.success, asked.said
        assert asked.numbers.items() >= {"before": rows, "after": 0, "asked_again": rows}.items()
        # Besides the rows, what the load switches off in the account and on again.
        assert asked.numbers["writes"] >= rows
        assert migration.ledger.quarantine.rows().empty
        inside = jobs.runs_inside(asked)
        staged = {day for run in inside if run.job_name == "stage_days" for day in _days(run)}
        assert staged == set(days)
        assert jobs.start("replay_quarantine", by="Ann Lee").numbers["before"] == 0


def _days(run: dg.DagsterRun) -> list[str]:
    from migration_assets.day_ranges import days_between

    tags: dict[str, Any] = dict(run.tags)
    single = tags.get("dagster/partition", "")
    return list(
        days_between(
            tags.get("dagster/asset_partition_range_start", single),
            tags.get("dagster/asset_partition_range_end", single),
        )
    )
