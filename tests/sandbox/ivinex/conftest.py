"""A served Ivinex over a small hand-written dataset, or over any folder."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from sandbox.ivinex.app import build_app

AUTH = ("api", "secret")


class Stage:
    """One listening server for the whole session; the application behind it changes from test to test."""

    def __init__(self) -> None:
        """Listens on a free port."""
        self.app: Starlette | None = None
        options = {"port": 0, "log_level": "critical", "lifespan": "off", "interface": "asgi3"}
        self.server = uvicorn.Server(uvicorn.Config(self._play, **options))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        self.url = f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    @contextlib.contextmanager
    def serve(self, folder: Path, **options: Any) -> Iterator[httpx.Client]:
        """Serves a folder and yields a client with Basic credentials."""
        self.app = build_app(folder, **options)
        with httpx.Client(base_url=self.url, auth=AUTH, timeout=10, verify=False) as client:
            yield client


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The listening server."""
    made = Stage()
    yield made
    made.server.should_exit = True
    made.thread.join(5)


def field(number: int, name: str, kind: str, **more: Any) -> dict[str, Any]:
    """One field of a hand-written schema."""
    return {"FieldID": str(number), "FieldName": name, "DisplayText": name.title(), "DataType": kind, **more}


def row(number: int, **values: Any) -> dict[str, Any]:
    """One hand-written row."""
    stamp = {"created_by": "7", "created_date": "2026-01-05 09:00:00"}
    return {"collection_id": str(number), **stamp, "modified_by": "7", "modified_date": "2026-01-05 09:00:00", **values}


def site() -> dict[str, Any]:
    """site.json of the hand-written dataset: one user who sees all, one with limits, two who may not call."""
    return {
        "time_zone": "America/Denver",
        "api_users": [
            {"id": "2", "username": "api", "password": "secret", "unreadable_tabs": ["Payroll"]},
            {
                "id": "7",
                "username": "ann",
                "password": "ann",
                "visible_tabs": ["Cases"],
                "row_filters": {"Cases": [{"field": "owner", "value": "7"}]},
            },
            {"id": "8", "username": "gone", "password": "gone", "active": False},
            {"id": "9", "username": "noapi", "password": "noapi", "api_permission": False},
        ],
        "users": {"2": "api", "7": "ann", "8": "gone"},
    }


def write_dataset(folder: Path, *, cases: int = 5) -> None:
    """Cases (100) with links to People (1001), an empty tab Ideas (300) and an unreadable tab Payroll (400)."""
    status = [{"OptionID": "11", "DisplayText": "New"}, {"OptionID": "12", "DisplayText": "Done"}]
    tags = [{"OptionID": "21", "DisplayText": "Red"}, {"OptionID": "22", "DisplayText": "Blue"}]
    case_fields = [
        field(51, "subject", "TEXT"),
        field(52, "status", "DROPDOWN", Options=status),
        field(53, "tags", "MULTI SELECT", Options=tags),
        field(54, "urgent", "CHECKBOX"),
        field(55, "owner", "USER"),
        field(56, "person", "LINKED RECORD", LinkedCollectionTypeID="1001"),
        field(57, "closed", "DATE TIME"),
        field(58, "paper", "FILE"),
        field(59, "head", "LAYOUT"),
        field(60, "button", "LAYOUT", Listed=False),
    ]
    values = {"status": "11", "tags": "21,22", "urgent": "true", "person": "1"}
    rows = [row(n, subject=f"Case {n}", owner="7" if n % 2 else "2", **values) for n in range(1, cases + 1)]
    people = [row(1, name="Ann"), row(2, name="Bob")]
    tabs: dict[str, tuple[int, list[dict[str, Any]], list[dict[str, Any]]]] = {
        "Cases": (100, case_fields, rows),
        "People": (1001, [field(70, "name", "TEXT")], people),
        "Ideas": (300, [field(80, "text", "TEXT")], []),
        "Payroll": (400, [field(90, "amount", "CURRENCY")], [row(1, amount="5.00")]),
    }
    for name, (number, fields, records) in tabs.items():
        tab = folder / "tabs" / name
        tab.mkdir(parents=True)
        schema = {"CollectionTypeID": str(number), "Tab": name, "Fields": fields}
        (tab / "fields.json").write_text(json.dumps(schema))
        (tab / "records.ndjson").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "links.ndjson").write_text('{"From": "100:2", "To": "1001:2", "LinkType": "Related"}\n')
    (folder / "files").mkdir()
    (folder / "files" / "901").write_bytes(b"paper")
    fates = {"901": None, "902": "expired", "903": "404", "904": "zero", "905": "large", "906": "short"}
    lines = [
        {
            "FileID": number,
            "FileName": f"{number}.txt",
            "Size": 300_000 if fate == "large" else 5_000 if fate == "short" else 5,
            "ContentType": "text/plain",
            "Tab": "Cases",
            "CollectionID": "1",
            "Field": "paper",
            **({"Fate": fate} if fate else {}),
        }
        for number, fate in fates.items()
    ]
    (folder / "files.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "site.json").write_text(json.dumps(site()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The hand-written dataset."""
    made = tmp_path / "dataset"
    write_dataset(made)
    return made


@pytest.fixture
def choose(folder: Path) -> Callable[..., Path]:
    """Sets switches, faults or other keys of site.json: choose({"A-13": 2}, faults=[...])."""

    def change(switches: dict[str, Any] | None = None, **more: Any) -> Path:
        content = json.loads((folder / "site.json").read_text())
        content |= {"switches": switches or {}} | more
        (folder / "site.json").write_text(json.dumps(content))
        return folder

    return change


@pytest.fixture
def serve(stage: Stage) -> Callable[..., contextlib.AbstractContextManager[httpx.Client]]:
    """The serving context manager: serve(folder, clock=..., rate=...)."""
    return stage.serve


@pytest.fixture
def ivinex(stage: Stage, folder: Path) -> Iterator[httpx.Client]:
    """A client of the hand-written dataset with every switch at its default."""
    with stage.serve(folder) as client:
        yield client
