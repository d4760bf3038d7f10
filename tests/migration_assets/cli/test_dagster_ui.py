"""What `migrate ui` asks of the webserver that it started; a stand-in answers here, the real one in test_cli_ui.py."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from migration_assets.cli.dagster_ui import DagsterUi, UiFailed, require_guard

LOADED = {"__typename": "WorkspaceLocationEntry", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
BROKEN = {"__typename": "WorkspaceLocationEntry", "locationOrLoadError": {"__typename": "PythonError"}}


class Webserver(HTTPServer):
    """Answers every request with one body and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: bytes = b""
        self.guarded = False
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

    def do_GET(self) -> None:
        known = self.headers["Host"] == f"127.0.0.1:{self.server.server_port}"
        self.send_response(403 if self.server.guarded and not known else 200)
        self.end_headers()

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
    (asked,) = webserver.asked
    assert "reloadRepositoryLocation" in asked["query"]
    assert asked["variables"] == {"name": "ivinex_to_gorgias"}


def test_a_webserver_that_does_not_answer_reloads_nothing(webserver: Webserver, ui: DagsterUi) -> None:
    webserver.answer = b"Internal Server Error"
    assert ui.reload() is False
    webserver.server_close()
    assert ui.reload() is False


def test_a_webserver_without_its_guard_is_not_left_running(webserver: Webserver, ui: DagsterUi) -> None:
    with pytest.raises(UiFailed, match="guard is not in place"):
        require_guard(ui)
    webserver.guarded = True
    require_guard(ui)


def test_our_own_webserver_is_not_asked_by_way_of_a_proxy(
    webserver: Webserver, ui: DagsterUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    webserver.guarded = True
    require_guard(ui)
    webserver.says(LOADED)
    assert ui.reload()
