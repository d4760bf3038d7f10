"""The same dataset moved by this project, by a plain script and by dlt: their calls, and what a kill leaves doubled.

    python -m benchmarks --part comparison [--tickets 300]

It belongs here: running each to its end, killing each at half of the tickets and starting it again, and counting. It
does not: the peers (plain.py, dlt_pipeline.py). dlt is optional (`pip install -e .[bench]`); without it its row is left
out, and a sentence says so.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from benchmarks.delta import control
from benchmarks.measured_size import ROOM_FOR_FIELD
from benchmarks.stage import SEED, serving
from migration_assets.reconciliation.target.call_counts import costs
from resources.warehouse import Warehouse
from sandbox.generator.generate import generate_dataset

DAYS = 180
COLUMNS = (
    "",
    "Gorgias calls",
    "of them to load",
    "load calls a ticket",
    "Ivinex calls",
    "CPU s",
    "tickets doubled after a kill",
    "messages doubled",
    "tickets lost",
)
POLL = 0.005
BESIDE = 5
"""Tickets after the half at which each is killed: dlt notes how far it is after each ten, so the half alone may cost it
nothing by chance."""
Start = Callable[[dict[str, str], Path], list[list[str]]]


@dataclass(frozen=True)
class Peer:
    """How a peer is started.

    Attributes:
        commands: what it runs, one after the other; the last one moves the tickets, and is the one that is killed.
    """

    name: str
    commands: Start


def ours(environment: dict[str, str], folder: Path) -> list[list[str]]:
    command = "from migration_assets.cli import main; main()"
    with_room = f"import os; os.environ |= {ROOM_FOR_FIELD}; {command}"
    return [["-c", with_room, "discover"], ["-m", "benchmarks.as_benchmark", "field"], ["-c", command, "run"]]


def peer(module: str) -> Start:
    def commands(environment: dict[str, str], folder: Path) -> list[list[str]]:
        names = (
            "IVINEX_BASE_URL",
            "IVINEX_USERNAME",
            "IVINEX_PASSWORD",
            "GORGIAS_BASE_URL",
            "GORGIAS_EMAIL",
            "GORGIAS_API_KEY",
        )
        return [["-m", module, *(environment[name] for name in names), str(folder / "done")]]

    return commands


PEERS = [
    Peer("this project, overflow: field: load, proof, balance", ours),
    Peer("a plain script: load", peer("benchmarks.comparison.plain")),
    Peer("dlt: load, without files", peer("benchmarks.comparison.dlt_pipeline")),
]


def compare(tickets: int, peers: Sequence[Peer] = tuple(PEERS)) -> dict[str, Any]:
    """All peers on one dataset, each on a fresh account."""
    sentences, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        generate_dataset(dataset, tickets=tickets, seed=SEED, days=DAYS)
        for one in peers:
            if "dlt" in one.name and find_spec("dlt") is None:
                sentences.append("dlt is not installed (`pip install -e .[bench]`), so its row is left out.")
                continue
            rows.append((one.name, *whole(one, dataset, tickets), *killed(one, dataset, tickets)))
    sentences.append(f"{tickets} tickets in {DAYS} days, without a rate limit.")
    return {"columns": COLUMNS, "rows": rows, "sentences": sentences}


def whole(one: Peer, dataset: Path, tickets: int) -> tuple[Any, ...]:
    """Its calls and CPU from an empty account to its end."""
    with tempfile.TemporaryDirectory() as folder, _site(dataset, Path(folder)) as environment:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for words in one.commands(environment, Path(folder)):
            _run(words, environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        calls = {side: sum(_stats(environment, side).values()) for side in ("GORGIAS", "IVINEX")}
        load = calls["GORGIAS"] - _read_to_prove(Path(folder) / "home" / "warehouse.duckdb")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return calls["GORGIAS"], load, round(load / tickets, 2), calls["IVINEX"], round(seconds, 1)


def _read_to_prove(file: Path) -> int:
    """Calls of the proof; the peers have none, and no warehouse."""
    return sum(row["used"] for row in costs(Warehouse(file))) if file.exists() else 0


def killed(one: Peer, dataset: Path, tickets: int) -> tuple[int, int, int]:
    """Killed at half of the tickets and started again: tickets and messages doubled, tickets lost."""
    with tempfile.TemporaryDirectory() as folder, _site(dataset, Path(folder)) as environment:
        *first, last = one.commands(environment, Path(folder))
        for words in first:
            _run(words, environment)
        process = subprocess.Popen([sys.executable, *last], env=os.environ | environment, stdout=sys.stderr)
        while process.poll() is None and _created(environment) < tickets // 2 + BESIDE:
            time.sleep(POLL)
        process.send_signal(signal.SIGKILL)
        process.wait()
        _run(last, environment)
        state = control(f"{environment['GORGIAS_BASE_URL']}/_sandbox/state")
    rows = [row for row in state["tickets"] if row["external_id"]]
    made = Counter(row["external_id"] for row in rows)
    messages = Counter(message["external_id"] for row in rows for message in row["messages"])
    doubled = [sum(number - 1 for number in counted.values()) for counted in (made, messages)]
    return doubled[0], doubled[1], tickets - len(made)


def _site(dataset: Path, folder: Path) -> Any:
    """A fresh account, and a home for a migration."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    os.environ |= {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "GORGIAS_ALLOWANCE": "100000"}
    return serving(dataset)


def _run(words: list[str], environment: dict[str, str]) -> None:
    click.echo(" ".join(words[:3])[:60], err=True)
    subprocess.run([sys.executable, *words], env=os.environ | environment, stdout=sys.stderr, check=True)


def _created(environment: dict[str, str]) -> int:
    return _stats(environment, "GORGIAS").get("POST /api/tickets", 0)


def _stats(environment: dict[str, str], side: str) -> dict[str, int]:
    return control(f"{environment[f'{side}_BASE_URL']}/_sandbox/stats")["requests"]
