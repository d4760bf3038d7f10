"""Attachments read back and compared by their bytes, on the sample that the settings choose."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from target_account import CONFIG, DAY, Target, connected, load

from checks.schemas.attachments import SCHEMA
from checks.table import table_of
from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.file_contents import compared_files
from migration_assets.reconciliation.target.object_comparison import read_objects_back
from migration_assets.reconciliation.target.ticket_read_back import read_back
from resources.files import FileStore
from resources.gorgias.downloads import FileContent, FileReader
from resources.gorgias.uploads import Part
from resources.gorgias.writer.upload_write import upload_write
from resources.ledger import Ledger, Outcome
from sandbox.serve import RunningGorgias, running_gorgias

BYTES = b"the bytes that were sent"
SOURCE = "ivinex:30:100/1@ivinex:20:1"
MESSAGE = "ivinex:30:100@ivinex:20:1"
Row = dict[str, Any]


@dataclass
class Shop:
    target: Target
    served: RunningGorgias
    auth: tuple[str, str]

    @property
    def file(self) -> Row:
        return next(iter(self.served.gorgias.files))

    @property
    def message(self) -> Row:
        rows = self.served.gorgias.messages
        return next(row for row in rows if row["external_id"] == MESSAGE.partition("@")[0] or row["attachments"])

    def found(self, most: int = 1_000_000, share: float = 1.0, command: str = "") -> list[tuple[str, str, str]]:
        target, meter = self.target, CallCounter(lambda: self.target.connection.requests)
        files = FileReader(target.connection, most, sleep=lambda _: None)
        read_objects_back(target.reader, target.ledger, target.warehouse, meter, None)
        read_back(target.reader, target.ledger, target.warehouse, meter, [DAY], files, share, command)
        compare_days(target.warehouse, target.ledger, [DAY], datetime.now(UTC))
        files.close()
        self.calls = {name: used for name, _, used in meter.rows}
        return [
            (row["object"], row["field"], row["kind"])
            for row in target.warehouse.rows("SELECT object, field, kind FROM reconciliation.differences ORDER BY ALL")
        ]

    @property
    def counts(self) -> dict[str, int]:
        return compared_files(self.target.warehouse)


@pytest.fixture
def shop(ledger: Ledger, tmp_path: Path) -> Iterator[Shop]:
    with running_gorgias(CONFIG) as served, connected(served, ledger, tmp_path) as target:
        load(target, 1)
        _attach(target, served, FileStore(tmp_path / "files"))
        yield Shop(target, served, served.gorgias_auth)


def _attach(target: Target, served: RunningGorgias, store: FileStore) -> None:
    """One file on the first message: staged, uploaded through the gate, and shown by Gorgias."""
    stored = store.put([BYTES])
    target.gate.apply([upload_write([Part(stored.sha256, stored.size, "text/plain", store.path(stored.sha256), DAY)])])
    with target.ledger.transaction() as tx:
        target.ledger.outcomes.record_written(tx, [Outcome(SOURCE, "created", partition=DAY, object="files")])
    first = target.warehouse.rows("SELECT source_id FROM staging.messages ORDER BY created_at")[0]["source_id"]
    row = {
        **{"partition": DAY, "source_id": SOURCE, "file_source_id": "f", "ticket_source_id": "ivinex:20:1"},
        **{"message_source_id": first, "position": 0, "name": "note.txt", "sha256": stored.sha256},
        **{"size": stored.size, "content_type": "text/plain", "inline": False},
    }
    target.warehouse.replace(table_of(SCHEMA), pd.DataFrame([row]))
    url = target.ledger.uploads.of([stored.sha256])[stored.sha256].url
    message = min(served.gorgias.messages, key=lambda one: one["created_datetime"])
    shown = {"url": url, "name": "note.txt", "size": stored.size, "content_type": "text/plain", "public": True}
    message["attachments"] = [shown]


def test_a_file_is_read_back_and_its_bytes_are_compared(shop: Shop):
    assert shop.found() == []
    assert shop.counts == {"by_bytes": 1, "by_address": 0}
    assert shop.calls["files"] == 1


def test_a_file_replaced_by_another_of_its_name_size_and_type_is_altered(shop: Shop):
    with httpx.Client(base_url=shop.served.gorgias_url, auth=shop.auth) as agent:
        made = agent.post("/api/upload", files=[("note.txt", ("note.txt", BYTES[::-1], "text/plain"))]).json()[0]
    before = shop.message["attachments"][0]
    shop.message["attachments"] = [before | {"url": made["url"]}]
    assert shop.found() == [("messages", "attachments", "altered")]
    assert shop.found(most=0) == [("messages", "attachments", "altered")], "its address tells as well"


def test_bytes_that_changed_under_their_address_are_altered(shop: Shop):
    shop.file["content"] = base64.b64encode(BYTES[::-1]).decode()
    assert shop.found() == [("messages", "attachments", "altered")]
    shop.file["content"] = base64.b64encode(BYTES * 50_000).decode()
    assert shop.found() == [("messages", "attachments", "altered")], "more came than may be read"
    shop.served.gorgias.files.remove(shop.file["id"])
    assert shop.found() == [("messages", "attachments", "altered")], "nothing is there"


def test_a_command_reads_each_address_once_and_the_next_one_looks_again(shop: Shop):
    asked = []
    for command in ("first", "first", "second", "", ""):
        assert shop.found(command=command) == []
        asked.append(shop.calls["files"])
    assert asked == [1, 0, 1, 1, 1]
    shop.found(command="third")
    shop.file["content"] = base64.b64encode(BYTES[::-1]).decode()
    assert shop.found(command="fourth") == [("messages", "attachments", "altered")]


def test_the_same_bytes_at_another_address_of_the_account_are_equal(shop: Shop):
    with httpx.Client(base_url=shop.served.gorgias_url, auth=shop.auth) as agent:
        made = agent.post("/api/upload", files=[("other.bin", ("other.bin", BYTES, "text/plain"))]).json()[0]
    shop.message["attachments"] = [shop.message["attachments"][0] | {"url": made["url"]}]
    assert made["url"] not in shop.target.ledger.uploads.uploaded_to([made["url"]])
    assert shop.found() == []


def test_a_strangers_address_is_never_asked_and_differs(shop: Shop):
    with running_gorgias(CONFIG) as stranger:
        url = shop.message["attachments"][0]["url"].replace(shop.served.gorgias_url, stranger.gorgias_url)
        shop.message["attachments"] = [shop.message["attachments"][0] | {"url": url}]
        assert shop.found() == [("messages", "attachments", "altered")]
        assert stranger.server.stats.requests == {}
    assert shop.counts == {"by_bytes": 0, "by_address": 1}


@pytest.mark.parametrize(("most", "share"), [(len(BYTES) - 1, 1.0), (0, 1.0), (1_000_000, 0.0)])
def test_a_file_outside_of_the_sample_is_compared_by_its_address(shop: Shop, most: int, share: float):
    shop.file["content"] = base64.b64encode(BYTES[::-1]).decode()
    assert shop.found(most, share) == []
    assert shop.counts == {"by_bytes": 0, "by_address": 1}
    assert shop.calls["files"] == 0


def test_the_storage_host_gets_no_credentials(shop: Shop):
    """The sandbox's refuses a request that carries some."""
    reader = FileReader(shop.target.connection, 1_000)
    url = shop.message["attachments"][0]["url"]
    assert reader.content(url).problem == ""
    reader.close()


def test_a_file_that_the_account_does_not_give_says_nothing_of_its_bytes_and_ends_nothing(shop: Shop):
    reader = FileReader(shop.target.connection, 1_000, sleep=lambda _: None)
    call = f"{shop.served.gorgias_url}/api/tickets"
    assert not reader.is_of_account(call)
    assert reader.content(call) == FileContent(None, "refused"), "a call is no file"
    assert reader.content(f"{shop.served.gorgias_url}/elsewhere/a") == FileContent(None, "gone")
    assert reader.content("http://169.254.169.254/latest") == FileContent(None, "refused")
    reader.close()


def test_an_empty_file_and_a_web_page_are_files_by_their_bytes(shop: Shop):
    reader = FileReader(shop.target.connection, 1_000)
    url = shop.message["attachments"][0]["url"]
    for content in (b"", b"<!doctype html><html><body>x</body></html>"):
        shop.file["content"] = base64.b64encode(content).decode()
        assert reader.content(url) == FileContent(hashlib.sha256(content).hexdigest())
    reader.close()
