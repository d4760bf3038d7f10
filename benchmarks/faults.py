"""Duplicates and losses of the write gate under faults, beside two common strategies on the same faults.

    python -m benchmarks.faults [--quick] [--jobs 6] [--fault NAME]... [--object NAME]... [--out FILE]

Every cell is a fault on one kind of write: at least 200 writes (`--quick`: 20) through a real socket against a served
account, faults seeded with probability 0.3. What is lost or doubled is counted in the account's own state. Prints one
table and writes results/faults.json. Exit code 1 when the gate doubled or lost anything where it promises not to, or
when a double beyond the promise was not reported, or when a cell could not be measured.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.edge_cells import EDGES, LEFT, edge_cell
from benchmarks.fault_cells import BEYOND, LATE, PROBABILITY, WIRE, Result, wire_cell
from benchmarks.fault_objects import KINDS
from benchmarks.home_cells import CANARY, CANARY_OBJECT, HOMES, canary_cell, home_cell
from benchmarks.killed_runs import CELLS, TooLate, process_cell
from benchmarks.late_cell import LATER, WALKED, late_cell
from benchmarks.strategies import OPTIONS, STRATEGIES, TIMEOUT

COMPARED = [*WIRE, *CELLS, LATER]
"""Faults that the two common strategies are put beside; the others are about what only the gate has."""
FAULTS = [*COMPARED, *EDGES, *HOMES, CANARY]
TRIES = 5
RESULTS = Path(__file__).parent / "results" / "faults.json"


def cell(fault: str, object: str, strategy: str, writes: int) -> Result:
    """One cell of the matrix."""
    if fault in WIRE:
        return wire_cell(fault, object, strategy, writes)
    if fault in CELLS:
        for turn in range(TRIES):
            try:
                return process_cell(fault, object, strategy, writes, longer=2**turn)
            except TooLate:
                for child in multiprocessing.active_children():
                    child.kill()
        raise TooLate(f"{fault}, {object}, {strategy}: not once in {TRIES} tries; is the machine busy?")
    if fault in EDGES:
        return edge_cell(fault, object, writes)
    if fault in HOMES:
        return home_cell(fault, object, writes)
    if fault == CANARY:
        return canary_cell()
    return late_cell(object, strategy, writes)


def holds(fault: str, object: str, gate: Result) -> bool:
    """Whether the gate kept what it promises in this cell."""
    if gate.lost or gate.second or gate.wrongly_reported or gate.notes.get(LEFT):
        return False
    if fault == LATER and object in WALKED:
        return gate.reported == gate.doubled
    return gate.doubled == 0


@click.command()
@click.option("--quick", is_flag=True, help="20 writes a cell in place of 200.")
@click.option("--jobs", default=6, show_default=True, help="Cells at a time; most of their time is waiting.")
@click.option("--fault", "faults", multiple=True, type=click.Choice(FAULTS), help="Only these faults.")
@click.option("--object", "objects", multiple=True, type=click.Choice(list(KINDS)), help="Only these objects.")
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path), show_default=False)
def main(quick: bool, jobs: int, faults: tuple[str, ...], objects: tuple[str, ...], out: Path) -> None:
    """Run the matrix."""
    writes, started = 20 if quick else 200, time.monotonic()
    console = Console()
    waiting: dict[tuple[str, str], dict[str, Future[Result]]] = {}
    results: dict[tuple[str, str], dict[str, Result]] = {}
    missed: list[str] = []
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        for fault in faults or FAULTS:
            names = list(STRATEGIES) if fault in COMPARED else ["gate"]
            for object in [CANARY_OBJECT] if fault == CANARY else (objects or KINDS):
                waiting[fault, object] = {name: pool.submit(cell, fault, object, name, writes) for name in names}
        for key, row in track(waiting.items(), "cells", console=Console(stderr=True)):
            try:
                results[key] = {name: future.result() for name, future in row.items()}
            except Exception as failure:  # whatever it is, the other cells have been measured
                missed.append(f"{', '.join(key)}: {type(failure).__name__}: {failure}")
    console.print(_table(results))
    broken = [key for key, row in results.items() if not holds(*key, row["gate"])]
    _write(out, results, writes, time.monotonic() - started)
    for fault, object in broken:
        console.print(f"[red]not kept: {fault}, {object}: {results[fault, object]['gate']}")
    for sentence in missed:
        console.print(f"[red]not measured: {sentence}")
    sys.exit(1 if broken or missed else 0)


def _table(results: dict[tuple[str, str], dict[str, Result]]) -> Table:
    table = Table(title="doubled / lost, in the account's own state", title_justify="left")
    for name, side in (
        ("fault", "left"),
        ("object", "left"),
        ("hits", "right"),
        ("gate", "right"),
        ("left behind", "right"),
        ("reported", "right"),
        ("2nd run sends", "right"),
        ("repeat on failure", "right"),
        ("mark before sending", "right"),
        ("s", "right"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    shown = ""
    for (fault, object), row in results.items():
        gate, others = row["gate"], [row[name] for name in ("repeat", "mark") if name in row]
        if shown and fault != shown:
            table.add_section()
        reported = str(gate.reported) if fault == LATER and object in WALKED else ""
        left = str(gate.notes.get(LEFT, "")) if fault not in COMPARED else ""
        beside = [_pair(one) for one in others] or ["", ""]
        cells = (f"{gate.doubled} / {gate.lost}", left, reported, str(gate.second), *beside, str(gate.seconds))
        table.add_row(fault if fault != shown else "", object, str(gate.fired), *cells)
        shown = fault
    table.add_section()
    promised = {key: row for key, row in results.items() if key[0] != LATER}
    totals = [_pair(_sum(row[name] for row in promised.values() if name in row)) for name in STRATEGIES]
    table.add_row("all within the promise", f"{len(promised)} cells", "", totals[0], "", "", "", *totals[1:], "")
    return table


def _pair(result: Result) -> str:
    return f"{result.doubled} / {result.lost}"


def _sum(results: Iterable[Result]) -> Result:
    total = Result()
    for one in results:
        total.doubled += one.doubled
        total.lost += one.lost
    return total


def _write(out: Path, results: dict[tuple[str, str], dict[str, Result]], writes: int, seconds: float) -> None:
    rows: list[dict[str, Any]] = [
        {"fault": fault, "object": object, "writes": writes} | {name: asdict(one) for name, one in row.items()}
        for (fault, object), row in results.items()
    ]
    setting = {
        "probability": PROBABILITY,
        "client_timeout": TIMEOUT,
        "gate": asdict(OPTIONS),
        "late_seconds": LATE,
        "beyond_seconds": BEYOND,
        "seconds": round(seconds, 1),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"setting": setting, "cells": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
