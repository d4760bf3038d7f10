"""A sweep: one whole reading of a tab into `ivinex.versions`, with a proof that nothing was left out.

Belongs here: passes, batches, the proof. Does not belong here: how rows look (records.py), how they are merged
(snapshot_merge.py), which tab has which role.

The proof (docs/reading-ivinex.md: read until two id sets agree). No call returns ids alone, so a second set costs a
second reading, unless the first one proves itself. A walk whose ids rose all the way and whose pages all began
inside the page before (`PageWalk.contiguous`) cannot have jumped over a record that existed throughout; what it cannot
show is whether a record in its past vanished or came back since. For that the last ten positions are read again:
under rising ids, the same ids at the same offsets mean the same number of records before them, and so the same
set. The walk does so by itself at its end (`PageWalk.ends_as_read`), which is one call. Any other walk (unstable or
falling order, a gap, an early empty page) is repeated in full, up to four times; sets are compared up to the highest
id of the older one, because records made meanwhile are growth and not disagreement.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from migration_assets.ivinex import records, tables
from migration_assets.ivinex.attachments.download import Files, ScanFiles
from migration_assets.ivinex.full_scan import snapshot_merge
from migration_assets.ivinex.full_scan.scan_result import ScanResult
from migration_assets.ivinex.records import content_hasher, record_frame
from resources.ivinex.client import IvinexClient
from resources.ivinex.paging import OVERLAP, PageWalk, Row, number_of
from resources.ivinex.rendering import Rendering
from resources.ivinex.response_parser import Field, ShapeProblem, Tab, nameless_id, record_id
from resources.warehouse import Table, Warehouse

BATCH_ROWS: Final = 5_000
BATCH_BYTES: Final = 16_000_000
MAX_PASSES: Final = 4
_PROGRESS_SECONDS: Final = 5.0


@dataclass(frozen=True)
class ScanSource:
    """What is swept and how its records are read.

    Attributes:
        tab: the tab.
        role: its role, for the books.
        fields: its fields.
        user_ids: username -> user id, for sites that answer in the classic dialect only.
        zone: the site's time zone.
    """

    tab: Tab
    role: str
    fields: Sequence[Field]
    user_ids: dict[str, str]
    zone: ZoneInfo


def full_scan(
    client: IvinexClient,
    warehouse: Warehouse,
    source: ScanSource,
    present: Table,
    *,
    files: Files | None = None,
    log: Callable[[str], None] = print,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ScanResult:
    """Reads a tab completely and brings `ivinex.versions` and its present-state table up to date.

    Nothing is merged before the last page is in: a sweep that fails leaves the tables as they were.

    Args:
        present: the table of the role (tables.CONTACTS, ...); the rows of this tab in it are replaced.
        files: where given, files are found and downloaded page by page.

    Raises:
        IvinexFailure: a page could not be read.
    """
    started = now()
    result = ScanResult(f"{source.tab.collection_type_id}@{started:%Y%m%dT%H%M%S.%f}", started)
    expected = snapshot_merge.known_hashes(warehouse, source.tab.collection_type_id, present)
    replaced_before = client.replaced
    scan_files = (
        ScanFiles(warehouse, files, source.role, source.tab.collection_type_id, source.fields) if files else None
    )
    store = ScanWriter(warehouse, client, source, expected, scan_files, log, now)
    first = store.consume(client.walk(source.tab))
    if not first.contiguous or not _verify_tail(client, source.tab, first, store, result):
        _rescan(client, source.tab, first, store, result)
    result.passes, result.pages, result.rows_read = store.passes, store.pages, store.rows_read
    result.distinct_ids, result.soft_deleted, result.problems = len(store.ids), store.soft_deleted, store.problems
    result.replaced = client.replaced - replaced_before
    result.files = scan_files.counts if scan_files else {}
    result.unreadable = store.unreadable
    snapshot_merge.commit_snapshot(warehouse, source.tab.collection_type_id, source.role, present, result, now())
    result.seconds = store.seconds
    log(
        f"{source.tab.name}: {result.distinct_ids} records in {result.seconds:.1f} s, {result.pages} pages, "
        f"{result.new_versions} new versions; {result.note}"
    )
    return result


def _verify_tail(client: IvinexClient, tab: Tab, first: PageWalk, store: "ScanWriter", result: ScanResult) -> bool:
    if first.ends_as_read:
        result.proved = True
        result.note = "ids rise and pages join; the last rows were read twice"
        return True
    tail = store.consume(client.walk(tab, start=max(0, len(first.ids) - OVERLAP)))
    if tail.ids[:OVERLAP] != first.ids[-OVERLAP:]:
        return False
    result.proved = True
    result.note = "ids rise and pages join; the second pass read the tail only"
    return True


def _rescan(client: IvinexClient, tab: Tab, before: PageWalk, store: "ScanWriter", result: ScanResult) -> None:
    differing = 0
    while store.passes < MAX_PASSES:
        after = store.consume(client.walk(tab))
        differing = _differing(before.ids, after.ids)
        if not differing:
            result.proved = True
            result.note = f"the id sets of passes {store.passes - 1} and {store.passes} agree"
            return
        before = after
    result.note = (
        f"completeness is not proved: after {store.passes} passes {differing} ids still differ between two passes "
        "(rows in an unstable order, assumption A-14, or much change at the source)"
    )


def _differing(before: Sequence[str], after: Sequence[str]) -> int:
    """How many ids two passes disagree on; ids above the highest of the older pass are growth."""
    highest = max(map(number_of, before), default=0)
    grown = {identity for identity in after if number_of(identity) > max(highest, 0)}
    return len(set(before) ^ (set(after) - grown))


class ScanWriter:
    """Appends the rows of all passes of one sweep in batches and keeps the counts."""

    def __init__(
        self,
        warehouse: Warehouse,
        client: IvinexClient,
        source: ScanSource,
        expected: int,
        files: ScanFiles | None,
        log: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._warehouse, self._source, self._expected, self._log, self._now = warehouse, source, expected, log, now
        self._files = files
        self._rendering = Rendering(source.fields, source.user_ids, classic=client.renders_classic(source.tab))
        self._hash = content_hasher(source.fields)
        self._deleted_is_a_field = any(field.name == "deleted" for field in source.fields)
        self._rows: list[records.Row] = []
        self._bytes = self._seq = 0
        self._started = self._reported_at = time.monotonic()
        self.ids: set[str] = set()
        self.passes = self.pages = self.rows_read = self.soft_deleted = 0
        self.problems: dict[str, int] = {}
        self.unreadable: dict[str, str] = {}

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def consume(self, walk: PageWalk) -> PageWalk:
        """Reads a walk to its end, keeping every row that it met for the first time."""
        self.passes += 1
        for page in walk:
            kept: list[records.Row] = []
            for row in page.fresh:
                # Whatever a library raises about a stranger's values: one bad record is one bad record.
                try:
                    record_id(row)
                    if self._is_deleted(row):
                        self.soft_deleted += self.passes == 1
                        continue
                    kept.append(records.Row.of(self._rendering.apply(row), self._hash))
                except MemoryError:
                    raise
                except Exception as error:
                    self._set_aside(row, error)
            self._rows += kept
            self._bytes += sum(len(row.raw) for row in kept)
            if self._files:
                self._files.page(kept, page.offset)
            if len(self._rows) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
                self.flush()
            self._report_progress(len(walk.ids))
        self.flush()
        self.pages += walk.pages
        self.rows_read += walk.received
        self.ids.update(walk.ids)
        return walk

    def flush(self) -> None:
        """Appends the rows gathered so far; the warehouse is open only for this."""
        if not self._rows:
            return
        frame, trouble = record_frame(
            self._rows,
            collection_type_id=self._source.tab.collection_type_id,
            zone=self._source.zone,
            first_seq=self._seq,
            read_at=self._now(),
        )
        with self._warehouse.transaction() as tx:
            tx.append(tables.SWEEP_ROWS, frame)
            if self._files:
                self._files.flush(tx)
        if self.passes == 1:
            for kind, count in trouble.items():
                self.problems[kind] = self.problems.get(kind, 0) + count
        self._seq += len(self._rows)
        self._rows, self._bytes = [], 0

    def _set_aside(self, row: Row, error: Exception) -> None:
        try:
            number = record_id(row)
        except ValueError:
            number = nameless_id(row)
        source_id = f"ivinex:{self._source.tab.collection_type_id}:{number}"
        message = str(error) if isinstance(error, ShapeProblem) else type(error).__name__
        self.unreadable[source_id] = f"the record cannot be read: {message}"

    def _is_deleted(self, row: Row) -> bool:
        return not self._deleted_is_a_field and str(row.get("deleted", "")).lower() in ("1", "true")

    def _report_progress(self, met: int) -> None:
        if time.monotonic() - self._reported_at < _PROGRESS_SECONDS:
            return
        self._reported_at = time.monotonic()
        rate = (self.rows_read + met) / max(self.seconds, 0.001)
        remaining = f"about {(self._expected - met) / rate:.0f} s left" if self._expected > met else "total not known"
        self._log(f"{self._source.tab.name}: {met} rows, {rate:.0f} rows/s, {remaining}")
