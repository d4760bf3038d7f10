"""Cells that need processes: SIGKILL before and after an answer, and a second runner beside a paused one.

Each run is a process of its own against an account that this process serves; what they share is the folder with the
ledger (or the notes of the common strategies) and the account.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from benchmarks.fault_cells import LATE, Faults, Result, account, note, on, rounds
from benchmarks.fault_objects import KINDS, Kind
from benchmarks.strategies import STRATEGIES, Place, Told
from resources.ledger.lease import Lease
from sandbox.serve import RunningGorgias

BEFORE, AFTER, TWO = "SIGKILL before the answer", "SIGKILL after the answer", "two runners"
CELLS = (BEFORE, AFTER, TWO)
DELAY, LONG_DELAY, MOST_DELAY = 0.05, 0.2, 0.4
"""Seconds an answer takes, so that there are always requests under way when a run is killed or paused."""
KILLS, BATCHES = 5, 24
START_SECONDS = 60.0
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["benchmarks.killed_runs"])


class Deadly(httpx.BaseTransport):
    """Kills this process (SIGKILL) at its n-th write: while the answer is awaited, or when it has just come in."""

    def __init__(self, at: int, after: bool):
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_connections=64))
        self._at, self._after = at, after
        self._lock, self._seen = threading.Lock(), 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self._inner.handle_request(request)
        with self._lock:
            self._seen += 1
            fatal = self._seen == self._at
        if fatal and not self._after:
            threading.Timer(DELAY / 2, os.kill, (os.getpid(), signal.SIGKILL)).start()
        response = self._inner.handle_request(request)
        response.read()
        if fatal and self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        return response

    def close(self) -> None:
        self._inner.close()


class TooLate(RuntimeError):
    """A busy machine: what was to be paused had ended. The cell says nothing, and is made anew with a longer run."""


def run(strategy: str, place: Place, object: str, numbers: range, answer: Path, at: int = 0, after: bool = False):
    """The process: one run, which leaves what it has to tell in a file unless it is killed."""
    transport = Deadly(at, after) if at else None
    told = STRATEGIES[strategy](place, [KINDS[object].write(n) for n in numbers], transport)
    answer.write_text(json.dumps(told.shown()))


def process_cell(cell: str, object: str, strategy: str, writes: int, longer: int = 1, seed: int = 7) -> Result:
    """One strategy in one cell, counted like the others.

    Args:
        longer: makes the run that is to be paused last so many times as long, for a machine on which others start late.
    """
    kind, result, started = KINDS[object], Result(), time.monotonic()
    dice = random.Random(seed)
    for number in rounds(kind, writes):
        slow: Faults = [
            {
                "kind": "delay",
                "seconds": min(LONG_DELAY * longer, MOST_DELAY) if cell == TWO else DELAY,
                "probability": 1.0,
            }
        ]
        with account(kind, number, on(kind, slow, seed)) as (server, place):
            if cell == TWO:
                place = replace(place, workers=max(1, number // (BATCHES * longer)))
                _two_runners(strategy, kind, place, number, result, partial(_total, kind, server, number))
            else:
                _killed(strategy, kind, place, number, result, dice, after=cell == AFTER)
            time.sleep(LATE)
            result.count(kind.held(server.gorgias, number), number)
            if strategy == "gate":
                result.second += STRATEGIES["gate"](place, [kind.write(n) for n in range(number)]).sent
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _killed(
    strategy: str, kind: Kind, place: Place, number: int, result: Result, dice: random.Random, after: bool
) -> None:
    """Start, kill, start again; the last run may end."""
    step = max(2, number // (KILLS + 1))
    for turn in range(RUNS := KILLS + 3):  # noqa: N806
        at = dice.randint(1, step) if turn < KILLS else 0
        process, answer = _start(strategy, kind, place, number, turn, at, after)
        process.join()
        if answer.exists() and not (told := Told(**json.loads(answer.read_text()))).ended:
            note(result, told)
            result.restarts += turn
            return
        result.fired += process.exitcode == -signal.SIGKILL
    raise RuntimeError(f"{strategy} did not end in {RUNS} runs")


def _two_runners(strategy: str, kind: Kind, place: Place, number: int, result: Result, held: Callable[[], int]) -> None:
    """Pause the first run in the middle until a second one works, then let it go on beside it."""
    gate = strategy == "gate"
    first, told_first = _start(strategy, kind, place, number, 1)
    _wait_until(lambda: held() > 0)
    if gate:
        refused, told = _start(strategy, kind, place, number, 2)
        refused.join()
        result.add("refused while the first is alive", int("LeaseHeld" in told.read_text()))
    fence, before = (_pause(first, place) if gate else _stop(first)), held()
    try:
        if before >= number:
            raise TooLate("the first run had written all of it before it could be paused")
        second, told_second = _start(strategy, kind, place, number, 3)
        _wait_until(lambda: (_fence(place) > fence if gate else held() > before) or not second.is_alive())
    finally:
        _signal(first, signal.SIGCONT)
    first.join()
    second.join()
    result.fired += 1
    note(result, Told(**json.loads(told_second.read_text())))
    if gate:
        result.add("first one fenced", int("Fenced" in told_first.read_text()))


def _stop(process: BaseProcess) -> int:
    _signal(process, signal.SIGSTOP)
    return 0


def _signal(process: BaseProcess, number: signal.Signals) -> None:
    if not process.pid or not process.is_alive():
        raise TooLate("the first run ended before it could be paused")
    os.kill(process.pid, number)


def _pause(process: BaseProcess, place: Place) -> int:
    """Stop a run between two commits: in one, it would hold SQLite's lock and nobody could take over.

    Returns:
        The fencing number that it holds.
    """
    while True:
        _stop(process)
        probe = sqlite3.connect(place.home / "ledger.sqlite", timeout=0, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            return _fence(place)
        except sqlite3.OperationalError:
            _signal(process, signal.SIGCONT)
            time.sleep(0.005)
        finally:
            probe.close()


def _total(kind: Kind, server: RunningGorgias, number: int) -> int:
    return kind.held(server.gorgias, number).total()


def _start(
    strategy: str, kind: Kind, place: Place, number: int, turn: int, at: int = 0, after: bool = False
) -> tuple[BaseProcess, Path]:
    answer = place.home / f"told-{turn}"
    process = _processes.Process(target=run, args=(strategy, place, kind.name, range(number), answer, at, after))
    process.start()
    return process, answer


def _fence(place: Place) -> int:
    ledger = place.ledger()
    lease: Lease | None = ledger.leases.current()
    ledger.close()
    return lease.fence if lease else 0


def _wait_until(true: Callable[[], bool]) -> None:
    latest = time.monotonic() + START_SECONDS
    while not true():
        if time.monotonic() > latest:
            raise TimeoutError("a run of the benchmark does not move")
        time.sleep(0.002)
