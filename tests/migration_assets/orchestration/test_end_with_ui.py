"""Processes of a UI end with the command that started them, also where that was killed outright."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from migration_assets.orchestration.end_with_ui import LOCK_VARIABLE

CHILD = """
import time
from migration_assets.orchestration.end_with_ui import end_with_ui
end_with_ui()
print("up", flush=True)
time.sleep(60)
"""
COMMAND = """
import os, subprocess, sys, time
from pathlib import Path
from migration_assets.orchestration.single_instance_lock import single_instance_lock
home = Path(sys.argv[1])
with single_instance_lock(home, "`migrate ui`", name="ui"):
    environment = {**os.environ, sys.argv[2]: str(home / "ui.lock")}
    child = subprocess.Popen([sys.executable, "-c", sys.argv[3]], env=environment, start_new_session=True)
    print(child.pid, flush=True)
    time.sleep(60)
"""


def _gone(process: int) -> bool:
    try:
        return b"\nState:\tZ" in Path(f"/proc/{process}/status").read_bytes()
    except OSError:
        return True


def test_the_children_of_a_killed_ui_end_at_once_and_its_lock_is_free(tmp_path: Path):
    arguments = [sys.executable, "-c", COMMAND, str(tmp_path), LOCK_VARIABLE, CHILD]
    command = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    lines = [command.stdout.readline(), command.stdout.readline()]
    assert "up\n" in lines
    child = int(next(line for line in lines if line != "up\n"))
    assert not _gone(child)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    deadline = time.monotonic() + 10
    while not _gone(child):
        assert time.monotonic() < deadline, "the child goes on without its command"
        time.sleep(0.02)


def test_a_process_that_no_command_started_watches_nothing():
    code = "import threading\nfrom migration_assets.orchestration.end_with_ui import end_with_ui\nend_with_ui()\n"
    environment = {name: value for name, value in os.environ.items() if name != LOCK_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(threading.active_count())"], env=environment, stdout=-1, check=False
    )
    assert done.stdout == b"1\n"
