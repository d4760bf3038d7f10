"""The zone of Ivinex's times: proved, disproved or unproved, and never silently wrong."""

from pathlib import Path

import pytest

from migration_assets.mapping.time_zone_proof import Proof, zone_proof
from migration_assets.settings import Settings
from resources.warehouse import Warehouse

KNOWN = "10101:77=2024-07-01T15:30:00Z"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "w.duckdb")
    with made.transaction() as tx:
        tx.execute("CREATE SCHEMA IF NOT EXISTS ivinex")
        tx.execute("CREATE TABLE ivinex.ticket_sweep (collection_type_id VARCHAR, collection_id VARCHAR, raw VARCHAR)")
        tx.execute(
            """INSERT INTO ivinex.ticket_sweep VALUES ('10101', '77', '{"created_date": "2024-07-01 09:31:00"}')"""
        )
    return made


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
    verdict, told = zone_proof(warehouse, zone, known)
    assert verdict is proof
    assert zone in told


@pytest.mark.parametrize("wrong", ["77", "10101:77=noon", "10101:77=2024-07-01T15:30:00", "=2024-07-01T15:30:00Z"])
def test_a_moment_without_a_record_or_a_zone_is_refused(wrong: str):
    with pytest.raises(ValueError, match="tab:record=moment"):
        Settings(ivinex_known_time=wrong)
