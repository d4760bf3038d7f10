"""Files are noted by the full scan and downloaded when their day is next, from the record as it was read."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.download import Files, ScanFiles
from migration_assets.ivinex.attachments.pending_downloads import AT_ONCE, download_pending
from migration_assets.ivinex.full_scan.daily_slices import files_of_days, files_without_day, slice_files
from migration_assets.ivinex.records import Row
from migration_assets.orchestration.files_ahead import FilesAhead
from migration_assets.settings import Settings
from resources.files import FileStore
from resources.ivinex.downloads import Download, Status, Wanted
from resources.warehouse import Warehouse

SITE, TAB, DAY, NEXT = "acme.ivinex.com", "10101", "2026-03-02", "2026-03-03"


class Served:
    """The site's files: what is asked for is kept in order; `fates` by the file's name."""

    def __init__(self, store: FileStore, fates: dict[str, Status] | None = None):
        self.store, self.fates, self.asked = store, fates or {}, list[str]()
        self.during: Any = lambda: None

    def fetch_all(self, wanted: Sequence[Wanted]) -> list[Download]:
        self.during()
        return [self._one(str(one.name)) for one in wanted]

    def _one(self, name: str) -> Download:
        self.asked.append(name)
        fate = self.fates.get(name, Status.OK)
        if fate is not Status.OK:
            return Download(fate, "as it was to be")
        stored = self.store.put([name.encode()])
        return Download(Status.OK, "", stored.sha256, stored.size, "text/plain")


class Site:
    """A warehouse with tickets of two days, each with a file of its own in the record, scanned."""

    def __init__(self, folder: Path, tickets: int = 4):
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        self.served = Served(FileStore(folder / "files"))
        self.files = Files(SITE, self.served.store, lambda: self.served, frozenset({"file"}))  # type: ignore[arg-type,return-value]
        self.records = {number: self._record(number) for number in range(1, tickets + 1)}
        self.warehouse.ensure(tables.TABS, tables.FIELDS)
        tab = {"collection_type_id": TAB, "tab": "Tickets", "role": "ticket", "listed": True, "readable": True}
        self.warehouse.append(tables.TABS, pd.DataFrame([{**tab, "empty": False, "problem": ""}]))
        self.scan()

    def scan(self) -> dict[str, int]:
        found = ScanFiles(self.warehouse, self.files, "ticket", TAB, [])
        rows = [Row(record, str(n), json.dumps(record), f"hash-{n}", None, None) for n, record in self.records.items()]
        found.page(rows, 0)
        with self.warehouse.transaction() as tx:
            found.flush(tx)
        swept = [
            {"collection_type_id": TAB, "collection_id": str(n), "source_id": f"ivinex:{TAB}:{n}",
             "content_hash": f"hash-{n}", "raw": json.dumps(record), "created_at": None, "modified_at": None,
             "partition": DAY if n % 2 else NEXT}
            for n, record in self.records.items()
        ]  # fmt: skip
        self.warehouse.replace(tables.TICKET_SWEEP, pd.DataFrame(swept))
        return found.counts

    def download(
        self, days: list[str], tickets: list[str] | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> Counter[str]:
        pending = files_of_days(self.warehouse, days, "pending", tickets)
        return download_pending(self.warehouse, pending, self.files, stopped)

    def statuses(self, day: str) -> dict[str, int]:
        return slice_files(self.warehouse, [day])

    @staticmethod
    def _record(number: int) -> dict[str, Any]:
        url = f"https://{SITE}/API/Files.php?FileID={number}&Token=t"
        return {"collection_id": str(number), "file": [{"FileName": f"{number}.txt", "URL": url}]}


def test_the_scan_asks_for_no_new_file_and_a_day_for_its_own_only(tmp_path: Path):
    site = Site(tmp_path)
    assert (site.served.asked, site.statuses(DAY)) == ([], {"pending": 2})
    assert site.download([DAY]) == Counter(ok=2)
    assert sorted(site.served.asked) == ["1.txt", "3.txt"]
    assert (site.statuses(DAY), site.statuses(NEXT)) == ({"ok": 2}, {"pending": 2})
    assert site.download([DAY]) == Counter()


def test_only_the_files_of_some_tickets_are_asked_for(tmp_path: Path):
    site = Site(tmp_path)
    assert site.download([DAY, NEXT], [f"ivinex:{TAB}:2"]) == Counter(ok=1)
    assert site.served.asked == ["2.txt"]


def test_a_file_that_cannot_be_had_is_one_bad_record_and_is_tried_again_by_the_next_scan(tmp_path: Path):
    site = Site(tmp_path)
    site.served.fates["1.txt"] = Status.GONE
    assert site.download([DAY]) == Counter(ok=1, gone=1)
    assert site.statuses(DAY) == {"gone": 1, "ok": 1}
    site.served.fates.clear()
    site.served.asked.clear()
    assert site.scan() == {"ok": 1, "pending": 2}
    assert site.served.asked == ["1.txt"]
    assert site.statuses(DAY) == {"ok": 2}


def test_files_left_for_later_are_not_asked_for(tmp_path: Path):
    site = Site(tmp_path)
    later = Files(SITE, site.served.store, None, frozenset({"file"}))
    assert download_pending(site.warehouse, files_of_days(site.warehouse, [DAY], "pending"), later) == Counter()
    assert site.statuses(DAY) == {"pending": 2}


def test_where_a_whole_batch_had_expired_the_others_are_left_to_fresh_addresses(tmp_path: Path):
    site = Site(tmp_path, tickets=4 * AT_ONCE)
    site.served.fates = {f"{n}.txt": Status.EXPIRED for n in site.records}
    assert site.download([DAY]) == Counter(expired=AT_ONCE)
    assert site.statuses(DAY) == {"expired": AT_ONCE, "pending": AT_ONCE}


def test_a_stop_between_two_batches_keeps_what_was_brought(tmp_path: Path):
    site = Site(tmp_path, tickets=4 * AT_ONCE)
    stops = iter([False, True])
    assert site.download([DAY], stopped=lambda: next(stops)) == Counter(ok=AT_ONCE)
    assert len(files_of_days(site.warehouse, [DAY], "pending")) == AT_ONCE


class Connected:
    """Stands for the resource: hands out the downloader, and is told of its end."""

    def __init__(self, served: Served):
        self.served, self.ended, self.woken = served, 0, 0

    def downloader(self, store: FileStore, most: int) -> Served:
        return self.served

    def get(self) -> Any:
        raise AssertionError("nothing had expired")

    def wake(self) -> None:
        self.woken += 1

    def close(self) -> None:
        self.ended += 1


@pytest.fixture
def beside(tmp_path: Path) -> tuple[Site, Connected, FilesAhead, list[str]]:
    site, told = Site(tmp_path), list[str]()
    connected = Connected(site.served)
    settings = Settings(home=tmp_path, ivinex_base_url=f"https://{SITE}", ivinex_file_fields=("file",))
    return site, connected, FilesAhead(settings, site.warehouse, lambda: connected, told.append), told  # type: ignore[arg-type,return-value]


def test_files_come_while_the_load_works_and_are_there_when_it_ends(beside: Any):
    site, connected, ahead, told = beside
    working, seen = threading.Event(), list[bool]()
    site.served.during = lambda: seen.append(working.wait(10))
    with ahead.beside([DAY]):
        working.set()
    assert seen == [True]
    assert (site.statuses(DAY), connected.ended, told) == ({"ok": 2}, 1, [])


def test_a_load_that_is_ended_waits_for_no_more_files(beside: Any):
    site, connected, ahead, _ = beside
    with pytest.raises(KeyboardInterrupt), ahead.beside([DAY]):
        raise KeyboardInterrupt
    assert (connected.woken, connected.ended) == (1, 1)
    assert site.statuses(DAY).get("ok", 0) in (0, 2)


def test_a_failure_beside_the_load_is_told_and_leaves_the_files_to_their_day(beside: Any):
    site, connected, ahead, told = beside

    def fails() -> None:
        raise OSError("no space left")

    site.served.during = fails
    with ahead.beside([DAY]):
        pass
    assert told == [f"files of {DAY} to {DAY}: not ahead of their days (OSError)"]
    assert (site.statuses(DAY), connected.ended) == ({"pending": 2}, 1)


def test_of_days_of_which_some_tickets_go_first_only_their_files_come_now(beside: Any):
    site, _, ahead, _ = beside
    assert ahead.fetch([DAY], [f"ivinex:{TAB}:1"])
    assert site.served.asked == ["1.txt"]
    assert not ahead.fetch([DAY], [f"ivinex:{TAB}:3"])
    assert not ahead.fetch([DAY], [])


def test_files_that_hang_on_no_ticket_are_kept_at_the_end_of_a_load(beside: Any):
    site, connected, ahead, told = beside
    contact = site._record(7)
    found = ScanFiles(site.warehouse, site.files, "contact", "20", [])
    found.page([Row(contact, "7", json.dumps(contact), "hash-c", None, None)], 0)
    with site.warehouse.transaction() as tx:
        found.flush(tx)
    present = {"collection_type_id": "20", "collection_id": "7", "source_id": "ivinex:20:7", "content_hash": "hash-c"}
    row = {**present, "raw": json.dumps(contact), "created_at": None, "modified_at": None, "partition": "none"}
    site.warehouse.replace(tables.CONTACTS, pd.DataFrame([row]))
    assert [one["record_source_id"] for one in files_without_day(site.warehouse)] == ["ivinex:20:7"]
    ahead.fetch_rest()
    assert (site.served.asked, connected.ended) == (["7.txt"], 1)
    assert told == ["files that hang on no ticket: 1 are downloaded, and kept in the store"]
    ahead.fetch_rest()
    assert site.served.asked == ["7.txt"]
