"""The faults of the matrix, and one cell: a fault on an object, three strategies, counted in the account's own state.

Faults on the wire are here; kills and second runners, which need processes, are in killed_runs.py.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fault_objects import KINDS, Kind, config
from benchmarks.strategies import OPTIONS, STRATEGIES, Place, Told
from sandbox.serve import RunningGorgias, running_gorgias

PROBABILITY = 0.3
LATE = 0.3
"""Seconds: a commit that comes after the connection was dropped, and a create that lists do not show yet."""
BEYOND = 2 * OPTIONS.settling
RESTARTS = 10
RATE = "4000/20"

Faults = list[dict[str, Any]]

WIRE: dict[str, Faults] = {
    "timeout after commit": [{"kind": "hang_after"}],
    "502 after commit": [{"kind": "status_after", "status": 502}],
    "reset before sending": [{"kind": "reset_before"}],
    "reset after commit": [{"kind": "reset_after"}],
    "late commit": [{"kind": "late_write", "seconds": LATE}],
    "truncated answer": [{"kind": "truncate"}],
    "HTML for JSON": [{"kind": "html"}],
    "429 with Retry-after": [{"kind": "throttle", "retry_after": 1}],
    "429 without": [{"kind": "throttle"}],
    "late visibility": [{"kind": "late_visibility", "seconds": LATE, "probability": 1.0}, {"kind": "reset_after"}],
    "all of them": [
        {"kind": kind, "probability": 0.06, "seconds": LATE if kind == "late_write" else 0, "method": "*", "route": "*"}
        for kind in ("hang_after", "status_after", "reset_before", "reset_after", "late_write", "truncate", "html")
    ],
}


@dataclass
class Result:
    """One strategy in one cell.

    Attributes:
        lost, doubled: counted in the account.
        fired: faults that hit a call, or kills and pauses.
        second: requests that the gate sends when it is run once more; 0 where nothing is left to do.
        reported: doubles that the walk after the load names; wrongly_reported: others that it names.
    """

    lost: int = 0
    doubled: int = 0
    fired: int = 0
    sent: int = 0
    restarts: int = 0
    second: int = 0
    conflicts: int = 0
    reported: int = 0
    wrongly_reported: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, name: str, number: int) -> None:
        self.notes[name] = self.notes.get(name, 0) + number

    def count(self, held: Counter[int], writes: int) -> None:
        self.lost += sum(held[n] == 0 for n in range(writes))
        self.doubled += sum(max(0, times - 1) for times in held.values())


def rounds(kind: Kind, writes: int) -> list[int]:
    """Writes per account: all, or as many as an account takes."""
    size = kind.cap or writes
    return [min(size, writes - start) for start in range(0, writes, size)]


@contextmanager
def account(kind: Kind, writes: int, faults: Faults) -> Iterator[tuple[RunningGorgias, Place]]:
    """A served account with these faults, and a fresh folder."""
    with (
        tempfile.TemporaryDirectory() as home,
        running_gorgias(config(kind, writes), rate=RATE, faults=faults) as server,
    ):
        yield server, Place(server.gorgias_url, server.gorgias_auth, Path(home))


def on(kind: Kind, faults: Faults, seed: int) -> Faults:
    """Faults aimed at the writes of an object, seeded."""
    aimed = {"method": kind.method, "route": kind.route, "probability": PROBABILITY}
    return [aimed | fault | {"seed": seed + number} for number, fault in enumerate(faults)]


def wire_cell(fault: str, object: str, strategy: str, writes: int, seed: int = 7) -> Result:
    """Run a strategy until it says that it is through, then look into the account; then run it once more."""
    kind, result, started = KINDS[object], Result(), time.monotonic()
    for turn, number in enumerate(rounds(kind, writes)):
        with account(kind, number, on(kind, WIRE[fault], seed + 100 * turn)) as (server, place):
            work = [kind.write(n) for n in range(number)]
            note(result, _until_through(strategy, place, work, result))
            time.sleep(LATE)
            result.count(kind.held(server.gorgias, number), number)
            result.fired += sum(fault.fired for fault in server.server.faults.faults)
            server.server.faults.replace([], "faults")
            if strategy == "gate":
                result.second += STRATEGIES["gate"](place, work).sent
    result.seconds = round(time.monotonic() - started, 1)
    return result


def note(result: Result, told: Told) -> None:
    result.sent += told.sent
    result.conflicts += told.conflicts
    for name in ("adopted", "refused", "given_up"):
        if name in told.counts:
            result.add(name, told.counts[name])


def _until_through(strategy: str, place: Place, work: list[Any], result: Result) -> Told:
    told = STRATEGIES[strategy](place, work)
    while told.ended and result.restarts < RESTARTS:
        result.restarts += 1
        told = STRATEGIES[strategy](place, work)
    return told
