"""A whole migration into an account that does by itself what accounts do: nobody is mailed, and nothing is left off.

Surveys, auto-split, auto-merge, rules that answer and assign, AI Agent and an HTTP integration are on.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from both_sides import Both, both_sides
from decided_points import decide_all_points
from mini_migration import MiniMigration, mini_migration
from plain_migration import Plain, copy_of

from checks.verification import NO_MAIL
from migration_assets.gorgias.preflight.decisions import safest
from migration_assets.gorgias.preflight.point import ACCEPT, EXCLUDE, EXCLUSION, Point
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.orchestration.rollback import plan_rollback, roll_back
from migration_assets.orchestration.rollback_refused import RollbackRefused
from sandbox.generator.account import gorgias
from sandbox.gorgias.control import outbox

READS = "GET "


@pytest.fixture(scope="module")
def busy(plain: Plain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniMigration]:
    """The source is read and the map confirmed; nothing was decided about the account."""
    root = tmp_path_factory.mktemp("busy")
    dataset = root / "dataset"
    shutil.copytree(plain.dataset, dataset)
    path = dataset / "gorgias.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(config | busy_parts(config["users"][-1]["email"])), "utf-8")
    home = copy_of(plain.discovered, root / "home")
    with mini_migration(dataset, home, files="later") as migration:
        with migration.ledger.transaction() as tx:
            tx.exec_driver_sql("DELETE FROM decisions")
        yield migration


def busy_parts(agent: str) -> dict[str, Any]:
    """What the hostile profile adds to an account."""
    someone = type("Someone", (), {"email": agent, "name": "Bo", "active": True})
    made = gorgias([someone], 1, hostile=True)  # type: ignore[list-item]
    return {name: made[name] for name in ("settings", "rules", "integrations", "ai_agent")}


def acts(migration: MiniMigration) -> dict[str, Any]:
    account = migration.sandbox.gorgias
    return {
        **{row["type"]: row["data"] for row in account.settings},
        **{f"rule:{row['id']}": row["deactivated_datetime"] for row in account.rules},
        **{f"integration:{row['id']}": row["deactivated_datetime"] for row in account.integrations},
    }


def sent(both: Both) -> int:
    requests = both._target.get("/_sandbox/stats").json()["requests"]
    return sum(count for name, count in requests.items() if not name.startswith(READS))


def test_nothing_is_written_undecided_and_nobody_is_mailed_by_load_delta_late_files_and_canary(busy: MiniMigration):
    before = acts(busy)
    with both_sides(busy) as both:
        with pytest.raises(dg.Failure, match=r"points of this account are open"):
            busy.job("prepare")
        assert sent(both) == 0
        decide_all_points(busy.resources["gorgias"].reader, busy.ledger, busy.warehouse)
        busy.load(verified=False)
        busy.resources["gorgias"].close()
        assert acts(busy) == before
        kind = both.option("Activities", "activity", like="mail")
        at = "2026-07-20 10:00:00"
        both.at_source(
            "Activities", None, {"ticket": "70001", "activity": kind, "body_plain": "Late"}, modified_date=at
        )
        status = both.record("ticket_sweep", "ivinex:10101:70002")["status"]
        other = "Closed" if both.ticket("ivinex:10101:70002")["status"] == "open" else "New"
        both.at_source("Tickets", "70002", {"status": both.option("Tickets", "status", status, other)})
        both.at_source("Tickets", None, {"subject": "New", "created_date": "2026-07-03 09:00:00"})
        both.delta()
        busy.resources["settings"].values["files"] = "with_tickets"
        assert not list(busy.sandbox.gorgias.files)
        busy.load(verified=False)
        assert list(busy.sandbox.gorgias.files)
        busy.resources["gorgias"].close()
    assert outbox(busy.sandbox.gorgias)["mails"] == []
    assert [one["kind"] for one in outbox(busy.sandbox.gorgias)["undeliverable"]] == ["invitation"] * 2
    assert acts(busy) == before
    assert busy.ledger.switched_off.all() == []
    account = busy.sandbox.gorgias
    assert not list(account.ticket_merges)
    assert not [row for row in account.messages if row.get("via") == "rule"]
    busy.verify()
    assert busy.check()[NO_MAIL].passed
    _an_answer_and_a_survey_close_their_day(busy)
    _taking_it_back_mails_nobody(busy, before)


def _taking_it_back_mails_nobody(busy: MiniMigration, before: dict[str, Any]) -> None:
    """A rule that has come to listen to changes is asked about, and off while the rollback deletes."""
    account, stores = busy.sandbox.gorgias, (busy.warehouse, busy.ledger, busy.resources["gorgias"])
    sent = len(outbox(account)["undeliverable"])
    rule = next(iter(account.rules))
    rule["event_types"] = "ticket-updated"
    plan_rollback(*stores, Scope(), busy.home)
    with pytest.raises(RollbackRefused, match=rf"(?s)1 points of this account are open.*rule:{rule['id']}"):
        roll_back(*stores, Scope(), busy.home, "Ann Lee", "a test")
    decide_all_points(stores[2].reader, busy.ledger, busy.warehouse, deltas=False)
    told: list[str] = []
    back = roll_back(*stores, Scope(), busy.home, "Ann Lee", "a test", say=told.append)
    assert back.done.counts["deleted tickets"] > 0
    assert f"Restored in Gorgias: rule:{rule['id']}." in told
    assert outbox(account)["mails"] == []
    assert len(outbox(account)["undeliverable"]) == sent
    assert acts(busy) == before
    assert busy.ledger.switched_off.all() == []
    stores[2].close()


def _an_answer_and_a_survey_close_their_day(busy: MiniMigration) -> None:
    """What the account sent is seen in the account, whatever our own messages say."""
    account, rows = busy.sandbox.gorgias, busy.ledger.outcomes.outcomes_of("tickets")
    closed = [row for row in account.tickets if row["status"] == "closed" and row["external_id"]]
    survey, answer = closed[0], closed[1]
    account.event("satisfaction-survey-sent", "Ticket", survey["id"])
    said = {
        "id": None,
        "ticket_id": answer["id"],
        "channel": "email",
        "from_agent": True,
        "public": True,
        "via": "rule",
    }
    times = {"created_datetime": account.now(), "sent_datetime": account.now(), "processed_datetime": account.now()}
    account.messages.add({**said, **times, "rule_id": 401, "sender_id": None, "receiver_id": answer["customer_id"]})
    busy.verify()
    days = {
        one["external_id"]: rows.set_index("source_id")["partition"][one["external_id"]] for one in (survey, answer)
    }
    shut = busy.ledger.quality_gates.gate_rows([NO_MAIL])
    found = shut[~shut["passed"]].set_index("partition")["detail"].to_dict()
    assert set(found) == set(days.values())
    told = " ".join(found.values())
    assert "satisfaction survey" in told
    assert "automatic answer" in told


def accepting(point: Point) -> str:
    """The other way, where it is safe: accepted, or excluded by the tag that every imported ticket carries."""
    return next((one for one in (ACCEPT, EXCLUDE) if one in point.options), safest(point))


@pytest.mark.acceptance
def test_nobody_is_mailed_where_all_that_is_safe_is_accepted_or_excluded(plain: Plain, tmp_path: Path):
    dataset = tmp_path / "dataset"
    shutil.copytree(plain.dataset, dataset)
    path = dataset / "gorgias.json"
    config = json.loads(path.read_text("utf-8"))
    parts = busy_parts(config["users"][-1]["email"])
    parts["rules"] = [rule for rule in parts["rules"] if rule["effects"][0]["do"] == "mail"]
    path.write_text(json.dumps(config | parts), "utf-8")
    with mini_migration(dataset, copy_of(plain.discovered, tmp_path / "home")) as migration:
        decide_all_points(migration.resources["gorgias"].reader, migration.ledger, migration.warehouse, accepting)
        with pytest.raises(dg.Failure, match="the rule does not say so yet"):
            migration.job("prepare")
        for rule in migration.sandbox.gorgias.rules:
            rule["code"] = f"if ({EXCLUSION}) {{ {rule['code']} }}"
        migration.load()
        assert outbox(migration.sandbox.gorgias)["mails"] == []
