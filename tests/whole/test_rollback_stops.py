"""A rollback that is stopped, refused, narrowed, or asked for where less is known: nothing twice, nothing unsaid."""

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from both_sides import Both, both_sides
from click.testing import CliRunner
from connected_settings import account_of
from killed_ledger import Killed, killed_at
from mini_migration import MiniMigration, clean_environment, dataset_of, mini_migration
from started_jobs import started_jobs

from migration_assets.cli import main
from migration_assets.gorgias.rollback import bulk
from migration_assets.gorgias.rollback.plan import GONE, MERGED, Disposition
from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.rollback import plan_rollback, roll_back
from migration_assets.orchestration.rollback_refused import RollbackRefused
from migration_assets.orchestration.rollback_scope import requested_scope
from migration_assets.reconciliation.balance.balance import calculate_balance, totals
from sandbox.gorgias.canonical import state
from sandbox.gorgias.control import outbox

ALL = Scope()


def back(migration: MiniMigration, scope: Scope = ALL) -> Any:
    return roll_back(*_stores(migration), scope, migration.home, "Ann Lee", "test")


def test_a_killed_rollback_goes_on_without_a_new_plan_and_deletes_nothing_twice(loaded: MiniMigration):
    with both_sides(loaded) as both:
        both.in_gorgias("POST", "/_sandbox/stats/reset")
        plan = plan_rollback(*_stores(loaded), ALL, loaded.home).plan
        made = sum(plan.count(name, Disposition.delete) for name in KINDS)
        for method, call in (("complete", 2), ("begin", 3), ("complete", 5), ("begin", 2)):
            with killed_at(loaded, method, call), pytest.raises(Killed):
                back(loaded)
        done = back(loaded)
        assert done.exit_code is Exit.BALANCED, done.sentence()
        requests = both.in_gorgias("GET", "/_sandbox/stats")["requests"]
    assert requests["DELETE /api/tickets/{id}"] == 10
    assert sum(number for name, number in requests.items() if name.startswith("DELETE")) == made
    _is_empty(loaded)


def test_closed_tickets_go_by_one_job_but_not_one_that_was_edited_since_its_look(
    loaded: MiniMigration, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk, "LEAST", 2)
    order, edited = bulk.delete_closed, []
    with both_sides(loaded) as both:
        was = {row["id"]: row["status"] for row in both.in_gorgias("GET", "/api/tickets?limit=100")["data"]}
        closed = [number for number, status in was.items() if status == "closed"]
        assert len(closed) > 3

        def edit_one(gate: Any, looked_at: Any) -> Any:
            edited.append(looked_at[0]["id"])
            both.in_gorgias("PUT", f"/api/tickets/{edited[0]}", {"subject": "Seen by an agent"})
            return order(gate, looked_at)

        monkeypatch.setattr(bulk, "delete_closed", edit_one)
        plan = plan_rollback(*_stores(loaded), ALL, loaded.home).plan
        both.in_gorgias("POST", "/_sandbox/stats/reset")
        done = back(loaded)
        requests = both.in_gorgias("GET", "/_sandbox/stats")["requests"]
        left = [row["id"] for row in both.in_gorgias("GET", "/api/tickets")["data"]]
        with loaded.resources["gorgias"].writer(loaded.ledger, "refused") as gate:
            assert order(gate, [{"id": 1}]) == bulk.Deleted(None, frozenset())
            assert bulk._ordered(gate, []) is None
        assert len(loaded.ledger.conflicts.conflict_rows()) == 0
    assert done.exit_code is Exit.BALANCED, done.sentence()
    assert left == edited
    assert len(plan.of("tickets", Disposition.delete)) == len(was)
    assert requests["POST /api/jobs"] == 1
    assert requests.get("DELETE /api/tickets/{id}", 0) == len(was) - len(closed)
    assert done.done.counts["deleted tickets"] == len(was) - 1
    assert [one[2] for one in done.done.kept_late] == ["edited: subject"]
    assert _unbalanced(loaded) == []


