"""Takes over an account that another home loaded: the ledger is rebuilt from what is there, by external ids.

Tickets and customers are walked, 100 a call, and entered as found; the next load looks at each once, takes what is as
staged, and writes what is missing. Everything else has a name or an e-mail that Gorgias keeps unique, or is part of a
ticket, and is looked up by the load itself before it is written (resources/gorgias/writer/writer.py).

It belongs here: walking, and refusing an account of another source site. It does not: what a load makes of a find.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from migration_assets.mapping.source_site import bind_site, contradicts, created_of, require_same_site, site_name
from migration_assets.settings_source import load_settings
from resources.batches import batches
from resources.gorgias.client import Reader
from resources.gorgias.external_ids import site_of, without_site
from resources.gorgias.known_account import CHECK_NAME, LISTS, is_record
from resources.gorgias.writer.lease_keeper import LeaseKeeper
from resources.gorgias.writer.write_context import ADOPTED_ACCOUNT
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.ledger.records import Uploaded
from resources.warehouse import Warehouse

OLDEST_FIRST = "created_datetime:asc"
_CHUNK = 500
_AGREED = 20
_NAME = 32
Found = dict[str, list[dict[str, Any]]]
"""External id -> the objects that have it."""
_DIGEST = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{_NAME}}}(?![0-9a-f])")


class AdoptionRefused(Exception):
    """The account cannot be taken over; nothing was recorded."""


@dataclass(frozen=True)
class Adopted:
    """What was found, and how much of it the ledger did not know."""

    tickets: int
    new_tickets: int
    customers: int
    new_customers: int
    doubled: int
    files: int

    def sentence(self) -> str:
        files = f" {self.files} files are in it by their addresses." if self.files else ""
        doubles = f" {self.doubled} external ids are held by more than one object: conflicts." if self.doubled else ""
        return (
            f"{self.tickets} tickets and {self.customers} customers of Ivinex are in the account; {self.new_tickets} "
            f"and {self.new_customers} of them are new to this ledger.{files}{doubles} Next: the job prepare, or "
            "`migrate run`, which writes only what is missing."
        )

    def as_data(self) -> dict[str, int]:
        return asdict(self)


def adopt_account(
    reader: Reader, ledger: Ledger, warehouse: Warehouse, by: str, reason: str, report_progress: Callable[[str], None]
) -> Adopted:
    """Enter what is in the account and in no ledger of this home.

    Raises:
        AdoptionRefused: no reason is given, Ivinex was not read yet, or the account holds another site's records.
        LeaseHeld: another runner works on the account.
        NameMissing: nobody is named.
    """
    by, reason = named(by), reason.strip()
    if not reason:
        raise AdoptionRefused(
            "reason is empty: say why this home takes the account over (the home that loaded it is lost, say), in the "
            "field `reason` of the job or with `--reason TEXT`. Nothing was recorded."
        )
    if not warehouse.exists("ivinex.ticket_sweep") or not warehouse.scalar("SELECT count(*) FROM ivinex.ticket_sweep"):
        raise AdoptionRefused(
            "Ivinex was not read yet, so it cannot be told whether the account holds this site's records. Read it: in "
            "the UI the job discover, or `migrate discover`. Then take the account over. Nothing was recorded."
        )
    require_same_site(ledger, warehouse)
    walked, in_ids = _of_one_site(ledger, {name: _walk(reader, name, report_progress) for name in LISTS})
    _require_own(warehouse, walked["tickets"])
    files = _uploads(reader, warehouse, report_progress)
    keeper = LeaseKeeper(ledger, "adopt")
    told = f"found in the account, taken over by {by}"
    new = Counter[str]()
    try:
        fence = keeper.take()
        ledger.decisions.decide(ADOPTED_ACCOUNT, "adopted", by, reason)
        bind_site(ledger, warehouse, in_ids)
        for name, rows in walked.items():
            found = [(one, held[0]["id"], _day(held[0]) if name == "tickets" else None) for one, held in rows.items()]
            for some in batches(found, _CHUNK):
                new[name] += ledger.writes.enter_found(name, some, told, fence, "")
        doubled = [(name, one, held) for name, rows in walked.items() for one, held in rows.items() if len(held) > 1]
        for name, one, held in doubled:
            ids = ", ".join(str(row["id"]) for row in held)
            ledger.conflicts.note_conflict(
                name, one, "external_id", held[0]["id"], f"{len(held)} objects have it: {ids}"
            )
        with ledger.leases.fenced(fence) as tx:
            ledger.uploads.record_in_transaction(tx, "found in the account", files)
        ledger.quality_gates.record_gate(CHECK_NAME, None, True, told, "")
    finally:
        keeper.release()
    return Adopted(
        len(walked["tickets"]), new["tickets"], len(walked["customers"]), new["customers"], len(doubled), len(files)
    )


def _walk(reader: Reader, name: str, report_progress: Callable[[str], None]) -> Found:
    """External id -> the objects that have it, the first made first; the trash is part of the list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, row in enumerate(reader.rows(LISTS[name], order_by=OLDEST_FIRST), start=1):
        held = found.get(row.get("external_id") or "", [])
        if is_record(row.get("external_id")) and row["id"] not in [one["id"] for one in held]:
            found.setdefault(row["external_id"], []).append(
                {"id": row["id"], "created": str(row.get("created_datetime") or "")}
            )
        if number % 5_000 == 0:
            report_progress(f"{number} {name} of the account looked through, {len(found)} of them from Ivinex")
    return {external_id: sorted(held, key=lambda row: row["id"]) for external_id, held in found.items()}


