"""Fresh URLs for files whose URL had expired, or that were left for later: asked for once after each sweep.

Belongs here: where a fresh URL comes from. The ticket's related items show its activities anew, in one call a ticket;
else the page at the offset where the record was read. What neither shows stays expired. Does not belong here: the
days (slices.py) and requests for bytes (resources/ivinex/downloads.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from migration_assets.ivinex import catalog
from migration_assets.ivinex.file_sweep import download_row, save
from migration_assets.ivinex.file_tables import ATTACHMENTS
from migration_assets.ivinex.mentions import Mention, file_id, mentions
from resources.ivinex.client import IvinexClient, IvinexFailure, Tab
from resources.ivinex.downloads import Downloader, Wanted
from resources.warehouse import Warehouse

TICKETS_AT_ONCE = 50
_STALE = f"""
    SELECT DISTINCT a.source_id, a.record_source_id, a.role, a.ticket_source_id, d.collection_type_id, d.page_offset
    FROM {ATTACHMENTS.name} a JOIN ivinex.downloads d USING (source_id)
    WHERE list_contains(?, a.partition) AND d.status IN ('expired', 'pending') AND NOT d.refreshed
    ORDER BY a.ticket_source_id, a.source_id
"""  # noqa: S608

Stale = dict[str, Any]


def refresh(
    warehouse: Warehouse,
    days: Sequence[str],
    site: str,
    sources: Callable[[], tuple[IvinexClient, Downloader]],
) -> dict[str, int]:
    """Ask anew for the stale files of these days and download them.

    Args:
        sources: called only where there is something to ask, since staging a day makes no call otherwise.

    Returns:
        How many were asked for, and how many came.
    """
    stale = warehouse.rows(_STALE, [list(days)])
    if not stale:
        return {"refreshed": 0, "recovered": 0}
    client, downloader = sources()
    tabs = {tab.collection_type_id: tab for role in _ROLES for tab in catalog.tabs_of(warehouse, role)}
    recovered = 0
    for part in _by_ticket(stale):
        fresh: dict[str, Mention] = {}
        _from_related(client, tabs, part, site, fresh)
        _from_pages(client, tabs, [row for row in part if row["source_id"] not in fresh], site, fresh)
        once = {row["source_id"]: row for row in part}
        asked = [row for row in once.values() if row["source_id"] in fresh]
        done = downloader.fetch_all([_wanted(fresh[row["source_id"]]) for row in asked])
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


_ROLES = ("ticket", "activity", "task")


def _from_related(
    client: IvinexClient, tabs: dict[str, Tab], stale: list[Stale], site: str, fresh: dict[str, Mention]
) -> None:
    tickets = sorted({row["ticket_source_id"] for row in stale if row["role"] != "ticket"})
    wanted = {row["record_source_id"] for row in stale}
    for ticket in tickets:
        _, number, record = ticket.split(":")
        if number not in tabs:
            continue
        try:
            items = client.all_related(tabs[number], record)
        except IvinexFailure:
            continue  # the page may still show it
        for item in items:
            source_id = f"ivinex:{item.collection_type_id}:{item.collection_id}"
            if source_id in wanted and item.record:
                _note(source_id, item.record, site, fresh)


def _from_pages(
    client: IvinexClient, tabs: dict[str, Tab], stale: list[Stale], site: str, fresh: dict[str, Mention]
) -> None:
    places: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in stale:
        places[row["collection_type_id"], int(row["page_offset"])].add(row["record_source_id"])
    for (number, offset), wanted in sorted(places.items()):
        if number not in tabs:
            continue
        try:
            rows = client.rows_at(tabs[number], offset)
        except IvinexFailure:
            continue
        for identity, record in rows:
            source_id = f"ivinex:{number}:{identity}"
            if source_id in wanted:
                _note(source_id, record, site, fresh)


def _note(source_id: str, record: dict[str, Any], site: str, fresh: dict[str, Mention]) -> None:
    for mention in mentions(record, site):
        fresh[file_id(source_id, mention.key)] = mention


def _wanted(mention: Mention) -> Wanted:
    return Wanted(mention.url, mention.name, mention.claimed_size)


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