def test_both_jobs_and_the_command_say_the_same_and_a_job_takes_back_what_was_shown(loaded: MiniMigration):
    settings = {
        "MIGRATION_HOME": str(loaded.home),
        "DAGSTER_HOME": "",
        **account_of(loaded.sandbox.gorgias_url, loaded.sandbox.gorgias_auth),
    }
    with clean_environment(**settings):
        without = CliRunner().invoke(main, ["rollback", "--execute", "--by", "Ann"])
        assert (without.exit_code, "--reason TEXT" in without.output) == (2, True)
        shown = CliRunner().invoke(main, ["rollback", "--object", "tickets", "--json"])
        assert shown.exit_code == 0, shown.output
        told = json.loads(shown.stdout)
        with started_jobs(loaded.resources) as jobs:
            refused = jobs.start("roll_back", by="Ann Lee", reason="wrong account")
            assert (refused.success, refused.numbers["exit_code"]) == (False, 2)
            assert "`migrate rollback`" in refused.said
            plan = jobs.start("plan_rollback", objects=["tickets"])
            assert plan.success, plan.said
            assert plan.numbers["requests"] == told["requests"] == 20
            wrong = jobs.start("plan_rollback", objects=["mails"])
            assert "mails cannot be taken back by itself" in wrong.said
            done = jobs.start("roll_back", by="Ann Lee", reason="wrong account", objects=["tickets"])
            assert done.success, done.said
            assert done.tags["migrate/by"] == "Ann Lee"
            assert (done.numbers["deleted tickets"], done.numbers["verdict"]) == (10, "OK")
    assert json.loads(state(loaded.sandbox.gorgias, canonical=False))["tickets"] == []


def test_a_low_role_days_and_an_account_without_an_image(loaded: MiniMigration):
    with both_sides(loaded) as both:
        own = both.in_gorgias("GET", "/api/users/0")["id"]
        both.in_gorgias("PUT", f"/api/users/{own}", {"role": {"name": "agent"}})
        plan_rollback(*_stores(loaded), ALL, loaded.home)
        with pytest.raises(RollbackRefused, match=r"role agent, which may not delete teams.*--object tickets"):
            back(loaded)
        both.in_gorgias("PUT", f"/api/users/{own}", {"role": {"name": "admin"}})
        _one_day(loaded, both)
        _one_run(loaded)
        _without_image(loaded, both)


def _one_day(migration: MiniMigration, both: Both) -> None:
    rows = migration.warehouse.rows("SELECT partition, count(*) AS n FROM staging.tickets GROUP BY ALL ORDER BY n, 1")
    first, number = rows[0].values()
    day = Scope(first, first)
    shown = plan_rollback(*_stores(migration), day, migration.home)
    assert shown.plan.count("tickets", Disposition.delete) == number
    assert shown.plan.count("tickets", Disposition.not_in_scope) == 10 - number
    assert shown.plan.count("customers", Disposition.not_in_scope) == 5
    done = back(migration, day)
    assert done.exit_code is Exit.BALANCED, done.sentence()
    left = json.loads(state(migration.sandbox.gorgias, canonical=False))
    assert (len(left["tickets"]), len(left["customers"])) == (10 - number, 5)
    assert _unbalanced(migration) == []


def _one_run(migration: MiniMigration) -> None:
    """The day is loaded again, and what that run made is taken back, but not what others made."""
    book = migration.ledger
    there, before = set(book.known_writes.gorgias_ids("tickets")), set(book.rollbacks.runs_that_made())
    migration.load(verified=False)
    made = set(book.known_writes.gorgias_ids("tickets")) - there
    (run,) = set(book.rollbacks.runs_that_made()) - before
    with pytest.raises(RollbackRefused, match=f"Runs that made some: .*{run}"):
        requested_scope(None, None, [], "of-nobody", False, book, lambda _: set())
    with pytest.raises(RollbackRefused, match="as a whole"):
        requested_scope(None, None, ["tickets"], run, False, book, lambda _: set())
    parent = requested_scope(
        None, None, [], "a-parent", False, book, lambda named: {run} if named == "a-parent" else set()
    )
    scope = requested_scope(None, None, [], run, False, book, lambda _: set())
    assert parent.members == scope.members
    shown = plan_rollback(*_stores(migration), scope, migration.home)
    assert {one.written.source_id for one in shown.plan.of("tickets", Disposition.delete)} == made
    assert {item.fate for item in shown.plan.items if item.written.source_id not in made} == {Disposition.not_in_scope}
    done = back(migration, scope)
    assert done.exit_code is Exit.BALANCED, done.sentence()
    assert set(book.known_writes.gorgias_ids("tickets")) == there
    assert _unbalanced(migration) == []


