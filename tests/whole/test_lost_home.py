"""A home that is lost, restored from an older copy, or another site's: nothing is made a second time."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from mini_migration import MiniMigration, clean_environment, dataset_of, mini_migration
from plain_migration import Loaded, Plain, copy_of

from migration_assets.gorgias.adoption import AdoptionRefused, adopt_account
from migration_assets.mapping.source_site import OtherSite, require_same_site
from sandbox.gorgias.canonical import state

CANARY = 12
"""Four trial objects, which every ledger makes and takes back once; surveys and auto-split, off and on again."""


@pytest.fixture
def loaded(loaded_once: Loaded, tmp_path: Path) -> Iterator[MiniMigration]:
    with clean_environment(), loaded_once.served_again(tmp_path / "first") as first:
        yield first


def second_home(first: MiniMigration, plain: Plain, home: Path) -> MiniMigration:
    """Another home on the same account and site, in which the source was read and the map confirmed."""
    return MiniMigration(first.sandbox, copy_of(plain.discovered, home))


def account_of(migration: MiniMigration) -> dict[str, Any]:
    return json.loads(state(migration.sandbox.gorgias, canonical=True))


def sent_since(migration: MiniMigration, before: int) -> int:
    return writes_received(migration) - before


def writes_received(migration: MiniMigration) -> int:
    with urllib.request.urlopen(f"{migration.sandbox.gorgias_url}/_sandbox/stats") as answer:
        counted = json.load(answer)["requests"]
    return sum(number for route, number in counted.items() if not route.startswith("GET "))


def adopt(migration: MiniMigration) -> Any:
    return adopt_account(
        migration.resources["gorgias"].reader,
        migration.ledger,
        migration.warehouse,
        "Ann Lee",
        "the first home is lost",
        lambda _: None,
    )


def test_a_new_home_on_a_loaded_account_writes_nothing_until_it_takes_it_over_and_then_what_is_missing(
    loaded: MiniMigration, plain: Plain, tmp_path: Path
):
    before = account_of(loaded)
    second = second_home(loaded, plain, tmp_path / "second")
    with second.warehouse.held():
        sent = writes_received(loaded)
        with pytest.raises(dg.Failure, match="migrate adopt --by NAME --reason TEXT"):
            second.load(verified=False)
        assert sent_since(loaded, sent) == 0
        gates = second.ledger.quality_gates.gate_rows().set_index("check_name")["passed"]
        assert not gates["account:loaded_from_here"]

        done = adopt(second)
        assert (done.new_tickets, done.doubled) == (len(before["tickets"]), 0)
        second.load()
        assert account_of(loaded) == before
        assert sent_since(loaded, sent) == CANARY
        assert second.ledger.conflicts.conflict_rows().empty
        assert all(result.passed for result in second.check().values())
        second.close()


@pytest.mark.acceptance
def test_an_older_copy_of_a_home_that_went_on_is_stopped_and_goes_on_once_it_has_taken_over(
    loaded: MiniMigration, plain: Plain, tmp_path: Path
):
    older = second_home(loaded, plain, tmp_path / "older")
    with older.warehouse.held():
        before, sent = account_of(loaded), writes_received(loaded)
        adopt(older)
        with older.ledger.transaction() as tx:  # as the copy was: half of the tickets not written yet
            for table in ("writes", "write_history"):
                tx.exec_driver_sql(
                    f"DELETE FROM {table} WHERE object = 'tickets' AND CAST(substr(source_id, -1) AS INTEGER) % 2 = 1"
                )
            tx.exec_driver_sql("DELETE FROM decisions WHERE topic = 'adopted_account'")
        with pytest.raises(dg.Failure, match=r"was loaded by another home: at least [0-9]+ tickets"):
            older.load(verified=False)
        assert sent_since(loaded, sent) == 0
        assert 0 < adopt(older).new_tickets < len(before["tickets"])
        older.load()
        assert account_of(loaded) == before
        assert older.ledger.conflicts.conflict_rows().empty
        older.close()


@pytest.mark.acceptance
def test_what_is_missing_or_was_worked_on_since_is_appended_or_left_and_never_made_again(
    loaded: MiniMigration, plain: Plain, tmp_path: Path
):
    account = loaded.sandbox.gorgias
    tickets = sorted(account.tickets, key=lambda row: row["id"])
    touched, short, gone = tickets[0], tickets[1], tickets[2]
    touched["status"] = "open" if touched["status"] == "closed" else "closed"
    number = len(account.messages)
    last = max((row for row in account.messages if row["ticket_id"] == short["id"]), key=lambda row: row["id"])
    account.messages.remove(last["id"])
    for row in [row for row in account.messages if row["ticket_id"] == gone["id"]]:
        account.messages.remove(row["id"])
    account.tickets.remove(gone["id"])
    second = second_home(loaded, plain, tmp_path / "second")
    with second.warehouse.held():
        adopt(second)
        second.load(verified=False)
        assert len(account.tickets) == len(tickets)
        assert sum(row["external_id"] == last["external_id"] for row in account.messages) == 1
        assert len(account.messages) == number
        rows = second.ledger.conflicts.conflict_rows()
        assert set(zip(rows["source_id"], rows["field"], strict=True)) == {(touched["external_id"], "status")}
        second.close()


@pytest.mark.acceptance
def test_another_site_is_refused_by_name_in_both_directions(loaded: MiniMigration, tmp_path: Path):
    other = dataset_of(tmp_path / "other", tickets=10, seed=11)
    with mini_migration(other, tmp_path / "second") as second:
        second.discover()
        second.resources["gorgias"] = loaded.resources["gorgias"]
        with pytest.raises(AdoptionRefused, match="another Ivinex site"):
            adopt(second)
        assert second.ledger.decisions.decision("adopted_account") is None
        with pytest.raises(OtherSite, match=r"is loaded from .* and what is read now is another site"):
            require_same_site(loaded.ledger, second.warehouse)
    require_same_site(loaded.ledger, loaded.warehouse)


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_two_sites_in_one_account_by_force_stay_apart_and_each_is_found_again_by_its_own_home(
    plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = dataset_of(tmp_path / "other", tickets=10, seed=11)
    with clean_environment():
        monkeypatch.setenv("IVINEX_SITE", "a1")
        with (
            mini_migration(plain.dataset, tmp_path / "first", site="a1") as first,
            mini_migration(other, tmp_path / "served") as served,
        ):
            first.discover()
            first.load(verified=False)
            account, before = first.sandbox.gorgias, account_of(first)
            own = {row["external_id"] for row in account.tickets}
            assert all(one.endswith("~a1") for one in own)
            assert first.ledger.conflicts.conflict_rows().empty
            monkeypatch.setenv("IVINEX_SITE", "b2")
            (tmp_path / "second").mkdir()
            second = MiniMigration(both(served, first), tmp_path / "second", {"site": "b2"})
            (tmp_path / "second" / "admin_exports").symlink_to(other / "admin_exports")
            with second.warehouse.held():
                second.discover()
                second.ledger.decisions.decide("missing_users", "fallback", "Ann Lee", "the first site's users stay")
                with pytest.raises(dg.Failure, match=r"records of another Ivinex site \(a1\)"):
                    second.load(verified=False)
                with pytest.raises(AdoptionRefused, match=r"name another Ivinex site: a1 \([0-9]+ records\)"):
                    adopt(second)
                second.ledger.quality_gates.override_gate(
                    "account:loaded_from_here", None, "Ann Lee", "two shops, one helpdesk"
                )
                second.load()
                theirs = {row["external_id"] for row in account.tickets} - own
                assert {one.removesuffix("~b2") for one in theirs} & {one.removesuffix("~a1") for one in own}
                assert len(theirs) == 10
                assert second.ledger.conflicts.conflict_rows().query("object == 'tickets'").empty
                second.close()
            monkeypatch.setenv("IVINEX_SITE", "a1")
            now = account_of(first)
            assert [row for row in now["tickets"] if row["external_id"] in own] == before["tickets"]
            lost = MiniMigration(first.sandbox, tmp_path / "lost", {"site": "a1"})
            (tmp_path / "lost").mkdir()
            (tmp_path / "lost" / "admin_exports").symlink_to(plain.dataset / "admin_exports")
            with lost.warehouse.held():
                lost.discover()
                assert adopt(lost).tickets == len(own)
                with pytest.raises(dg.Failure, match=r"records of another Ivinex site \(b2\)"):
                    lost.load(verified=False)
                lost.ledger.quality_gates.override_gate(
                    "account:loaded_from_here", None, "Ann Lee", "two shops, one helpdesk"
                )
                lost.load(verified=False)
                assert account_of(first)["tickets"] == now["tickets"]
                lost.close()


@pytest.mark.acceptance
def test_an_account_that_was_loaded_before_ids_held_their_site_is_taken_over_in_that_form(
    loaded: MiniMigration, plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = account_of(loaded)
    monkeypatch.setenv("IVINEX_SITE", "a1")
    second = MiniMigration(loaded.sandbox, tmp_path / "second", {"site": "a1"})
    second.home.mkdir()
    (second.home / "admin_exports").symlink_to(plain.dataset / "admin_exports")
    with second.warehouse.held():
        second.discover()
        assert second.ledger.sources.site_of_ids("") == "a1"
        assert adopt(second).tickets == len(before["tickets"])
        assert second.ledger.sources.site_of_ids("a1") == ""
        second.resources["gorgias"].close()
        monkeypatch.delenv("IVINEX_SITE")
        second.load()
        assert second.warehouse.rows("SELECT * FROM reconciliation.differences") == []
        assert account_of(loaded)["tickets"] == before["tickets"]
        assert len(account_of(loaded)["customers"]) == len(before["customers"])
        second.close()


def both(ivinex: MiniMigration, gorgias: MiniMigration) -> Any:
    """The source of one and the account of the other."""
    return SimpleNamespace(
        ivinex_url=ivinex.sandbox.ivinex_url,
        ivinex_auth=ivinex.sandbox.ivinex_auth,
        gorgias_url=gorgias.sandbox.gorgias_url,
        gorgias_auth=gorgias.sandbox.gorgias_auth,
        gorgias=gorgias.sandbox.gorgias,
    )
