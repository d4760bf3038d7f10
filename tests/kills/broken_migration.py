"""`migrate` as processes that are ended from outside, against a sandbox of their own: what the tests here share.

A moment is given in requests that a server has counted, not in seconds: so it falls into the work on a fast machine
and on a slow one.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_assets.cli.sandbox import DatasetSize, Sandbox, generate, serving

MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]
PATIENCE = {
    "GORGIAS_SETTLING_SECONDS": "1",
    "GORGIAS_LEASE_SECONDS": "2",
    "GORGIAS_TIMEOUT_SECONDS": "3",
}
ANSWERS_LATE = [{"kind": "delay", "seconds": 0.05}]
"""So that there are always requests in flight when a run is killed."""
POLL = 0.02
LIMIT = 600.0


@dataclass(frozen=True)
class Moment:
    """When a run is ended: so many requests at a server, and then some.

    Attributes:
        server: `ivinex` counts the requests of this run; `gorgias` the writes of all runs so far.
        after: seconds that pass once the count is reached.
    """

    server: str
    requests: int
    after: float


@dataclass(frozen=True)
class Ended:
    """A `migrate` that ended, by itself or not."""

    code: int
    said: dict[str, Any]
    told: str


@dataclass
class Account:
    """A served sandbox and the home of its migration."""

    sandbox: Sandbox
    home: Path

    def migrate(self, *words: str, end: Moment | None = None, with_signal: int = signal.SIGKILL) -> Ended:
        """Run a command; with `end`, send the signal at that moment, unless the command ended before."""
        environment = self._environment()
        before = self.requests("ivinex")
        process = subprocess.Popen(
            [*MIGRATE, *words, "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            if end is not None and self._reached(process, end, before):
                time.sleep(end.after)
                process.send_signal(with_signal)
            out, told = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
            process.wait()
        return Ended(process.returncode, json.loads(out) if out else {}, told)

    def requests(self, server: str) -> int:
        """Requests that the server has answered; of Gorgias, the writes."""
        counted: dict[str, int] = self.sandbox.stats()[server]["requests"]
        return sum(count for call, count in counted.items() if server == "ivinex" or not call.startswith("GET "))

    def state(self) -> bytes:
        """The canonical state of the target: equal bytes mean equal accounts."""
        with urllib.request.urlopen(f"{self.sandbox.gorgias}/_sandbox/state?canonical=1", timeout=60) as answer:
            return answer.read()

    def _reached(self, process: "subprocess.Popen[str]", end: Moment, before: int) -> bool:
        target = end.requests + (before if end.server == "ivinex" else 0)
        while self.requests(end.server) < target:
            if process.poll() is not None:
                return False
            time.sleep(POLL)
        return True

    def _environment(self) -> dict[str, str]:
        foreign = ("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return inherited | self.sandbox.environment(self.home) | PATIENCE


@contextmanager
def account(discovered: Path, folder: Path) -> Iterator[Account]:
    """A new, empty target with a copy of a home that is discovered and confirmed."""
    shutil.copytree(discovered, folder)
    with serving(folder / "dataset", folder / "sandbox-state.json") as sandbox:
        _late(sandbox)
        yield Account(sandbox, folder)


def discovered_home(folder: Path, size: DatasetSize) -> Path:
    """A dataset, and a migration of it that has a confirmed map and has written nothing."""
    folder.mkdir()
    generate(folder / "dataset", size)
    shutil.copytree(folder / "dataset" / "admin_exports", folder / "admin_exports")
    with serving(folder / "dataset", folder / "sandbox-state.json") as sandbox:
        here = Account(sandbox, folder)
        for words in (["discover"], ["mapping", "confirm", "--by", "test"]):
            ended = here.migrate(*words)
            assert ended.code == 0, ended.told
    (folder / "sandbox-state.json").unlink(missing_ok=True)
    return folder


def moments(seed: int, kills: int, ivinex: int, writes: int) -> list[Moment]:
    """Moments in a row for runs that go on where the last one was ended.

    Three of four are in or after the writes, which a run does not repeat, so these rise; the others are while the
    source is read, which each run does anew.
    """
    dice = random.Random(seed)
    reading = kills // 4
    rising = sorted(dice.randint(1, writes) for _ in range(kills - reading))
    loads = [Moment("gorgias", count, dice.uniform(0, 0.2)) for count in rising]
    reads = [Moment("ivinex", dice.randint(1, ivinex), dice.uniform(0, 1.5)) for _ in range(reading)]
    for one in reads:
        loads.insert(dice.randint(0, len(loads)), one)
    return loads


def _late(sandbox: Sandbox) -> None:
    request = urllib.request.Request(
        f"{sandbox.gorgias}/_sandbox/faults", json.dumps(ANSWERS_LATE).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
