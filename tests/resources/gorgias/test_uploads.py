"""Uploads through the gate: several contents to a call, each once in the ledger, orphans counted."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from resources.files import FileStore
from resources.gorgias.uploads import Part, Upload, uploaded
from resources.gorgias.writer.upload_write import upload_write

CONTENTS = [b"one", b"two " * 50_000, b"three"]


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    store = FileStore(tmp_path / "files")
    held = [store.put([content]) for content in CONTENTS]
    return [Part(one.sha256, one.size, "text/plain", store.path(one.sha256)) for one in held]


def _received(side: Any) -> list[str]:
    return sorted(row["sha256"] for row in side.account.files)


def test_contents_of_one_call_have_names_of_their_own_and_are_never_sent_again(
    serve: Callable[..., Any], parts: list[Part]
):
    side = serve()
    gate = side.gate()
    assert gate.apply([upload_write(parts)]).sent == 1
    assert _received(side) == sorted(part.sha256 for part in parts)
    held = side.ledger.uploads.of(part.sha256 for part in parts)
    assert {one.sha256: one.size for one in held.values()} == {part.sha256: part.size for part in parts}
    again = gate.apply([upload_write(parts)])
    assert (again.sent, again["unchanged"]) == (0, 1)
    assert side.ledger.uploads.upload_counts() == {
        "upload_calls": 1,
        "contents": 3,
        "bytes": sum(len(content) for content in CONTENTS),
        "orphans": 0,
    }
    for content in CONTENTS:
        url = held[hashlib.sha256(content).hexdigest()].url
        place = httpx.get(url, auth=httpx.BasicAuth(*side.served.gorgias_auth)).headers["location"]
        assert httpx.get(side.served.gorgias_url + place).content == content


@pytest.mark.parametrize(
    ("fault", "orphans"),
    [
        ({"kind": "status_after", "status": 502}, 3),
        ({"kind": "reset_after"}, 3),
        ({"kind": "truncate"}, 3),
        ({"kind": "throttle", "retry_after": 0}, 0),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else str(value),
)
def test_a_lost_answer_is_asked_for_again_at_once_and_its_orphans_are_counted(
    serve: Callable[..., Any], parts: list[Part], fault: dict[str, Any], orphans: int
):
    side = serve([fault | {"method": "POST", "route": "/api/upload", "calls": 1}])
    started = time.monotonic()
    tally = side.gate(settling=30.0).apply([upload_write(parts)])
    assert time.monotonic() - started < 20
    assert (tally["done"], tally.sent) == (1, 2)
    assert len(_received(side)) == len(parts) + orphans
    assert side.ledger.uploads.upload_counts()["orphans"] == orphans
    assert side.ledger.known_writes.unsettled() == []


def test_a_call_that_is_too_large_is_halved_and_a_single_content_is_refused(
    serve: Callable[..., Any], parts: list[Part]
):
    side = serve(switches={"G-21": 0.1})
    gate, sizes = side.gate(), set()
    tally = gate.apply([upload_write(parts, lambda half: sizes.add(len(half)))])
    assert (tally["done"], tally["refused"], sizes) == (1, 0, {1})
    assert list(side.ledger.uploads.of(part.sha256 for part in parts)) == [parts[0].sha256]
    tally = gate.apply([upload_write([parts[1]]), upload_write([parts[2]])])
    assert (tally["done"], tally["refused"]) == (1, 1)
    refused = side.ledger.uploads.refused_uploads(part.sha256 for part in parts)
    assert {sha256: detail[:3] for sha256, detail in refused.items()} == {parts[1].sha256: "413"}
    assert side.ledger.conflicts.conflict_rows().empty


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        [{"url": "u"}],
        [{"url": "u", "size": "3"}, {"url": "v"}, {"url": "w", "size": 4}],
        [{"url": "u"}, {"url": ""}, {"url": "w"}],
        ["u", "v", "w"],
    ],
)
def test_an_answer_that_does_not_name_every_content_is_no_answer(parts: list[Part], answer: Any):
    assert uploaded(Upload(tuple(parts)), answer) == []


def test_an_answer_in_another_order_or_with_other_names_is_understood(parts: list[Part]):
    rows = [{"url": f"u{n}", "name": part.name, "size": str(part.size)} for n, part in enumerate(parts)]
    assert [one.url for one in uploaded(Upload(tuple(parts)), rows[::-1])] == ["u0", "u1", "u2"]
    renamed = [row | {"name": f"x{n}"} for n, row in enumerate(rows)]
    assert [one.url for one in uploaded(Upload(tuple(parts)), renamed)] == ["u0", "u1", "u2"]
