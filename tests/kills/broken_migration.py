"""`migrate` as a process that is ended from outside, against a sandbox of its own: what the tests here share.

A moment is given in requests that a server has counted, not in seconds: so it falls into the work on a fast machine
and on a slow one. What nobody ends runs in this process, which saves its start.
"""

import json
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from connected_settings import connected_to
from mini_migration import clean_environment, mini_migration

from migration_assets.cli import main
from migration_assets.orchestration.dagster_home import open_instance
from migration_assets.settings_source import load_settings
from sandbox.generator.generate import generate_dataset
from sandbox.gorgias.canonical import state
from sandbox.gorgias.control import outbox
from sandbox.serve import Running, running

MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]
PATIENCE = {
    "GORGIAS_SETTLING_SECONDS": "1",
    "GORGIAS_LEASE_SECONDS": "2",
    "GORGIAS_TIMEOUT_SECONDS": "3",
}
ANSWERS_LATE: list[dict[str, Any]] = [{"kind": "delay", "seconds": 0.05}]
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

    sandbox: Running
    home: Path

    def migrate(self, *words: str) -> Ended:
        """Run a command to its end."""
        with clean_environment(**self._settings()):
            done = CliRunner().invoke(main, [*words, "--json"])
        return Ended(done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr)

    def migrate_until(self, end: Moment, with_signal: int, *words: str) -> Ended:
        """Run a command and send it the signal at that moment, unless it ended before."""
        before = self.requests("ivinex")
        with clean_environment(**self._settings()):
            process = subprocess.Popen(
                [*MIGRATE, *words, "--json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        try:
            if self._reached(process, end, before):
                time.sleep(end.after)
                process.send_signal(with_signal)
            out, told = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
            process.wait()
        return Ended(process.returncode, json.loads(out) if out else {}, told)

    def requests(self, server: str) -> int:
        """Requests that the server has answered; of Gorgias, the writes of records, not what is switched off and on."""
        url = self.sandbox.ivinex_url if server == "ivinex" else self.sandbox.gorgias_url
        with urllib.request.urlopen(f"{url}/_sandbox/stats", timeout=60) as answer:
            counted: dict[str, int] = json.load(answer)["requests"]
        aside = ("GET ", "PUT /api/account/settings/")
        return sum(count for call, count in counted.items() if server == "ivinex" or not call.startswith(aside))

    @contextmanager
    def slow_tickets(self, seconds: float) -> Iterator[None]:
        """Each create of a ticket is answered so late: a signal falls before the last on a busy machine too."""
        self._answers([*ANSWERS_LATE, {"kind": "delay", "method": "POST", "route": "/api/tickets", "seconds": seconds}])
        try:
            yield
        finally:
            self._answers(ANSWERS_LATE)

    def _answers(self, faults: list[dict[str, Any]]) -> None:
        url = f"{self.sandbox.gorgias_url}/_sandbox/faults"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(faults).encode()), timeout=60):
            return

    def state(self) -> bytes:
        """The canonical state of the target: equal bytes mean equal accounts."""
        return state(self.sandbox.gorgias, canonical=True)

    def mails(self) -> list[Any]:
        return outbox(self.sandbox.gorgias)["mails"]

    def _reached(self, process: "subprocess.Popen[str]", end: Moment, before: int) -> bool:
        target = end.requests + (before if end.server == "ivinex" else 0)
        while self.requests(end.server) < target:
            if process.poll() is not None:
                return False
            time.sleep(POLL)
        return True

    def _settings(self) -> dict[str, str]:
        home = {"MIGRATION_HOME": str(self.home), "DAGSTER_HOME": str(self.home / "dagster")}
        told = connected_to(self.sandbox, MIGRATION_TARGET="demo", IVINEX_REQUESTS_PER_SECOND="200", **home)
        del told["GORGIAS_ALLOWANCE"]
        return told | PATIENCE


@contextmanager
def account(discovered: Path, folder: Path) -> Iterator[Account]:
    """A new, empty target with a copy of a home that is discovered and confirmed."""
    shutil.copytree(discovered, folder)
    with running(folder / "dataset", faults=ANSWERS_LATE) as sandbox:
        yield Account(sandbox, folder)


def discovered_home(folder: Path, tickets: int, seed: int, days: int) -> Path:
    """A dataset, and a migration of it that has a confirmed map, an empty instance, and has written nothing."""
    generate_dataset(folder / "dataset", tickets=tickets, seed=seed, days=days)
    home = folder / "home"
    with mini_migration(folder / "dataset", home) as migration:
        migration.discover()
        with clean_environment(**Account(migration.sandbox, home)._settings()), open_instance(load_settings()):
            pass  # made once, so that no run pays for it
    return home


def moments(seed: int, kills: int, ivinex: int, writes: int) -> list[Moment]:
    """Moments in a row for runs that go on where the last one was ended.

    Three of four are in or after the writes, which a run does not repeat, so these rise. The others come first, while
    the source is read: each run does that anew until it has a reading that is proved, which is used again.
    """
    dice = random.Random(seed)
    reading = kills // 4
    reads = [Moment("ivinex", dice.randint(1, ivinex // 2), dice.uniform(0, 0.2)) for _ in range(reading)]
    rising = sorted(dice.randint(1, writes) for _ in range(kills - reading))
    return [*reads, *(Moment("gorgias", count, dice.uniform(0, 0.2)) for count in rising)]
