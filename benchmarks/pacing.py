"""Does the pacer use the whole allowance, and never more? Measured against the sandbox's own bucket.

    python -m benchmarks.pacing [--writes 440]

Two cells at 40 requests per 2 s, every answer 50 to 300 ms late: alone, and beside a second client that takes a steady
third of the bucket. The answers 429 are counted by the server. Prints a table and writes results/pacing.json.
"""

from __future__ import annotations

import bisect
import json
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.fault_objects import KINDS, config
from resources.gorgias.client import Connection, Reader
from resources.gorgias.gate import GateOptions, WriteGate
from resources.ledger import Ledger
from resources.pacing import BucketPacer
from sandbox.serve import RunningGorgias, running_gorgias

SIZE, WINDOW, SHARE = 40, 2.0, 0.9
RATE = SIZE / WINDOW
HEAD_START = 1.0
SETTLED = 5.0
"""Seconds after which the pacer must know that somebody else is there."""
DELAYS: list[dict[str, Any]] = [
    {"kind": "delay", "seconds": 0.05},
    {"kind": "delay", "seconds": 0.05, "probability": 0.5, "seed": 1},
    {"kind": "delay", "seconds": 0.1, "probability": 0.5, "seed": 2},
    {"kind": "delay", "seconds": 0.1, "probability": 0.5, "seed": 3},
]


@dataclass(frozen=True)
class Measured:
    """One cell. `used` is the share of what the pacer might have used: of allowance x share alone, of what the
    other client left over once the pacer knows of it."""

    cell: str
    writes: int
    seconds: float
    per_second: float
    used: float
    other_per_second: float
    throttled_early: int
    throttled_later: int
    throttled_other: int
    highest_level: float


class OtherClient:
    """A live helpdesk: a steady third of the bucket's rate, on the same credential."""

    def __init__(self, server: RunningGorgias):
        self._url, self._auth = server.gorgias_url, server.gorgias_auth
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(lane,), daemon=True) for lane in range(4)]
        self.sent = self.throttled = 0

    def __enter__(self) -> OtherClient:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, lane: int) -> None:
        pause = len(self._threads) / (RATE / 3)
        with httpx.Client(base_url=self._url, auth=self._auth) as http:
            due = time.monotonic() + lane * pause / len(self._threads)
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += pause
                self.sent += 1
                self.throttled += http.get("/api/account").status_code == 429


class Watched(BucketPacer):
    """Notes when requests leave and when a 429 comes back."""

    def __init__(self) -> None:
        super().__init__(SIZE, WINDOW, SHARE)
        self.left: list[float] = []
        self.refused: list[float] = []

    def try_acquire(self, up_to: int = 1) -> tuple[int, float]:
        taken, wait = super().try_acquire(up_to)
        self.left += [time.monotonic()] * taken
        return taken, wait

    def observe(self, status: int, headers: Any, seconds: float) -> None:
        super().observe(status, headers, seconds)
        if status == 429:
            self.refused.append(time.monotonic())


def measure(writes: int, crowded: bool) -> Measured:
    """Carry out so many creates through the gate and look at when they left."""
    kind, pacer = KINDS["customer"], Watched()
    with (
        tempfile.TemporaryDirectory() as home,
        running_gorgias(config(kind, writes), rate=f"{SIZE}/{WINDOW}", faults=DELAYS) as server,
    ):
        connection = Connection(server.gorgias_url, server.gorgias_auth, pacer)
        ledger = Ledger.open(f"sqlite:///{Path(home) / 'ledger.sqlite'}", "bench")
        other = OtherClient(server)
        if crowded:
            other.__enter__()
            time.sleep(HEAD_START)
        with WriteGate(connection, Reader(connection), ledger, "bench", GateOptions()) as gate:
            tally = gate.apply(kind.write(n) for n in range(writes))
        if crowded:
            other.__exit__()
        highest = max(one.bucket.highest for one in server.server.credentials.principals())
    assert tally["done"] == writes, dict(tally.counts)
    first, last = pacer.left[0], pacer.left[-1]
    early = bisect.bisect_right(pacer.refused, first + SETTLED)
    if crowded:
        since = bisect.bisect_left(pacer.left, first + SETTLED)
        used = (len(pacer.left) - since) / ((RATE - RATE / 3) * (last - pacer.left[since]))
    else:
        used = len(pacer.left) / (SHARE * (SIZE + RATE * (last - first)))
    seconds = last - first
    return Measured(
        cell="beside a third" if crowded else "alone",
        writes=writes,
        seconds=round(seconds, 2),
        per_second=round(len(pacer.left) / seconds, 2),
        used=round(used, 4),
        other_per_second=round(other.sent / (seconds + HEAD_START), 2),
        throttled_early=early,
        throttled_later=len(pacer.refused) - early,
        throttled_other=other.throttled,
        highest_level=round(highest, 1),
    )


@click.command()
@click.option("--writes", default=440, show_default=True)
@click.option("--out", default=Path(__file__).parent / "results" / "pacing.json", type=click.Path(path_type=Path))
def main(writes: int, out: Path) -> None:
    """Measure both cells."""
    cells = [measure(writes, crowded) for crowded in (False, True)]
    names = ("cell", "writes", "s", "per s", "used", "other per s", "429 in 5 s", "429 later", "429 other", "highest")
    table = Table(*names)
    for one in cells:
        table.add_row(*(f"{value:.1%}" if name == "used" else str(value) for name, value in asdict(one).items()))
    Console().print(table)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(one) for one in cells], indent=1) + "\n")


if __name__ == "__main__":
    main()
