"""The zone of Ivinex's times: proved, disproved or unproved, and never silently wrong."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from migration_assets.mapping.mail_header_dates import LATE, Proof
from migration_assets.mapping.time_zone_proof import keep_proof, kept_proof, zone_proof
from migration_assets.settings import Settings
from resources.warehouse import Warehouse

KNOWN = "10101:77=2024-07-01T15:30:00Z"
Mails = Callable[..., None]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path / "w.duckdb")
    with made.held():
        with made.transaction() as tx:
            tx.execute("CREATE SCHEMA IF NOT EXISTS ivinex")
            for table in ("ticket_sweep", "activity_sweep"):
                columns = "collection_type_id VARCHAR, collection_id VARCHAR, raw VARCHAR"
                tx.execute(f"CREATE TABLE ivinex.{table} ({columns})")
            tx.execute(
                """INSERT INTO ivinex.ticket_sweep VALUES ('10101', '77', '{"created_date": "2024-07-01 09:31:00"}')"""
            )
        yield made


@pytest.fixture
def mails(warehouse: Warehouse) -> Mails:
    """Enter mails into a site of one zone, each written in an offset of its own."""

    def enter(
        zone: str, days: range, form: str = "Date: {}\r\nSubject: x", late: timedelta = timedelta(seconds=90)
    ) -> None:
        with warehouse.transaction() as tx:
            for day in days:
                sent = datetime(2024, 1, 1, 17, 3, day % 60, tzinfo=UTC) + timedelta(days=day)
                local = (sent + late).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
                written = format_datetime(sent.astimezone(ZoneInfo(("Asia/Kolkata", "Europe/Paris")[day % 2])))
                raw = json.dumps({"created_date": local, "body": form.format(written)})
                tx.execute("INSERT INTO ivinex.activity_sweep VALUES ('50', ?, ?)", [str(day), raw])

    return enter


YEAR, WINTER = range(0, 360, 9), range(0, 60, 2)


@pytest.mark.parametrize(
    ("zone", "known", "proof"),
    [
        ("America/Denver", KNOWN, Proof.proved),
        ("America/New_York", KNOWN, Proof.disproved),
        ("America/Phoenix", KNOWN, Proof.disproved),
        ("America/Denver", "", Proof.unproved),
        ("America/Denver", KNOWN.replace("77", "78"), Proof.unproved),
    ],
)
def test_a_record_whose_true_time_is_known_tells(warehouse: Warehouse, zone: str, known: str, proof: Proof):
    verdict = zone_proof(warehouse, zone, known)
    assert verdict.proof is proof
    assert zone in verdict.sentence


@pytest.mark.parametrize("wrong", ["77", "10101:77=noon", "10101:77=2024-07-01T15:30:00", "=2024-07-01T15:30:00Z"])
def test_a_moment_without_a_record_or_a_zone_is_refused(wrong: str):
    with pytest.raises(ValueError, match="tab:record=moment"):
        Settings(ivinex_known_time=wrong)


@pytest.mark.parametrize(
    "form",
    [
        "Received: from a by b;\r\n\t{}\r\nSubject: x",
        "<p><b>Date:</b> {}<br>To: y</p>",
        "Date: {}\n\nIt was so:\n> Date: Mon, 1 Jan 2001 10:00:00 +0000",
    ],
)
def test_a_header_is_found_by_its_form_and_what_it_quotes_is_older(warehouse: Warehouse, mails: Mails, form: str):
    mails("America/Denver", YEAR, form)
    assert zone_proof(warehouse, "America/Denver", "").proof is Proof.proved


@pytest.mark.parametrize(
    ("site", "zone", "proof"),
    [
        ("America/Denver", "America/Denver", Proof.proved),
        ("America/Denver", "America/Phoenix", Proof.disproved),
        ("America/Denver", "America/Chicago", Proof.disproved),
        ("UTC", "UTC", Proof.proved),
        ("UTC", "Europe/London", Proof.disproved),
        ("America/Phoenix", "America/Denver", Proof.disproved),
        ("Asia/Kathmandu", "Asia/Kolkata", Proof.disproved),
    ],
)
def test_the_headers_of_mails_over_a_year_tell(warehouse: Warehouse, mails: Mails, site: str, zone: str, proof: Proof):
    mails(site, YEAR)
    verdict = zone_proof(warehouse, zone, "")
    assert verdict.proof is proof
    assert f"of {len(YEAR)} activities" in verdict.sentence
    assert zone in verdict.sentence
    assert site in verdict.sentence or site in ("UTC", "America/Phoenix")  # others go alike, and one of them is named


def test_mails_of_one_side_of_a_clock_change_prove_nothing_and_say_why(warehouse: Warehouse, mails: Mails):
    mails("America/Denver", WINTER)
    for zone in ("America/Denver", "America/Phoenix"):
        verdict = zone_proof(warehouse, zone, "")
        assert verdict.proof is Proof.unproved
        assert "not enough of them lie on both sides of a clock change" in verdict.sentence
        assert "IVINEX_KNOWN_TIME" in verdict.sentence


def test_few_mails_prove_nothing_and_are_counted(warehouse: Warehouse, mails: Mails):
    mails("America/Denver", range(0, 360, 20))
    assert "18 activities" in zone_proof(warehouse, "America/Denver", "").sentence
    assert zone_proof(warehouse, "America/Denver", "").proof is Proof.unproved


def test_a_site_whose_mails_were_entered_by_hand_later_stays_unproved(warehouse: Warehouse, mails: Mails):
    mails("America/Denver", YEAR, late=LATE + timedelta(minutes=25))
    verdict = zone_proof(warehouse, "America/Denver", "")
    assert verdict.proof is Proof.unproved
    assert "of 40 activities" in verdict.sentence
    assert "0 were entered" in verdict.sentence


def test_a_few_mails_that_came_late_do_not_matter(warehouse: Warehouse, mails: Mails):
    mails("America/Denver", YEAR)
    mails("America/Denver", range(1, 360, 120), late=timedelta(hours=5))
    assert zone_proof(warehouse, "America/Denver", "").proof is Proof.proved


def test_a_known_time_and_mails_that_disagree_prove_nothing(warehouse: Warehouse, mails: Mails):
    mails("America/Chicago", YEAR)
    verdict = zone_proof(warehouse, "America/Denver", KNOWN)
    assert verdict.proof is Proof.unproved
    assert "a record speaks for it, and mails against it" in verdict.sentence
    assert "40 by America/Chicago" in verdict.sentence


def test_the_verdict_of_a_discovery_is_kept_for_the_review(warehouse: Warehouse):
    assert kept_proof(warehouse) is None
    proof = zone_proof(warehouse, "America/Denver", KNOWN)
    keep_proof(warehouse, proof)
    assert kept_proof(warehouse) == proof
