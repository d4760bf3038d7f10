"""Does the pacer use the whole allowance, and leave others room? Measured against the sandbox's own bucket.

    python -m benchmarks.pacing [--seconds 130]

Cells at 40 requests per 20 s, every answer 50 to 300 ms late, side by side: alone; beside a client that takes a steady
third of the bucket; beside one that sends 7 requests at once every 10 s, by day (a quarter is kept free) and at night;
and a helpdesk whose hours end in the middle. Answers 429 are counted on either side. Prints a table and writes
results/pacing.json.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.fault_objects import KINDS, config
from resources.gorgias.client import Connection, Reader
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.pacing import BucketPacer
from resources.working_hours import QUARTER
from sandbox.serve import RunningGorgias, running_gorgias

SIZE, WINDOW, SHARE = 40, 20.0, 0.9
RATE = SIZE / WINDOW
HEAD_START = 1.0
SETTLED = 5.0
"""Seconds after which the pacer must know that somebody else is there."""
BATCH = 20
DELAYS: list[dict[str, Any]] = [
    {"kind": "delay", "seconds": 0.05},
    {"kind": "delay", "seconds": 0.05, "probability": 0.5, "seed": 1},
    {"kind": "delay", "seconds": 0.1, "probability": 0.5, "seed": 2},
    {"kind": "delay", "seconds": 0.1, "probability": 0.5, "seed": 3},
]


@dataclass(frozen=True)
class Cell:
    """What another client does: `burst` requests at once every `every` seconds, while the shop works.

    Attributes:
        day: the part of the time, from its beginning, in which the shop works.
        keeps: a reserve is kept free while it does.
    """

    name: str
    burst: int = 0
    every: float = 0.0
    day: float = 1.0
    keeps: bool = False


CELLS = (
    Cell("alone"),
    Cell("beside a steady third", 1, 3 / RATE),
    Cell("bursts of 7 every 10 s, by day", 7, 10.0, keeps=True),
    Cell("bursts of 7 every 10 s, at night", 7, 10.0),
    Cell("bursts until the shop closes", 7, 10.0, day=0.5, keeps=True),
)


@dataclass(frozen=True)
class Measured:
    """One cell. `used` is the share of what the pacer might have used after it knew of the other: of the rate times
    the share, or of what the other left over where that is less."""

    cell: str
    seconds: float
    requests: int
    per_second: float
    used: float
    refused: int
    other: int
    other_refused: int
    other_refused_share: float
    highest_level: float


class OtherClient:
    """A live helpdesk on the same credential."""

    def __init__(self, server: RunningGorgias, cell: Cell, seconds: float):
        self._url, self._auth, self._cell = server.gorgias_url, server.gorgias_auth, cell
        self._until = time.monotonic() + cell.day * seconds
        self._stop = threading.Event()
        self.sent: list[float] = []
        self.refused = 0

    @contextmanager
    def working(self) -> Iterator[None]:
        thread = threading.Thread(target=self._work, daemon=True)
        if self._cell.burst:
            thread.start()
            time.sleep(HEAD_START)
        yield
        self._stop.set()
        if self._cell.burst:
            thread.join()

    def _work(self) -> None:
        with httpx.Client(base_url=self._url, auth=self._auth) as http, ThreadPoolExecutor(16) as pool:
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())) and time.monotonic() < self._until:
                due += self._cell.every
                asked = [pool.submit(http.get, "/api/account") for _ in range(self._cell.burst)]
                self.sent += [time.monotonic()] * len(asked)
                self.refused += sum(one.result().status_code == 429 for one in asked)


class Watched(BucketPacer):
    """Notes when requests leave."""

    left: list[float]

    def try_acquire(self, up_to: int = 1) -> tuple[int, float]:
        taken, wait = super().try_acquire(up_to)
        self.left += [time.monotonic()] * taken
        return taken, wait


def measure(cell: Cell, seconds: float) -> Measured:
    """Carry out creates through the gate for so long, and look at when they left."""
    kind, writes = KINDS["customer"], int(SIZE + RATE * seconds) // BATCH * BATCH
    with (
        tempfile.TemporaryDirectory() as home,
        running_gorgias(config(kind, writes), rate=f"{SIZE}/{WINDOW}", faults=DELAYS) as server,
    ):
        begun = time.monotonic()
        open_until = begun + cell.day * seconds
        pacer = Watched(
            *(SIZE, WINDOW, SHARE),
            reserve=lambda size: QUARTER * size if cell.keeps and time.monotonic() < open_until else 0.0,
        )
        pacer.left = []
        connection = Connection(server.gorgias_url, server.gorgias_auth, pacer)
        ledger = Ledger.open(f"sqlite:///{Path(home) / 'ledger.sqlite'}", "bench")
        other = OtherClient(server, cell, seconds)
        with other.working(), Writer(connection, Reader(connection), ledger, "bench", WriterOptions()) as gate:
            ends = time.monotonic() + seconds
            for first in range(0, writes, BATCH):
                if time.monotonic() < ends:
                    gate.apply(kind.write(n) for n in range(first, first + BATCH))
        highest = max(one.bucket.highest for one in server.server.credentials.principals())
    since, until = pacer.left[0] + SETTLED, pacer.left[-1]
    own = sum(since <= one for one in pacer.left)
    theirs = sum(since <= one <= until for one in other.sent)
    might = min(SHARE * RATE * (until - since), RATE * (until - since) - theirs)
    return Measured(
        cell=cell.name,
        seconds=round(until - pacer.left[0], 1),
        requests=len(pacer.left),
        per_second=round(len(pacer.left) / (until - pacer.left[0]), 2),
        used=round(own / might, 4),
        refused=pacer.throttled,
        other=len(other.sent),
        other_refused=other.refused,
        other_refused_share=round(other.refused / max(1, len(other.sent)), 4),
        highest_level=round(highest, 1),
    )


@click.command()
@click.option("--seconds", default=130.0, show_default=True, help="Length of each cell; all run side by side.")
@click.option("--out", default=Path(__file__).parent / "results" / "pacing.json", type=click.Path(path_type=Path))
def main(seconds: float, out: Path) -> None:
    """Measure all cells."""
    with ThreadPoolExecutor(len(CELLS)) as pool:
        cells = list(pool.map(lambda cell: measure(cell, seconds), CELLS))
    table = Table("cell", "s", "requests", "per s", "used", "429", "other", "other's 429", "share of them", "highest")
    for one in cells:
        shares = {"used", "other_refused_share"}
        table.add_row(*(f"{value:.1%}" if name in shares else str(value) for name, value in asdict(one).items()))
    Console(width=140).print(table)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(one) for one in cells], indent=1) + "\n")


if __name__ == "__main__":
    main()
