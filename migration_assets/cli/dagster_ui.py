"""`dagster dev` behind its guard as a child process: started, waited for, and ended so that no run is half recorded.

A run that is active when Dagster ends would stay STARTED with its pool slot (dagster.md 2.10). So backfills and runs
are asked to end first, through the same API that the UI's "Terminate" uses; then Dagster ends.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets.cli.port_holders import port_holders
from migration_assets.orchestration.end_with_ui import LOCK_VARIABLE
from migration_assets.orchestration.guarded_dagster import MODULE
from migration_assets.orchestration.stale_runs import active_backfills, unfinished_runs_of_ui

ROOT = Path(__file__).parents[2]
LOCATION = "ivinex_to_gorgias"
"""The code location, as workspace.yaml names it."""
HOST = "127.0.0.1"
START_SECONDS, LOCATIONS_AT_ONCE = 90.0, 2
"""For how long a start is waited for, and how many locations a small machine loads meanwhile, with time to spare."""
RUN_END_SECONDS = 60.0
END_SECONDS = 20.0
FORBIDDEN = 403

# Never by way of a proxy of the environment: it would see, or answer, what is for our own server.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TERMINATE = (
    "mutation($ids: [String!]!) { terminateRuns(runIds: $ids, terminatePolicy: SAFE_TERMINATE) { __typename } }"
)
_RELOAD = """mutation($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) {
  __typename ... on WorkspaceLocationEntry { locationOrLoadError { __typename } } ... on PythonError { message } } }"""
_CANCEL = "mutation($id: String!) { cancelPartitionBackfill(backfillId: $id) { __typename } }"


class UiFailed(Exception):
    """Dagster's UI did not start, or ended by itself."""


@dataclass(frozen=True)
class DagsterUi:
    """A running `dagster dev`."""

    process: "subprocess.Popen[bytes]"
    address: str
    log: Path

    def check(self) -> None:
        """Raises `UiFailed` if it ended by itself."""
        if self.process.poll() is not None:
            raise UiFailed(f"Dagster ended by itself (exit code {self.process.returncode}). Its log is {self.log}")

    def end_runs(self, instance: dg.DagsterInstance, migrations: Collection[str] = ("",)) -> int:
        """Ask active backfills and runs of the UI to end and wait for them; those that do not are marked as canceled.

        Args:
            migrations: whose runs these are; those of others in the same storage go on.

        Returns:
            How many runs were active.
        """
        with suppress(OSError, ValueError):
            for backfill in active_backfills(instance, migrations):
                self._ask(_CANCEL, {"id": backfill})
            active = unfinished_runs_of_ui(instance, migrations)
            if active:
                self._ask(_TERMINATE, {"ids": [run.run_id for run in active]})
        deadline = time.monotonic() + RUN_END_SECONDS
        active = unfinished_runs_of_ui(instance, migrations)
        while unfinished_runs_of_ui(instance, migrations) and time.monotonic() < deadline:
            time.sleep(0.2)
        for run in unfinished_runs_of_ui(instance, migrations):
            instance.report_run_canceled(run, "It did not end when the UI was closed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        return len(active)

    def reload(self) -> bool:
        """Load the code location anew, e.g. with other partitions; runs that are under way keep the code they have.

        Returns:
            Whether it is loaded; where not, the one before stays.
        """
        try:
            said = self._ask(_RELOAD, {"name": LOCATION})["data"]["reloadRepositoryLocation"]
            return bool(said["locationOrLoadError"]["__typename"] == "RepositoryLocation")
        except (OSError, ValueError, KeyError, TypeError):  # no answer, or one without a loaded location
            return False

    def end(self) -> None:
        """Ctrl-C for Dagster; whatever is left of its process group is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Every process of the group, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _ask(self, query: str, variables: dict[str, Any]) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(  # noqa: S310 - our own loopback server
            f"{self.address}/graphql", body, {"Content-Type": "application/json"}
        )
        with _OPENER.open(request, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def dagster_ui(
    log: Path, port: int = 0, lock: Path | None = None, workspace: Path | None = None, locations: int = 1
) -> Iterator[DagsterUi]:
    """Webserver and daemon on the DAGSTER_HOME of the environment, in a process group of their own.

    Args:
        port: 0 takes a free one.
        lock: held by this process for its life; where it is killed, what it started ends too (end_with_ui.py).
        workspace: of several migrations, whose files are in the folder of this process.
        locations: how many it loads before it answers, each of which takes CPU of its own.

    Raises:
        UiFailed: the port is taken, it did not answer in time, or answers without its guard; names its log.
    """
    if port:
        require_free(port)
    port = port or _free_port()
    command = [sys.executable, "-m", MODULE, "dev", "--workspace", str(workspace or ROOT / "workspace.yaml")]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--host", HOST, "--port", str(port)],
            cwd=Path.cwd() if workspace else ROOT,
            env={**os.environ, **({LOCK_VARIABLE: str(lock)} if lock else {})},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    ui = DagsterUi(process, f"http://{HOST}:{port}", log)
    try:
        _wait_until_up(ui, START_SECONDS * max(1.0, locations / LOCATIONS_AT_ONCE))
        require_guard(ui)
        _require_own(ui, port)
        yield ui
    finally:
        ui.end()


def _wait_until_up(ui: DagsterUi, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ui.check()
        try:
            with _OPENER.open(f"{ui.address}/server_info", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise UiFailed(f"Dagster's UI did not answer on {ui.address} within {seconds:.0f} s. Its log is {ui.log}")


def require_guard(ui: DagsterUi) -> None:
    """Make sure that a request in a foreign name is refused, so that no upgrade of Dagster takes the guard away.

    Raises:
        UiFailed: it is answered.
    """
    foreign = urllib.request.Request(f"{ui.address}/server_info", headers={"Host": "guard.invalid"})  # noqa: S310
    try:
        with _OPENER.open(foreign, timeout=30):
            pass
    except urllib.error.HTTPError as error:
        if error.code == FORBIDDEN:
            return
    raise UiFailed(
        "Dagster's webserver answered a request in a foreign name, so its guard is not in place and it was ended: any "
        "page in your browser could have used it. Install the versions of constraints.txt (delete .venv, then `make "
        f"setup`). Its log is {ui.log}"
    )


def require_free(port: int) -> None:
    """Make sure that nobody answers on this port: what is there would be taken for this UI, and is another one's.

    Raises:
        UiFailed: it is taken; says by whom, and what to do.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind((HOST, port))
            return
    raise UiFailed(_taken(port))


def _taken(port: int) -> str:
    holders = port_holders(port)
    by = (
        "; ".join(one.description() for one in holders)
        or "another program (of another user, or one that cannot be named)"
    )
    end = f"end it (`kill {' '.join(str(one.process) for one in holders)}`)" if holders else "end it"
    return (
        f"Port {port} is taken by {by}. What answers there is not this home. Start `migrate ui` without --port, which "
        f"takes a free one, or {end} and start again. Nothing was started."
    )


def _require_own(ui: DagsterUi, port: int) -> None:
    """Where another program took the port meanwhile, its pages must not pass for this home's."""
    holders = port_holders(port)
    if holders and not any(one.group == ui.process.pid for one in holders):
        raise UiFailed(_taken(port))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
