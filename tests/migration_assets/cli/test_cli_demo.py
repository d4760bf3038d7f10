"""`migrate demo` as a user runs it: a process of its own, from the dataset to the proof."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from own_processes import working_in

MIGRATE = [sys.executable, "-c", "from migration_assets.cli import main; main()"]


@pytest.mark.timeout(600)
def test_a_demo_balances_sends_no_mail_and_writes_nothing_the_second_time(home: Path):
    done = subprocess.run(
        [*MIGRATE, "demo", "--tickets", "10", "--days", "2", "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert all(row["balanced"] for row in said["books"])
    tickets = next(row for row in said["books"] if row["object"] == "tickets")
    assert tickets["source"] == tickets["created"] == 10
    assert said["mails"] == 0
    assert said["first_pass"]["writes"] > 10
    assert said["second_pass_writes"] == 0
    verified = said["verification"]
    assert (verified["differences"], verified["not_compared"], verified["second_pass_plan"]) == (0, 0, 0)
    for row in verified["objects"]:
        assert row["equal"] == row["compared"] == row["written"], row
        assert row["calls"] <= 1.01 * row["calls_minimum"], row
    assert said["first_pass"]["throttled"] == 0
    assert said["exit_code"] == 0
    assert Path(said["report"]).is_file()
    assert working_in(home) == []


@pytest.mark.acceptance
def test_a_demo_that_is_ended_says_how_to_go_on_and_leaves_nothing_running(home: Path):
    process = subprocess.Popen(
        [*MIGRATE, "demo", "--tickets", "5", "--days", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("discover:"):
            break
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=150)
    assert process.returncode == 1
    assert "run the same command again" in said.replace("\n", " ")
    assert "Traceback" not in said
    assert working_in(home) == []
