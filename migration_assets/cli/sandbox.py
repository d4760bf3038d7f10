"""The sandbox as a child process of `migrate demo` and `migrate ui`: generate, serve, ask for its numbers, end.

Only here does the command talk to the sandbox's control addresses, which no real account has; hence urllib rather
than the clients in resources/.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_assets.settings import Target

GORGIAS_RATE = "4000/20"
IVINEX_RATE = 200
END_SECONDS = 10


class SandboxFailed(Exception):
    """The sandbox could not be generated or started, or answered no more."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        dataset: the folder that it serves.
    """

    process: "subprocess.Popen[str]"
    dataset: Path
    ivinex: str
    gorgias: str
    ivinex_auth: tuple[str, str]
    gorgias_auth: tuple[str, str]

    def environment(self, home: Path) -> dict[str, str]:
        """The settings of a migration in `home` that works on this sandbox."""
        site = json.loads((self.dataset / "site.json").read_text(encoding="utf-8"))
        return {
            "MIGRATION_TARGET": str(Target.demo),
            "MIGRATION_HOME": str(home),
            "DAGSTER_HOME": str(home / "dagster"),
            "IVINEX_BASE_URL": self.ivinex,
            "IVINEX_USERNAME": self.ivinex_auth[0],
            "IVINEX_PASSWORD": self.ivinex_auth[1],
            "IVINEX_TIMEZONE": site["time_zone"],
            "IVINEX_REQUESTS_PER_SECOND": str(IVINEX_RATE),
            "GORGIAS_BASE_URL": self.gorgias,
            "GORGIAS_EMAIL": self.gorgias_auth[0],
            "GORGIAS_API_KEY": self.gorgias_auth[1],
        }

    def stats(self) -> dict[str, Any]:
        """`{"ivinex": {...}, "gorgias": {...}}`: requests by call, throttled, first and last time."""
        return {"ivinex": _ask(self.ivinex, "stats"), "gorgias": _ask(self.gorgias, "stats")}

    def outbox(self) -> dict[str, list[Any]]:
        """What Gorgias would have mailed: `mails`, and `undeliverable` (to stub addresses)."""
        return dict(_ask(self.gorgias, "outbox"))

    def end(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


SET_FOR_REAL_ACCOUNTS = ("LEDGER_URL", "GORGIAS_ACCESS_TOKEN")
"""Variables that must not reach a demo: its books would land among a real account's."""


@contextmanager
def migration_environment(sandbox: Sandbox, home: Path) -> Iterator[None]:
    """This process's environment points at the sandbox and at `home`, and at nothing else, until the end."""
    before = dict(os.environ)
    for name in SET_FOR_REAL_ACCOUNTS:
        os.environ.pop(name, None)
    os.environ.update(sandbox.environment(home))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class DatasetSize:
    """What the generator is asked for; equal values give equal bytes.

    Attributes:
        until: the last day; the clocks changed in the weeks before the default.
    """

    tickets: int
    seed: int
    days: int
    profile: str
    until: str = "2026-04-15"


def generate(folder: Path, size: DatasetSize) -> None:
    """Write a dataset.

    Raises:
        SandboxFailed: the generator said no; its words are passed on.
    """
    options = [f"--{name}={value}" for name, value in vars(size).items()]
    done = subprocess.run(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, "-m", "sandbox", "generate", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SandboxFailed(f"The dataset could not be generated: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def serving(dataset: Path, state_file: Path) -> Iterator[Sandbox]:
    """The sandbox on free loopback ports; it ends with the block, or with this process.

    It has a process group of its own, so that a Ctrl-C reaches the migration first and the servers still answer
    the requests in flight.

    Raises:
        SandboxFailed: it did not start.
    """
    options = ["--rate", GORGIAS_RATE, "--ivinex-rate", str(IVINEX_RATE), "--state-file", str(state_file)]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "sandbox", "serve", str(dataset), *options, "--parent", str(os.getpid())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        raise SandboxFailed(f"The sandbox did not start: {process.stderr.read().strip()}")
    said = json.loads(line)
    sandbox = Sandbox(
        process, dataset, said["ivinex"], said["gorgias"], tuple(said["ivinex_auth"]), tuple(said["gorgias_auth"])
    )
    try:
        yield sandbox
    finally:
        sandbox.end()
        process.stdout.close()
        process.stderr.close()


def _ask(base_url: str, name: str) -> Any:
    try:
        with urllib.request.urlopen(f"{base_url}/_sandbox/{name}", timeout=30) as answer:  # noqa: S310 - loopback
            return json.load(answer)
    except OSError as error:
        raise SandboxFailed(f"The sandbox does not answer at {base_url}: {error}") from error
