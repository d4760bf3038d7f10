"""What a migration's end says to whoever called the command: a load that left something open is not through."""

from pathlib import Path

from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.result import Result, _open_ends
from migration_assets.orchestration.verification_summary import Verified
from resources.ledger import Ledger

DAY, BALANCE = "2026-01-05", "gorgias/tickets:balance"


def result(ledger: Ledger) -> Result:
    verified = Verified([], blamed=0, since=0, unread=0, writes=0, outdated=[])
    return Result([], [], 0, "", Path("report.html"), verified, _open_ends(ledger))


def test_a_balance_gate_that_is_closed_ends_with_3_until_it_passes_or_is_overridden(ledger: Ledger):
    assert result(ledger).exit_code is Exit.BALANCED
    ledger.quality_gates.record_gate(BALANCE, DAY, False, "1 staged row has no known end", "run")
    assert result(ledger).exit_code is Exit.NOT_BALANCED
    assert result(ledger).sentence() == f"{BALANCE[0].upper()}{BALANCE[1:]} {DAY}: 1 staged row has no known end"
    ledger.quality_gates.override_gate(BALANCE, DAY, "Ann", "looked at")
    assert result(ledger).exit_code is Exit.BALANCED
    ledger.quality_gates.record_gate(BALANCE, DAY, False, "again", "run")
    ledger.quality_gates.record_gate(BALANCE, DAY, True, "", "run")
    assert result(ledger).exit_code is Exit.BALANCED
