"""Who holds the account's lease, as somebody sees it who only looks."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from migration_assets.orchestration.home_id import home_id
from migration_assets.orchestration.lease_life import holder_is_gone
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from resources.ledger.lease import Lease

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def lease_of(holder: str) -> Lease:
    return Lease(1, holder, NOW, NOW, NOW + timedelta(seconds=30))


@pytest.fixture
def ended_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_command_of_this_home_is_gone_as_soon_as_nobody_holds_the_lock(tmp_path: Path) -> None:
    lease = lease_of(f"here process {os.getpid()} `migrate run` [home {home_id(tmp_path)}]")
    with single_instance_lock(tmp_path, "`migrate run`"):
        assert not holder_is_gone(lease, tmp_path)
    assert holder_is_gone(lease, tmp_path)
    with single_instance_lock(tmp_path, "`migrate run`"):
        pass  # asking leaves the lock free


def test_a_run_of_the_ui_is_gone_with_its_process(tmp_path: Path, ended_process: int) -> None:
    assert holder_is_gone(lease_of(f"{socket.gethostname()} process {ended_process} run 7"), tmp_path)
    assert not holder_is_gone(lease_of(f"{socket.gethostname()} process {os.getpid()} run 7"), tmp_path)


@pytest.mark.parametrize("holder", ["elsewhere process {} run 7", "{host} process {} `migrate run` [home 1.2]", "{}"])
def test_of_other_machines_and_homes_only_the_lease_is_known(tmp_path: Path, ended_process: int, holder: str) -> None:
    told = holder.replace("{host}", socket.gethostname()).replace("{}", str(ended_process))
    assert not holder_is_gone(lease_of(told), tmp_path)
    assert not (tmp_path / "home.id").exists()
