"""A migration into an account that was in use, and back: as before but for the printed list, and people's work kept.

One small migration is loaded, worked on, taken back, loaded again and taken back again; the tests look at what came of
each. The ledger's books must balance at every stop.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from both_sides import Both, both_sides, writes
from mini_migration import MiniMigration, mini_migration
from shop_before import native_ticket, stock

from migration_assets.gorgias.rollback.execute import Execution
from migration_assets.gorgias.rollback.plan import Disposition, Item, Plan
from migration_assets.gorgias.rollback.planner import make_plan
from migration_assets.gorgias.rollback.scope import Scope
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.rollback import PlanShown, RolledBack, plan_rollback, roll_back
from migration_assets.orchestration.rollback_refused import RollbackRefused
from migration_assets.reconciliation.balance.balance import BalanceRow, calculate_balance, totals
from resources.ledger.records import WriteKey
from sandbox.gorgias.canonical import state
from sandbox.gorgias.control import outbox

NAMELESS, NAMED, ANSWERING, GONE, WRITING = (f"ivinex:1001:50{number}" for number in range(1, 6))
"""The contacts: two that the shop had, one who answers, one of whom nothing stays, one who opens a ticket."""
ALL = Scope()


@dataclass
class Story:
    """What there was at each stop."""

    both: Both
    shop: dict[str, int] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    plan: PlanShown | None = None
    requests: dict[str, int] = field(default_factory=dict)
    back: RolledBack | None = None
    after: dict[str, Any] = field(default_factory=dict)
    books: list[BalanceRow] = field(default_factory=list)
    edited: str = ""
    answered: str = ""
    edited_late: str = ""
    native: int = 0
    worked_on: dict[str, Any] = field(default_factory=dict)
    kept: Plan | None = None
    late: list[tuple[str, str, str]] = field(default_factory=list)
    again: dict[str, Any] = field(default_factory=dict)
    books_again: list[BalanceRow] = field(default_factory=list)

    @property
    def migration(self) -> MiniMigration:
        return self.both.migration


@pytest.fixture(scope="module")
def story(plain: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    home = tmp_path_factory.mktemp("rollback") / "home"
    shutil.copytree(plain.discovered, home)
    with mini_migration(plain.dataset, home) as migration, both_sides(migration) as both:
        told = Story(both)
        told.shop = stock(both)
        told.before = _state(migration)
        migration.load(verified=False)
        both.at_source("Contacts", "501", {"mailing_city": "Elsewhere"})
        kind, at = both.option("Activities", "activity", like="mail"), "2026-07-02 10:01:00"
        late = {"ticket": "70002", "activity": kind, "body_plain": "Late", "created_date": at}
        both.at_source("Activities", None, late, modified_date=at)
        both.delta()
        _reset(both)
        told.plan = plan_rollback(*_stores(migration), ALL, migration.home)
        told.requests = _requests(both)
        told.back = roll_back(*_stores(migration), ALL, migration.home, "Ann Lee", "not now")
        told.after, told.books = _state(migration), _books(migration)
        migration.load(verified=False)
        told.again, told.books_again = _state(migration), _books(migration)
        _people_work(told)
        told.worked_on = _state(migration)
        told.late = _take_back_while_somebody_edits(told)
        told.kept = make_plan(migration.warehouse, migration.ledger, migration.resources["gorgias"].reader, ALL)
        yield told


def _people_work(told: Story) -> None:
    both = told.both
    told.edited, *others = _tickets_of(told, NAMELESS, NAMED)
    told.edited_late, told.answered = others[0], _tickets_of(told, ANSWERING)[0]
    both.in_gorgias("PUT", f"/api/tickets/{both.number(told.edited)}", {"subject": "Seen by an agent"})
    answer = {"channel": "api", "via": "api", "from_agent": False, "public": True, "body_text": "And now?"}
    answer |= {"sender": {"id": both.number(ANSWERING, "customers")}, "sent_datetime": "2026-11-20T10:00:00+00:00"}
    both.in_gorgias("POST", f"/api/tickets/{both.number(told.answered)}/messages", answer)
    told.native = native_ticket(both, both.number(WRITING, "customers"), tags=[{"name": "Gift Card"}])


def _tickets_of(told: Story, *customers: str) -> list[str]:
    rows = told.migration.warehouse.rows(
        "SELECT source_id FROM staging.tickets WHERE list_contains(?, customer_source_id) ORDER BY source_id",
        [list(customers)],
    )
    return [row["source_id"] for row in rows]


def _take_back_while_somebody_edits(told: Story) -> list[tuple[str, str, str]]:
    migration, both = told.migration, told.both

    def edit(item: Item) -> None:
        if item.written.source_id == told.edited_late:
            both.in_gorgias("PUT", f"/api/tickets/{item.written.number}", {"subject": "Seen at the last moment"})

    with migration.resources["gorgias"].writer(migration.ledger, "second") as gate:
        execution = Execution(migration.warehouse, migration.ledger, gate, ALL, before_delete=edit)
        return execution.run().kept_late


def test_the_plan_has_one_fate_for_each_object_and_adds_up_to_the_ledger(story: Story):
    assert story.plan is not None
    plan = story.plan.plan
    assert plan.balanced
    assert plan.count("tickets", Disposition.delete) == 10
    assert plan.count("messages", Disposition.delete) == plan.written["messages"] >= 70
    assert (plan.count("customers", Disposition.delete), plan.count("customers", Disposition.restore)) == (3, 2)
    for name, taken, other in (
        ("teams", Disposition.delete, Disposition.restore),
        ("custom_fields", Disposition.deactivate, Disposition.restore),
        ("tags", Disposition.delete, Disposition.keep),
    ):
        assert (plan.count(name, taken), plan.count(name, other)) == (plan.written[name] - 1, 1), name
    stubs = [one for one in plan.of("users", Disposition.delete) if one.written.made]
    assert len(stubs) == plan.written["users"] - plan.count("users", Disposition.keep) > 0
    assert plan.count("files", Disposition.cannot_be_removed) == 1


def test_a_plan_writes_nothing_and_its_file_holds_ids_only(story: Story):
    assert writes(story.requests) == {}
    text = (story.migration.home / "rollback" / "plan.csv").read_text("utf-8")
    assert "ivinex:10101:70001" in text
    names = story.migration.warehouse.rows("SELECT name, email FROM staging.customers")
    assert not [value for row in names for value in row.values() if value and value in text]


def test_the_account_is_as_before_but_for_the_printed_list(story: Story):
    assert story.back is not None
    assert story.back.exit_code is Exit.BALANCED, story.back.sentence()
    assert story.back.proof.verdict == "OK"
    printed = {(one.object, one.gorgias_id) for one in story.back.proof.differences}
    archived = [row for row in story.after["custom_fields"] if row["deactivated_datetime"]]
    assert printed == {("custom_fields", row["id"]) for row in archived}
    assert story.plan is not None
    assert len(archived) == story.plan.plan.count("custom_fields", Disposition.deactivate)
    for name in ("customers", "users", "teams", "tags", "tickets", "settings", "rules", "integrations"):
        assert _plain(story.after[name]) == _plain(story.before[name]), name
    assert _plain([row for row in story.after["custom_fields"] if row not in archived]) == _plain(
        story.before["custom_fields"]
    )


def test_a_rollback_is_booked_and_nobody_gets_a_mail(story: Story):
    unbalanced = [row.as_dict() for row in story.books if not row.balanced]
    assert unbalanced == []
    ends = {row.object: row for row in story.books}
    assert ends["tickets"].rolled_back == ends["tickets"].source == 10
    assert ends["messages"].rolled_back == ends["messages"].source
    assert ends["contacts"].rolled_back == 5
    assert outbox(story.migration.sandbox.gorgias)["mails"] == []


def test_a_later_run_makes_every_object_once(story: Story):
    for name in ("tickets", "customers"):
        ids = [row["external_id"] for row in story.again[name]]
        assert len(ids) == len(set(ids) - {None}) + ids.count(None), name
    assert sum(str(row["external_id"]).startswith("ivinex:") for row in story.again["tickets"]) == 10
    for ticket in story.again["tickets"]:
        names = [message.get("external_id", message["id"]) for message in ticket["messages"]]
        assert len(names) == len(set(names)), ticket["external_id"]
    appended = [
        key
        for key in story.migration.ledger.known_writes.keys_of("messages", "append", _days(story))
        if "70002" in str(key)
    ]
    assert len(appended) == 1
    fields = [row for row in story.again["custom_fields"] if not row["managed_type"]]
    labels = [row["label"] for row in fields if not row["deactivated_datetime"]]
    assert story.plan is not None
    assert len(labels) == len(set(labels)) == story.plan.plan.written["custom_fields"]
    assert [row.as_dict() for row in story.books_again if not row.balanced or row.rolled_back] == []


def test_what_people_answered_or_edited_is_kept_and_all_else_is_gone(story: Story):
    assert story.kept is not None
    kept = {(item.written.object, item.written.source_id): item.reason for item in story.kept.items}
    answering = story.both.number(ANSWERING, "customers")
    assert kept["tickets", story.edited] == kept["tickets", story.edited_late] == "edited: subject"
    assert kept["tickets", story.answered].startswith("answered: message ")
    assert kept["tickets", story.answered].endswith(f"by customer {answering}")
    assert [one[:2] for one in story.late] == [("tickets", story.edited_late)]
    assert {name for kind, name in kept if kind == "tickets"} == {story.edited, story.answered, story.edited_late}
    assert kept["customers", WRITING] == f"referred to by ticket {story.native}"
    assert kept["tags", "Gift Card"].startswith("referred to by ticket ")
    assert kept["customers", ANSWERING].startswith("referred to by ticket ")
    assert ("customers", GONE) not in kept
    assert ("tags", "Praise") not in kept or "referred to by ticket" in kept["tags", "Praise"]


def test_a_kept_ticket_is_as_people_left_it_with_all_that_it_needs(story: Story):
    now = _state(story.migration)
    after = {row["external_id"]: row for row in now["tickets"]}
    there = {name: {row["id"] for row in now[name]} for name in ("customers", "users", "teams", "tags")}
    active = {row["id"] for row in now["custom_fields"] if not row["deactivated_datetime"]}
    for name in (story.edited, story.answered, story.edited_late):
        ticket = after[name]
        if name != story.edited_late:
            was = next(row for row in story.worked_on["tickets"] if row["external_id"] == name)
            assert _plain([ticket]) == _plain([was])
        assert ticket["customer_id"] in there["customers"]
        assert {ticket["assignee_user_id"]} - {None} <= there["users"]
        assert {ticket["assignee_team_id"]} - {None} <= there["teams"]
        assert set(ticket["tag_ids"]) <= there["tags"]
        assert set(map(int, ticket["custom_fields"])) <= active
        people = {message["sender_id"] for message in ticket["messages"]}
        assert people <= there["customers"] | there["users"]


def test_what_the_shop_had_is_not_touched_by_the_second_rollback_either(story: Story):
    now = _state(story.migration)
    ours = {row["id"] for row in story.before["tickets"]}
    assert _plain([row for row in now["tickets"] if row["id"] in ours]) == _plain(story.before["tickets"])
    stranger = story.shop["stranger"]
    assert [row for row in now["customers"] if row["id"] == stranger] == [
        row for row in story.before["customers"] if row["id"] == stranger
    ]


def test_an_image_is_of_before_the_first_write_whatever_a_delta_wrote_later(story: Story):
    image = story.migration.ledger.images.all()["customers", story.shop["nameless"]].body
    assert image["data"] == {"loyalty": 7}
    assert not image["name"]
    assert image["custom_fields"] in ({}, None)


def test_an_execution_is_refused_without_the_plan_of_the_same_ledger_and_without_a_reason(story: Story):
    migration = story.migration
    stores = _stores(migration)
    with pytest.raises(RollbackRefused, match="migrate rollback --object tickets"):
        roll_back(*stores, Scope(objects=("tickets",)), migration.home, "Ann", "why")
    with pytest.raises(RollbackRefused, match="reason is empty"):
        roll_back(*stores, ALL, migration.home, "Ann", " ")
    plan_rollback(*stores, Scope(objects=("tags",)), migration.home)
    migration.resources["gorgias"].close()  # its run is over, and with it its lease
    fence = migration.ledger.leases.try_lease("test", 0.01).fence
    migration.ledger.writes.take_back([WriteKey("canary", "x", "ticket")], fence, "", "nothing")
    with migration.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET payload_hash = payload_hash || 'x' WHERE object = 'files'")
    with pytest.raises(RollbackRefused, match="was not shown for the ledger as it is now"):
        roll_back(*stores, Scope(objects=("tags",)), migration.home, "Ann", "why")


def test_another_account_is_refused_by_its_domain(story: Story):
    migration = story.migration
    with migration.ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE target_before SET digest = 'another' WHERE object = 'account'")
    with pytest.raises(RollbackRefused, match="another account"):
        plan_rollback(*_stores(migration), ALL, migration.home)


def _days(story: Story) -> list[str]:
    rows = story.migration.warehouse.rows("SELECT DISTINCT partition FROM staging.tickets")
    return [row["partition"] for row in rows]


def _stores(migration: MiniMigration) -> tuple[Any, Any, Any]:
    return migration.warehouse, migration.ledger, migration.resources["gorgias"]


def _state(migration: MiniMigration) -> dict[str, Any]:
    return dict(json.loads(state(migration.sandbox.gorgias, canonical=False)))


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what each write moves by itself."""
    moving = {"updated_datetime", "data_version", "processed_datetime"}
    return [{name: value for name, value in row.items() if name not in moving} for row in rows]


def _books(migration: MiniMigration) -> list[BalanceRow]:
    return totals(calculate_balance(migration.ledger, migration.warehouse, mapping_file.load(migration.home / FILE)))


def _reset(both: Both) -> None:
    both.in_gorgias("POST", "/_sandbox/stats/reset")


def _requests(both: Both) -> dict[str, int]:
    return dict(both.in_gorgias("GET", "/_sandbox/stats")["requests"])