def _of_one_site(ledger: Ledger, walked: dict[str, Found]) -> tuple[dict[str, Found], str | None]:
    """What of it is this site's, and the site that its ids hold where this ledger believed otherwise.

    An account may have been loaded before ids held their site, or by a home that called the site by its host.

    Raises:
        AdoptionRefused: all records name other sites.
    """
    named = Counter(site_of(one) for rows in walked.values() for one in rows)
    others = [] if len(ledger.known_writes.write_counts()) else [site_name(load_settings()), ""]
    chosen = next((site for site in (None, *others) if named[site]), None)
    if named and not named[chosen]:
        told = ", ".join(sorted(f"{site or 'no site'} ({number} records)" for site, number in named.items()))
        raise AdoptionRefused(
            f"The external ids in this account name another Ivinex site: {told}. If that is this site under another "
            "address, set IVINEX_SITE to that name in a home of its own; otherwise set GORGIAS_BASE_URL to this site's "
            "own account. Nothing was recorded."
        )
    mine = {
        name: {without_site(one): held for one, held in rows.items() if site_of(one) == chosen}
        for name, rows in walked.items()
    }
    return mine, chosen


def _uploads(reader: Reader, warehouse: Warehouse, report_progress: Callable[[str], None]) -> list[Uploaded]:
    """Contents of this site that messages of the account refer to: an upload's name begins with its digest.

    What cannot be told so is uploaded again, and the upload before stays in Gorgias.
    """
    query = "SELECT DISTINCT sha256 FROM ivinex.downloads WHERE sha256 IS NOT NULL"
    rows = warehouse.rows(query, if_exists="ivinex.downloads")
    contents = {row["sha256"][:_NAME]: row["sha256"] for row in rows}
    found: dict[str, Uploaded] = {}
    for number, row in enumerate(reader.rows("/api/messages", order_by=OLDEST_FIRST) if contents else (), start=1):
        for one in row.get("attachments") or ():
            name = _DIGEST.search(str(one.get("url") or ""))
            sha256 = contents.get(name.group()) if name else None
            if sha256 and isinstance(one.get("size"), int):
                found[sha256] = Uploaded(sha256, one["url"], str(one.get("content_type") or ""), one["size"])
        if number % 5_000 == 0:
            report_progress(f"{number} messages of the account looked through, {len(found)} files found")
    return list(found.values())


def _require_own(warehouse: Warehouse, tickets: dict[str, list[dict[str, Any]]]) -> None:
    """
    Raises:
        AdoptionRefused: the account's tickets were created at other times than this site's of the same ids, or none
            of many is known to this site.
    """
    held = {external_id: rows[0]["created"][:19] for external_id, rows in tickets.items()}
    created = created_of(warehouse, list(held))
    if contradicts(held, created) or (len(held) >= _AGREED and not created):
        both = sum(one in created for one in held)
        raise AdoptionRefused(
            f"The account holds the records of another Ivinex site: of its {len(held)} tickets with ids of Ivinex, "
            f"{both} have an id that this site knows, and most of these were created at another time. Set "
            "IVINEX_BASE_URL to the site that it was loaded from, or GORGIAS_BASE_URL to this site's own account. "
            "Nothing was recorded."
        )


def _day(row: dict[str, Any]) -> str:
    return str(row["created"])[:10]
