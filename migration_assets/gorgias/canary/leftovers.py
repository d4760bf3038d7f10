"""What a canary leaves in the account, found by the ledger and by its external id, and deleted: ticket before customer.

A canary has one name for all runs, so that whichever run comes next knows what a stopped one made. It belongs here:
finding and deleting. It does not: making the trial ticket and judging it (trial.py).
"""

from collections.abc import Iterable
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN, State, WriteKey

PREFIX = "ivinex:canary"
NAME = f"{PREFIX}:one-for-all-runs"
"""As long as the names of records may be."""
PARTITION = "canary"
PATHS = {"ticket": "/api/tickets", "customer": "/api/customers"}


def is_left(ledger: Ledger) -> bool:
    """Whether the ledger knows of a trial object that may be in the account."""
    return any(_known(ledger, part) or _unsettled(ledger, part) for part in PATHS)


def clean_up(writer: Writer, ledger: Ledger, reader: Reader) -> int:
    """Delete what this or an earlier canary left, also where the ledger knows nothing of it; returns the calls."""
    _try_anew(writer, ledger)
    customers = _in_account(ledger, reader, "customer")
    sent = 0
    for part, found in (("ticket", _in_account(ledger, reader, "ticket", customers.values())), ("customer", customers)):
        for source_id, number in found.items():
            key = WriteKey("canary", source_id, f"delete_{part}")
            write = Write(key, "DELETE", f"{PATHS[part]}/{number}", None, partition=PARTITION, basis=[number])
            sent += writer.apply([write]).sent
    _try_anew(writer, ledger)
    return sent


def _try_anew(writer: Writer, ledger: Ledger) -> None:
    """The next canary makes all of it once more; what Gorgias refused an earlier one, it may allow this one."""
    for part in PATHS:
        for which in (part, f"delete_{part}"):
            rows = ledger.known_writes.known_of("canary", which)
            there = _known(ledger, part) if which == part else {}
            ended = {State.REFUSED, State.CONFLICT, *(WRITTEN if which == part else ())}
            over = [row.key for row in rows.values() if row.state in ended and row.key not in there]
            ledger.writes.take_back(
                over, writer.fencing_token(), writer.run_id, "not there any more; the next canary makes it anew"
            )
            ledger.conflicts.find_conflicts("canary", which, [])


def _in_account(ledger: Ledger, reader: Reader, part: str, customers: Iterable[int] = ()) -> dict[str, int]:
    """Name in the ledger -> Gorgias id of what is known to it, or found by its external id."""
    found = {key.source_id: number for key, number in _known(ledger, part).items()}
    filters: list[dict[str, Any]] = [{"external_id": NAME}, *({"customer_id": number} for number in customers)]
    for one in filters:
        for row in reader.rows(PATHS[part], **one):
            if str(row.get("external_id")).startswith(PREFIX) and row["id"] not in found.values():
                found[f"{NAME}/{row['id']}"] = row["id"]
    return found


def _known(ledger: Ledger, part: str) -> dict[WriteKey, int]:
    """Trial objects that were made and not deleted since: write -> Gorgias id."""
    deleted = ledger.known_writes.known_of("canary", f"delete_{part}")
    gone = {name: row.settled_at for name, row in deleted.items() if row.state in WRITTEN and row.settled_at}
    return {
        row.key: row.gorgias_id
        for name, row in ledger.known_writes.known_of("canary", part).items()
        if row.gorgias_id
        and row.state is not State.ROLLED_BACK
        and not (name in gone and row.settled_at and gone[name] >= row.settled_at)
    }


def _unsettled(ledger: Ledger, part: str) -> bool:
    parts = {part, f"delete_{part}"}
    left = (row for row in ledger.known_writes.unsettled() if row.key.object == "canary")
    return any(row.key.part in parts for row in left)
