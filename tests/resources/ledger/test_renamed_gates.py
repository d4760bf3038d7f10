"""Gates of an earlier release: moved to the checks of today, forgotten, or never what they said."""

from pathlib import Path

import pytest

from resources.ledger import Ledger
from resources.ledger.renamed_gates import FORGOTTEN, MOVED

DAY = "2026-06-11"
NO_MAIL = "gorgias/ticket_messages:no_mail"
NEW = "reconciliation/comparison:no_mail"


def reopened(path: Path, *rows: tuple[str, bool, str], by: str = "") -> dict[str, tuple[bool, bool, str]]:
    """Gates after the ledger was closed and opened again: name -> passed, overridden, detail."""
    url = f"sqlite:///{path / 'ledger.sqlite'}"
    ledger = Ledger.open(url, "demo:test")
    ledger.quality_gates.record_gates([(name, DAY, passed, detail) for name, passed, detail in rows], "run")
    if by:
        ledger.quality_gates.override_gate(rows[0][0], DAY, by, "the outbox is empty")
    with ledger.engine.begin() as tx:  # a release of then noted no version
        tx.exec_driver_sql("DROP TABLE schema_version")
    ledger.close()
    ledger = Ledger.open(url, "demo:test")
    found = ledger.quality_gates.gate_rows()
    ledger.close()
    return {row.check_name: (row.passed, row.overridden, row.detail) for row in found.itertuples()}


@pytest.mark.parametrize("by", ["", "Ann Lee"], ids=["closed", "overridden"])
def test_a_mail_that_an_earlier_release_found_keeps_its_day_as_it_was(tmp_path: Path, by: str):
    found = reopened(tmp_path, (NO_MAIL, False, "failed: altered (1)"), by=by)
    assert found == {NEW: (False, bool(by), "failed: altered (1)")}


def test_never_compared_was_no_failure_and_what_nothing_reports_any_more_is_forgotten(tmp_path: Path):
    never = [(name, False, "never compared: run verify_days") for name in MOVED]
    assert reopened(tmp_path, *never, *((name, False, "x") for name in FORGOTTEN)) == {}


def test_a_newer_result_under_the_new_name_stands(tmp_path: Path):
    assert reopened(tmp_path, (NO_MAIL, False, "old"), (NEW, True, "new")) == {NEW: (True, False, "new")}
