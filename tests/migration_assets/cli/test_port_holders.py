"""A port that is taken: who holds it is named, and nothing of it is taken for this home's UI."""

import os
import socket
from pathlib import Path

import pytest

from migration_assets.cli.dagster_ui import UiFailed, dagster_ui
from migration_assets.cli.port_holders import port_holders


def test_a_taken_port_is_refused_with_its_holder_and_nothing_is_started(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert [one.process for one in port_holders(port)] == [os.getpid()]
        with (
            pytest.raises(UiFailed, match=rf"taken by process {os.getpid()} .*without --port.*kill {os.getpid()}"),
            dagster_ui(tmp_path / "log", port),
        ):
            pass
        assert not (tmp_path / "log").exists()
    assert port_holders(port) == []
