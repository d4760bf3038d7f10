"""What a killed run left switched off in Gorgias, the next command restores before it does anything else."""

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from broken_migration import Account, Moment, account, discovered_home

from resources.ledger import Ledger

TICKETS, DAYS = 20, 5


def acts(here: Account) -> dict[str, Any]:
    return {row["type"]: dict(row["data"]) for row in here.sandbox.gorgias.settings}


def still_off(here: Account) -> list[str]:
    ledger = Ledger.open(f"sqlite:///{here.home / 'ledger.sqlite'}", "demo:sandbox")
    try:
        return [one.name for one in ledger.switched_off.all()]
    finally:
        ledger.close()


def requests(here: Account) -> dict[str, int]:
    with urllib.request.urlopen(f"{here.sandbox.gorgias_url}/_sandbox/stats", timeout=60) as answer:
        counted: dict[str, int] = json.load(answer)["requests"]
    return counted


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("after", [1, 8])
def test_killed_while_it_is_off_the_next_command_restores_it_first(tmp_path: Path, after: int):
    discovered = discovered_home(tmp_path / "discovered", TICKETS, 7, DAYS)
    with account(discovered, tmp_path / "home") as here:
        before = acts(here)
        killed = here.migrate_until(Moment("gorgias", after, 0.0), signal.SIGKILL, "run")
        assert killed.code == -signal.SIGKILL
        off = still_off(here)
        assert off
        assert acts(here) != before
        told = here.migrate("quarantine", "list").told
        assert "Still switched off in Gorgias: " in told
        assert "`migrate preflight restore`" in told
        asked = requests(here)
        restored = here.migrate("discover")
        assert "Restored in Gorgias: " in restored.told
        assert restored.told.index("Restored in Gorgias: ") < restored.told.index("discover: reading Ivinex")
        assert acts(here) == before
        assert still_off(here) == []
        puts = requests(here).get("PUT /api/account/settings/{id}", 0) - asked.get("PUT /api/account/settings/{id}", 0)
        assert puts == len(off)
        done = here.migrate("run")
        assert done.code == 0, done.told
        assert acts(here) == before
        assert here.mails() == []
