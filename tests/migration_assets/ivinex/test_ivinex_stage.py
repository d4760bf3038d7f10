"""Room 1 against real servers and a real DuckDB: what is there in the end, and what a re-run changes."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import orjson
import pytest
from ivinex_stage import ROOM, SWEEPS, TICKETS, Begun, Run, Serve, records, run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex import tables
from migration_assets.ivinex.full_scan.daily_slices import slice_activities, slice_tickets
from migration_assets.ivinex.full_scan.scan import ScanSource, full_scan
from migration_assets.ivinex.schema import schema_reader
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import BrokenBody
from resources.ivinex.sender import Sender
from resources.pacing import SteadyPacer


def test_every_record_of_the_source_is_there_once(
    finished: Callable[[str], Run], datasets: Callable[[str], Path]
) -> None:
    run = finished("typical")
    tabs = {"contacts": "Contacts", "ticket_sweep": "Tickets", "activity_sweep": "Activities", "tasks": "Tasks"}
    for table, tab in tabs.items():
        expected = {row["collection_id"] for row in records(datasets("typical"), tab)}
        found = [number for (number,) in run.rows(f"SELECT collection_id FROM ivinex.{table}")]
        assert len(found) == len(expected)
        assert set(found) == expected
    assert all(run.metadata[name]["completeness_proved"] for name in SWEEPS)
    assert [passes for (passes,) in run.rows("SELECT passes FROM ivinex.sweeps")] == [1, 1, 1, 1, 1]


def test_a_second_sweep_finds_nothing_new_and_leaves_the_same_state(begun: Begun, home: Path) -> None:
    site, run = begun()
    first = run.present()
    again = run_stage(site, home)
    assert again.present() == first
    assert all(again.metadata[name]["new_versions"] == 0 for name in SWEEPS)
    assert again.one("SELECT count(*) FROM ivinex.sweep_rows") == 0


def test_a_changed_record_becomes_a_second_version_and_the_first_is_kept(begun: Begun, home: Path) -> None:
    site, run = begun()
    number = run.one("SELECT min(collection_id) FROM ivinex.ticket_sweep")
    site.edit("Tickets", number, {"subject": "Changed since"})
    run = run_stage(site, home, select=[ivinex_assets.ticket_sweep])
    assert run.metadata["ticket_sweep"]["new_versions"] == 1
    versions = "SELECT count(*) FROM ivinex.versions WHERE collection_id = ? AND source_id LIKE 'ivinex:10101:%'"
    assert run.one(versions, number) == 2
    raw = run.one("SELECT raw FROM ivinex.ticket_sweep WHERE collection_id = ?", number)
    assert orjson.loads(raw)["subject"] == "Changed since"


def test_a_record_missing_once_stays_and_missing_twice_is_reported_as_deleted(begun: Begun, home: Path) -> None:
    site, run = begun()
    number = run.one("SELECT min(collection_id) FROM ivinex.contacts")
    site.edit("Contacts", number, None)
    run = run_stage(site, home, select=[ivinex_assets.contacts])
    assert run.metadata["contacts"]["missing_once"] == 1
    assert run.one("SELECT count(*) FROM ivinex.contacts WHERE collection_id = ?", number) == 1
    run = run_stage(site, home, select=[ivinex_assets.contacts])
    assert (run.metadata["contacts"]["missing_once"], run.metadata["contacts"]["deleted_at_source"]) == (0, 1)
    assert run.one("SELECT count(*) FROM ivinex.contacts WHERE collection_id = ?", number) == 0
    assert run.one("SELECT count(*) FROM ivinex.versions WHERE collection_id = ?", number) >= 1


def test_a_sweep_that_fails_leaves_the_tables_as_they_were(begun: Begun) -> None:
    site, run = begun()
    before = run.present()
    site.faults({"kind": "truncate", "route": "Records", "tab": "Activities", "calls": list(range(3, 30))})
    client = IvinexClient(Sender(site.url, *site.credentials, pacer=SteadyPacer(1e6), sleep=lambda seconds: None))
    tab = schema_reader.tabs_of(run.warehouse, "activity")[0]
    source = ScanSource(tab, "activity", schema_reader.fields_of(run.warehouse, tab), {}, ZoneInfo("America/Denver"))
    with pytest.raises(BrokenBody, match="neither JSON nor XML"):
        full_scan(client, run.warehouse, source, tables.ACTIVITY_SWEEP)
    assert run.present() == before
    site.faults()
    assert full_scan(client, run.warehouse, source, tables.ACTIVITY_SWEEP).proved
    assert run.present() == before


def test_fresh_urls_of_files_make_no_new_version_but_are_kept(serve: Serve, home: Path) -> None:
    site = serve(switches={"A-12": {"lifetime_seconds": 100_000}})
    run = run_stage(site, home)
    pick = "SELECT raw FROM ivinex.activity_sweep WHERE raw LIKE '%Token=%' ORDER BY source_id LIMIT 1"
    before = run.one(pick)
    run.warehouse.execute("UPDATE ivinex.versions SET raw = replace(raw, 'Token=', 'Token=old')")
    run = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    assert run.metadata["activity_sweep"]["new_versions"] == 0
    assert "Token=old" not in run.one(pick)
    assert before


def test_the_day_of_a_ticket_is_its_created_day_in_utc(
    finished: Callable[[str], Run], datasets: Callable[[str], Path]
) -> None:
    run = finished("typical")
    found = dict(run.rows("SELECT collection_id, partition FROM ivinex.ticket_sweep"))
    for row in records(datasets("typical"), "Tickets"):
        local = datetime.fromisoformat(row["created_date"]).replace(tzinfo=ZoneInfo("America/Denver"))
        assert found[row["collection_id"]] == local.astimezone(UTC).strftime("%Y-%m-%d")


def test_slices_hold_each_ticket_and_each_activity_once_and_can_be_cut_again(finished: Callable[[str], Run]) -> None:
    run = finished("typical")
    days = [day for (day,) in run.rows("SELECT DISTINCT partition FROM ivinex.ticket_sweep ORDER BY 1")]
    for _ in range(2):
        tickets = slice_tickets(run.warehouse, days)
        activities = slice_activities(run.warehouse, days)
    assert sum(tickets.values()) == run.one("SELECT count(*) FROM ivinex.tickets") == TICKETS
    assert sum(activities.values()) == run.one("SELECT count(*) FROM ivinex.activities")
    assert sum(activities.values()) == run.one("SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket'")
    assert set(slice_tickets(run.warehouse, days[:2])) == set(days[:2])
    assert run.one("SELECT count(*) FROM ivinex.tickets") == TICKETS
    assert slice_tickets(run.warehouse, ["2001-01-01"]) == {}


def test_hostile_tickets_without_a_usable_day_are_quarantined_with_their_reason(finished: Callable[[str], Run]) -> None:
    run = finished("hostile")
    dayless = run.one("SELECT count(*) FROM ivinex.ticket_sweep WHERE partition = 'none'")
    assert dayless > 0
    quarantined = run.ledger.quarantine.rows()
    mine = quarantined[quarantined["object"] == "tickets"]
    assert len(mine) == dayless
    assert set(mine["partition"]) == {"none"}
    reasons = Counter(message.split(" (")[0] for message in mine["message"])
    assert {
        "no partition: created date is impossible",
        "no partition: created date is not set",
        "no partition: created before MIGRATION_START_DATE",
    } <= set(reasons)


def test_what_hangs_on_dayless_tickets_and_activities_of_no_ticket_are_booked(finished: Callable[[str], Run]) -> None:
    run = finished("hostile")
    counts = run.ledger.outcomes.outcome_counts()
    swept = run.one("SELECT count(*) FROM ivinex.activity_sweep")
    linked = run.one("SELECT count(DISTINCT from_source_id) FROM ivinex.links WHERE role = 'activity_ticket'")
    skipped = counts[(counts["object"] == "activities") & (counts["reason"] == "no ticket")]["rows"].sum()
    assert skipped == swept - linked > 0
    dayless = run.one(
        "SELECT count(*) FROM ivinex.links l JOIN ivinex.ticket_sweep t ON t.source_id = l.to_source_id "
        "WHERE t.partition = 'none'"
    )
    assert counts[counts["object"] == "messages"]["rows"].sum() == dayless > 0


def test_books_do_not_grow_when_the_sweep_is_repeated(begun: Begun, home: Path) -> None:
    site, run = begun("hostile")
    first = run.ledger.outcomes.outcome_counts()
    second = run_stage(site, home).ledger.outcomes.outcome_counts()
    assert first.to_dict() == second.to_dict()


@pytest.mark.parametrize("fallback", ["modified_date", "first_activity"])
def test_the_map_may_give_dayless_tickets_a_day(begun: Begun, home: Path, fallback: str) -> None:
    site, run = begun("hostile")
    before = run.one("SELECT count(*) FROM ivinex.ticket_sweep WHERE partition = 'none'")
    (home / "mapping.yaml").write_text(f"partition_fallback: {fallback}\n")
    run = run_stage(site, home, select=[ivinex_assets.ticket_sweep, ivinex_assets.activity_sweep])
    after = run.one("SELECT count(*) FROM ivinex.ticket_sweep WHERE partition = 'none'")
    assert after < before
    quarantined = run.ledger.quarantine.rows()
    assert len(quarantined[quarantined["object"] == "tickets"]) == after


def test_times_that_the_clock_change_bent_are_losses(begun: Begun, home: Path, datasets: Callable[[str], Path]) -> None:
    site, _ = begun()
    one, other = (row["collection_id"] for row in records(datasets("typical"), "Tickets")[:2])
    site.edit("Tickets", one, {"created_date": "2026-03-08 02:30:00"})
    site.edit("Tickets", other, {"created_date": "2025-11-02 01:30:00"})
    losses = run_stage(site, home, select=[ivinex_assets.ticket_sweep]).ledger.losses.loss_rows()
    found = losses[(losses["object"] == "tickets") & (losses["field"] == "created_date")]
    assert {"time nonexistent", "time ambiguous"} <= set(found["kind"])


def test_a_link_that_no_field_holds_is_found(finished: Callable[[str], Run]) -> None:
    run = finished("hostile")
    related = run.rows("SELECT from_source_id FROM ivinex.links WHERE role = 'activity_ticket' AND via = 'related'")
    assert related
    tickets = "SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket' AND from_source_id = ?"
    assert max(run.one(tickets, activity) for (activity,) in related) == 2


def test_assets_of_the_room_are_as_the_design_names_them() -> None:
    names = {f"ivinex/{name}" for name in ("tabs", "fields", *SWEEPS, "users", "groups")}
    assert {asset.key.to_user_string() for asset in ROOM} == names
    for asset in (ivinex_assets.tabs, ivinex_assets.fields, ivinex_assets.organizations):
        assert asset.op.pool == "ivinex_api"
        assert isinstance(asset, dg.AssetsDefinition)
