"""`migrate ui` as a process with a sandbox; nothing of it is left behind, whatever happens.

It belongs here: starting and ending. It does not: what a person does in it (graphql_pages.py, browser_pages.py).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connected_settings import connected_to_nobody
from graphql_pages import Ui
from interrupts import hears_ctrl_c
from own_processes import working_in

from migration_assets.cli.sandbox import DatasetSize, generate, serving

MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]


@contextmanager
def running_ui(home: Path, tickets: int, days: int) -> Iterator[Ui]:
    """`migrate ui` as it starts with no setting: on a sandbox of its own, read and mapped."""
    with (
        _nothing_left(home),
        started_ui(home, {"MIGRATION_HOME": str(home)}, f"--tickets={tickets}", f"--days={days}") as ui,
    ):
        yield ui


@contextmanager
def running_ui_on_an_account(home: Path, tickets: int, days: int, seed: int = 7) -> Iterator[Ui]:
    """`migrate ui` as it starts with every setting made: nothing was read, and nobody confirmed a map."""
    dataset = home / "dataset"
    generate(dataset, DatasetSize(tickets, seed, days, "typical"))
    shutil.copytree(dataset / "admin_exports", home / "admin_exports")
    with (
        _nothing_left(home),
        serving(dataset, home / "sandbox-state.json") as sandbox,
        started_ui(home, sandbox.environment(home) | {"MIGRATION_TARGET": "staging"}) as ui,
    ):
        yield ui


@contextmanager
def running_ui_alone(home: Path) -> Iterator[Ui]:
    """The same with no site and no account behind it: for what is asked of the code location only."""
    settings = connected_to_nobody(MIGRATION_HOME=str(home), MIGRATION_TARGET="staging")
    with _nothing_left(home), started_ui(home, settings) as ui:
        yield ui


def migrate(ui: Ui, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command in a shell beside the running UI, with its settings."""
    return subprocess.run([*MIGRATE, *words], env=_only(ui.settings), capture_output=True, text=True, check=False)


@contextmanager
def started_ui(home: Path, settings: Mapping[str, str], *options: str, cwd: Path | None = None) -> Iterator[Ui]:
    """Started, and ended by one Ctrl-C."""
    process = subprocess.Popen(
        [*MIGRATE, "ui", "--json", *options],
        cwd=cwd,
        env=_only(settings),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        assert "ui" in said, said
        yield Ui(process, said["ui"], home, said.get("gorgias", ""), said.get("account", ""), settings)
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _only(settings: Mapping[str, str]) -> dict[str, str]:
    """This environment with these settings in place of any others."""
    foreign = ("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | dict(settings)


@contextmanager
def _nothing_left(home: Path) -> Iterator[None]:
    try:
        yield
        assert working_in(home) == []
    finally:
        for number in working_in(home):
            os.kill(number, signal.SIGKILL)
