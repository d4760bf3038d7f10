"""The partitions of a running UI follow the first day that a sweep finds; the webserver is a stand-in that answers."""

import json
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from migration_assets.cli.partitions_of_ui import PartitionsOfUi

from migration_assets.cli.dagster_ui import DagsterUi
from migration_assets.partitions import FIRST_DAY_FILE, note_first_day
from migration_assets.settings import Settings

LOADED = {"__typename": "WorkspaceLocationEntry", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
BROKEN = {"__typename": "WorkspaceLocationEntry", "locationOrLoadError": {"__typename": "PythonError"}}
START = date(2015, 1, 1)


class Webserver(HTTPServer):
    """Answers every request with one body and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: bytes = b""
        self.asked: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def says(self, result: Any) -> None:
        self.answer = json.dumps({"data": {"reloadRepositoryLocation": result}}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Webserver

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def webserver() -> Iterator[Webserver]:
    with Webserver() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def ui(webserver: Webserver, tmp_path: Path) -> DagsterUi:
    process: Any = None
    return DagsterUi(process, f"http://127.0.0.1:{webserver.server_port}", tmp_path / "log")


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def partitions(tmp_path: Path, notes: list[str]) -> PartitionsOfUi:
    return PartitionsOfUi(Settings(home=tmp_path), notes.append)  # type: ignore[call-arg]


def test_an_earlier_first_day_reloads_the_code_location_once(
    webserver: Webserver, ui: DagsterUi, partitions: PartitionsOfUi, tmp_path: Path, notes: list[str]
) -> None:
    webserver.says(LOADED)
    partitions.follow(ui)
    assert webserver.asked == []
    note_first_day(tmp_path, START, ["2026-06-11"])
    for _ in range(3):
        partitions.follow(ui)
    (asked,) = webserver.asked
    assert "reloadRepositoryLocation" in asked["query"]
    assert asked["variables"] == {"name": "ivinex_to_gorgias"}
    assert len(notes) == 1
    assert notes[0].startswith("The partitions begin on 2026-06-11 now")
    note_first_day(tmp_path, START, ["2026-06-01"])
    partitions.follow(ui)
    assert len(webserver.asked) == 2


def test_a_reload_that_fails_is_told_once_with_the_way_out(
    webserver: Webserver, ui: DagsterUi, partitions: PartitionsOfUi, tmp_path: Path, notes: list[str]
) -> None:
    webserver.says(BROKEN)
    note_first_day(tmp_path, START, ["2026-06-11"])
    for _ in range(3):
        partitions.follow(ui)
    assert len(webserver.asked) == 1
    assert len(notes) == 1
    assert "Reload it in the UI under Deployment > Code locations" in notes[0]


def test_a_broken_file_is_as_good_as_none(ui: DagsterUi, partitions: PartitionsOfUi, tmp_path: Path) -> None:
    (tmp_path / FIRST_DAY_FILE).write_text("{")
    partitions.follow(ui)


@pytest.mark.parametrize(
    ("answer", "loaded"),
    [
        (LOADED, True),
        (BROKEN, False),
        ({"__typename": "WorkspaceLocationEntry", "locationOrLoadError": None}, False),
        ({"__typename": "RepositoryLocationNotFound"}, False),
        ({"__typename": "PythonError", "message": "no"}, False),
        (None, False),
    ],
)
def test_only_a_loaded_location_counts_as_reloaded(
    webserver: Webserver, ui: DagsterUi, answer: Any, loaded: bool
) -> None:
    webserver.says(answer)
    assert ui.reload() is loaded


def test_a_webserver_that_does_not_answer_reloads_nothing(webserver: Webserver, ui: DagsterUi) -> None:
    webserver.answer = b"Internal Server Error"
    assert ui.reload() is False
    webserver.server_close()
    assert ui.reload() is False
