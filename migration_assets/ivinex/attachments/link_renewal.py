"""Fresh URLs for files whose URL had expired, or that were left for later: asked for once after each sweep.

Belongs here: where a fresh URL comes from. The ticket's related items show its activities anew, in one call a ticket;
else the page at the offset where the record was read. What neither shows stays expired. Does not belong here: the
days (full_scan/daily_slices.py) and requests for bytes (resources/ivinex/downloads.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from migration_assets.ivinex.attachments.download import Files, download_row, fetch, save
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.file_identity import file_id
from migration_assets.ivinex.file_references import FileReference
from migration_assets.ivinex.schema import schema_reader
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import IvinexFailure
from resources.warehouse import Warehouse

TICKETS_AT_ONCE = 50
_STALE = f"""
    SELECT DISTINCT a.source_id, a.record_source_id, a.role, a.ticket_source_id, d.collection_type_id, d.page_offset
    FROM {ATTACHMENTS.name} a JOIN ivinex.downloads d USING (source_id)
    WHERE list_contains($days, a.partition) AND d.status IN ('expired', 'pending') AND NOT d.refreshed
        AND ($tickets::VARCHAR[] IS NULL OR list_contains($tickets::VARCHAR[], a.ticket_source_id))
    ORDER BY a.ticket_source_id, a.source_id
"""  # noqa: S608

_ROLES = ("ticket", "activity", "task")

Stale = dict[str, Any]


def refresh(
    warehouse: Warehouse,
    days: Sequence[str],
    files: Files,
    connect: Callable[[], IvinexClient],
    tickets: Sequence[str] | None = None,
) -> dict[str, int]:
    """Ask anew for the stale files of these days and download them.

    Args:
        connect: called only where there is something to ask, since staging a day makes no call otherwise.
        tickets: leave out the files of all tickets but these.

    Returns:
        How many were asked for, and how many came.
    """
    stale = warehouse.rows(_STALE, {"days": list(days), "tickets": None if tickets is None else list(tickets)})
    if not stale:
        return {"refreshed": 0, "recovered": 0}
    site = _Site(connect(), warehouse, files)
    recovered = 0
    for part in _by_ticket(stale):
        fresh: dict[str, FileReference] = {}
        site.from_related(part, fresh)
        site.from_pages([row for row in part if row["source_id"] not in fresh], fresh)
        once = {row["source_id"]: row for row in part}
        asked = [row for row in once.values() if row["source_id"] in fresh]
        done = fetch([fresh[row["source_id"]] for row in asked], files.downloader)
        rows = [
            download_row(row["source_id"], row["collection_type_id"], row["page_offset"], one, refreshed=True)
            for row, one in zip(asked, done, strict=True)
        ]
        recovered += sum(one.status == "ok" for one in done)
        lost = [source_id for source_id in once if source_id not in fresh]
        with warehouse.transaction() as tx:
            save(tx, [], rows)
            tx.execute(
                "UPDATE ivinex.downloads SET refreshed = true, status = 'expired', "
                "detail = 'the site shows the file no more' WHERE list_contains(?, source_id)",
                [lost],
            )
    return {"refreshed": len({row["source_id"] for row in stale}), "recovered": recovered}


class _Site:
    """Asks for records anew, and notes the files that they speak of."""

    def __init__(self, client: IvinexClient, warehouse: Warehouse, files: Files) -> None:
        self._client, self._files = client, files
        self._tabs = {tab.collection_type_id: tab for role in _ROLES for tab in schema_reader.tabs_of(warehouse, role)}
        self._fields = {number: schema_reader.fields_of(warehouse, tab) for number, tab in self._tabs.items()}

    def from_related(self, stale: list[Stale], fresh: dict[str, FileReference]) -> None:
        tickets = sorted({row["ticket_source_id"] for row in stale if row["role"] != "ticket"})
        wanted = {row["record_source_id"] for row in stale}
        for ticket in tickets:
            _, number, record = ticket.split(":", 2)
            if number not in self._tabs:
                continue
            try:
                items = self._client.all_related(self._tabs[number], record)
            except IvinexFailure:
                continue  # the page may still show it
            for item in items:
                source_id = f"ivinex:{item.collection_type_id}:{item.collection_id}"
                if source_id in wanted and item.record:
                    self._note(source_id, item.collection_type_id, item.record, fresh)

    def from_pages(self, stale: list[Stale], fresh: dict[str, FileReference]) -> None:
        places: dict[tuple[str, int], set[str]] = defaultdict(set)
        for row in stale:
            places[row["collection_type_id"], int(row["page_offset"])].add(row["record_source_id"])
        for (number, offset), wanted in sorted(places.items()):
            if number not in self._tabs:
                continue
            try:
                rows = self._client.rows_at(self._tabs[number], offset)
            except IvinexFailure:
                continue
            for identity, record in rows:
                source_id = f"ivinex:{number}:{identity}"
                if source_id in wanted:
                    self._note(source_id, number, record, fresh)

    def _note(self, source_id: str, tab: str, record: dict[str, Any], fresh: dict[str, FileReference]) -> None:
        for mention in self._files.find(record, self._fields.get(tab, [])):
            if not mention.problem:
                fresh[file_id(source_id, mention.key)] = mention


def _by_ticket(stale: Iterable[Stale]) -> Iterator[list[Stale]]:
    """Some tickets at a time: their URLs are fresh now, and not after a thousand other calls."""
    part: list[Stale] = []
    seen: set[str] = set()
    for row in stale:
        if row["ticket_source_id"] not in seen and len(seen) >= TICKETS_AT_ONCE:
            yield part
            part, seen = [], set()
        seen.add(row["ticket_source_id"])
        part.append(row)
    if part:
        yield part