def _without_image(migration: MiniMigration, both: Both) -> None:
    """As a ledger of an earlier release; and one ticket is deleted, one customer merged by hand meanwhile."""
    with migration.ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM target_before")
    deleted = min(migration.ledger.known_writes.gorgias_ids("tickets"))
    both.in_gorgias("DELETE", f"/api/tickets/{both.number(deleted)}")
    gone, survivor = (both.number(f"ivinex:1001:{number}", "customers") for number in (502, 503))
    both.in_gorgias("PUT", f"/api/customers/merge?source_id={gone}&target_id={survivor}", {"name": "Survivor"})
    shown = plan_rollback(*_stores(migration), ALL, migration.home)
    fates = {one.written.source_id: (one.fate, one.reason) for one in shown.plan.items}
    assert fates[deleted] == (Disposition.delete, GONE)
    assert fates["ivinex:1001:502"] == (Disposition.cannot_be_removed, MERGED)
    assert fates["ivinex:1001:503"][0] is Disposition.keep
    done = back(migration)
    assert done.proof.verdict == "NOT PROVED"
    assert done.exit_code is Exit.BALANCED, done.sentence()
    assert _unbalanced(migration) == []


@pytest.mark.acceptance
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_moment_under_faults_it_ends_as_if_nothing_had_happened(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    dataset = dataset_of(tmp_path / "dataset", tickets=40)
    faults = [
        {"kind": kind, "method": method, "probability": 0.1, "seed": seed}
        for kind in ("reset_before", "reset_after", "status_after", "throttle", "html")
        for method in ("DELETE", "PUT")
    ]
    options = {"gorgias_timeout": 1.0, "gorgias_unsettled": str(tmp_path / "unsettled")}
    with mini_migration(dataset, tmp_path / "home", **options) as migration, both_sides(migration) as both:
        migration.discover()
        migration.load(verified=False)
        worked = _work(both, chance, 20)
        plan_rollback(*_stores(migration), ALL, migration.home)
        both.in_gorgias("POST", "/_sandbox/faults", faults)
        done = None
        for _ in range(3):
            with killed_at(migration, chance.choice(("complete", "begin")), chance.randint(1, 40)), suppress(Killed):
                done = done or back(migration)
        done = done or back(migration)
        assert done.exit_code is Exit.BALANCED, done.sentence()
        left = json.loads(state(migration.sandbox.gorgias, canonical=False))
        assert {row["external_id"] for row in left["tickets"]} == worked
        assert _unbalanced(migration) == []


def _work(both: Both, chance: random.Random, number: int) -> set[str]:
    """So many tickets edited or answered by people; returns their names."""
    names = chance.sample(sorted(both.migration.ledger.known_writes.gorgias_ids("tickets")), number)
    for place, name in enumerate(names):
        path = f"/api/tickets/{both.number(name)}"
        if place % 3 == 0:
            both.in_gorgias("PUT", path, {"subject": "Seen"})
        elif place % 3 == 1:
            other = {"critical": "low"}.get(both.in_gorgias("GET", path)["priority"], "critical")
            both.in_gorgias("PUT", path, {"priority": other})
        else:
            sender = both.in_gorgias("GET", path)["customer"]["id"]
            body = {"channel": "api", "via": "api", "from_agent": False, "public": True, "body_text": "And now?"}
            both.in_gorgias(
                "POST",
                f"{path}/messages",
                body | {"sender": {"id": sender}, "sent_datetime": "2026-11-20T10:00:00+00:00"},
            )
    return set(names)


def _is_empty(migration: MiniMigration) -> None:
    left = json.loads(state(migration.sandbox.gorgias, canonical=False))
    for name in ("tickets", "customers", "teams", "tags"):
        assert left[name] == [], name
    assert all(row["deactivated_datetime"] for row in left["custom_fields"] if not row["managed_type"])
    assert outbox(migration.sandbox.gorgias)["mails"] == []
    assert migration.ledger.known_writes.unsettled() == []
    assert _unbalanced(migration) == []


def _unbalanced(migration: MiniMigration) -> list[dict[str, Any]]:
    rows = totals(calculate_balance(migration.ledger, migration.warehouse, mapping_file.load(migration.home / FILE)))
    return [row.as_dict() for row in rows if not row.balanced]


def _stores(migration: MiniMigration) -> tuple[Any, Any, Any]:
    return migration.warehouse, migration.ledger, migration.resources["gorgias"]
