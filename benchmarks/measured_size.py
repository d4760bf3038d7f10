"""One size of a migration: the commands of a user, each a process of its own, with its calls, CPU and memory.

It belongs here: the order of the commands and what is kept of each. It does not: the fewest calls (fewest_calls.py),
and tables and pages (performance_page.py). Calls are counted by the sandbox, which sets no rate limit here; CPU is the
process's own, so that other work on the machine counts little.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from benchmarks.delta import change, control
from benchmarks.fewest_calls import fewest_of_load, fewest_of_proof, fewest_pages, table
from benchmarks.served import machine, served_home
from benchmarks.stage import SEED
from migration_assets.ivinex.schema.schema_reader import tabs_of
from migration_assets.reconciliation.target.call_counts import costs
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

ALLOWANCE = "100000"
ROOM_FOR_FIELD = {"GORGIAS_MAX_ACTIVE_FIELDS": "24"}
"""The field that carries the overflow is one of the account's 25, so the proposal leaves one free for it."""
ROLES = ("contact", "organization", "ticket", "activity", "task")


@contextmanager
def generated_site(tickets: int, days: int) -> Iterator[tuple[Path, Path, dict[str, str]]]:
    """A served dataset and an empty home for it: (dataset, home, environment)."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        options = [f"--tickets={tickets}", f"--seed={SEED}", f"--days={days}"]
        command = [sys.executable, "-m", "sandbox", "generate", str(dataset), *options]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with served_home(dataset, ALLOWANCE) as (home, environment):
            yield dataset, home, environment


def measure_size(tickets: int, days: int, share: float, overflow: str, later: bool) -> dict[str, Any]:
    """
    Args:
        share: of the tickets that change before the last delta.
        overflow: as the map says it; empty: as it was proposed.
        later: with the second run and the deltas.
    """
    with generated_site(tickets, days) as (dataset, home, environment):
        room = ROOM_FOR_FIELD if overflow == "field" else {}
        commands = {"discover": command(environment | room, home, "discover")}
        plain(environment, "-m", "benchmarks.as_benchmark", overflow)
        commands["forecast"] = command(environment, home, "forecast")
        commands["run"] = command(environment, home, "run")
        found = content(environment, home, commands)
        if later:
            commands["run again"] = command(environment, home, "run")
            commands["delta, no change"] = command(environment, home, "delta")
            change(dataset, environment["IVINEX_BASE_URL"], share)
            commands[f"delta, {share:.0%} changed"] = command(environment, home, "delta")
    size = {"tickets": tickets, "days": days, "overflow": overflow or "data", "machine": machine()}
    return size | found | {"commands": {name: _kept(cell) for name, cell in commands.items()}}


def command(environment: dict[str, str], home: Path, *words: str) -> dict[str, Any]:
    """One command: its calls of both systems, its CPU by job, its peak of memory, and what it printed."""
    for address in ("IVINEX_BASE_URL", "GORGIAS_BASE_URL"):
        control(f"{environment[address]}/_sandbox/stats/reset", {})
    out = home.parent / "timed.json"
    said = plain(environment, "-m", "benchmarks.timed_command", str(out), *words, "--json")
    asked = {
        side: control(f"{environment[f'{side.upper()}_BASE_URL']}/_sandbox/stats") for side in ("ivinex", "gorgias")
    }
    calls = {side: stats["requests"] for side, stats in asked.items()}
    throttled = {"throttled": sum(stats["throttled"] for stats in asked.values())}
    return {"said": json.loads(said)} | calls | throttled | json.loads(out.read_text())


def plain(environment: dict[str, str], *words: str) -> str:
    """A process of Python; its standard output."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {' '.join(words[1:])}", err=True)
    done = subprocess.run(
        [sys.executable, *words], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr[-4000:]}")
    return done.stdout


def content(environment: dict[str, str], home: Path, commands: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Right after the first run: what was moved, and its calls beside the fewest."""
    os.environ |= environment
    settings, warehouse = load_settings(), Warehouse(home / "warehouse.duckdb")
    ledger = Ledger.open(settings.ledger_address, settings.account)
    made = commands["run"]["gorgias"]
    load = fewest_of_load(warehouse, ledger)
    proof = fewest_of_proof(warehouse, ledger, settings)
    both = {name: load.get(name, 0) + proof.get(name, 0) for name in load | proof}
    used = sum(row["used"] for row in costs(warehouse))
    rows = {
        tab.name: int(warehouse.scalar(_ROWS, [tab.collection_type_id]))
        for role in ROLES
        for tab in tabs_of(warehouse, role)
    }
    files = {"files": int(warehouse.scalar("SELECT count(*) FROM ivinex.downloads"))}
    written = {name: len(ledger.known_writes.gorgias_ids(name)) for name in ("tickets", "customers", "messages")}
    written["messages"] = int(warehouse.scalar("SELECT count(*) FROM staging.messages"))
    ledger.close()
    return {
        "moved": written | files,
        "records": rows,
        "operations": [asdict(one) for one in table(made, both)],
        "calls": {"made": sum(made.values()), "fewest": sum(both.values())},
        "load": {"made": sum(made.values()) - used, "fewest": sum(load.values())},
        "proof": {"made": used, "fewest": sum(proof.values())},
        "forecast": {"calls": commands["forecast"]["said"]["calls"], "made": sum(made.values())},
        "pages": {
            "made": sum(commands[name]["ivinex"].get("Records", 0) for name in ("discover", "forecast", "run")),
            "fewest": fewest_pages(warehouse, settings.ivinex_page_size),
        },
    }


_ROWS = "SELECT count(*) FROM ivinex.versions WHERE collection_type_id = ?"


def _kept(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name != "said"}
