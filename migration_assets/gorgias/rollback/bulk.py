"""Closed tickets deleted a hundred at a time, by Gorgias's own job, whose outcome is read back.

It belongs here: ordering a job through the gate, waiting for it, and seeing what is gone. It does not: the look at each
ticket before (execute.py), and open tickets, which go one by one. A job deletes later than it answers, so right before
it is ordered its tickets are listed once more, and what was updated since its look does not go with it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from migration_assets.gorgias.rollback import target_now
from migration_assets.gorgias.rollback.target_now import Row
from migration_assets.gorgias.rollback.written_objects import ORDERED
from resources.gorgias.failures import GorgiasError, RunStopped
from resources.gorgias.wire import moment
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger.records import WRITTEN, Undone, WriteKey

MOST: Final = 100
"""Tickets of one job: as many as one list shows."""
LEAST = 25
"""Of fewer, a job would cost as many calls as it saves, and its wait."""
CALLS: Final = 4
"""Beside the looks: the list before, the order, the end of the job, the list after."""
PATIENCE: Final = 300.0
"""Seconds for which a job is waited for; after that its tickets go one by one."""
_FIRST_REST, _LONGEST_REST = 0.2, 5.0
_NO_JOBS = frozenset({404, 405})
_ENDED = frozenset({"done", "canceled", "errored", "fatal_errored"})
_SEEN = ("updated_datetime", "status", "messages_count")


@dataclass(frozen=True)
class Deleted:
    """What became of the tickets of one job, by their Gorgias ids.

    Attributes:
        job: its id; None where none was made.
        gone: not in the account any more.
    """

    job: int | None
    gone: frozenset[int]


def calls(closed: int) -> int:
    """What taking back so many closed tickets costs, looks included."""
    jobs, left = divmod(closed, MOST)
    if left >= LEAST:
        jobs, left = jobs + 1, 0
    # What no job takes is looked at again, unless there is no job at all.
    return closed + jobs * CALLS + left * (2 if jobs else 1)


def delete_closed(writer: Writer, looked_at: Sequence[Row]) -> Deleted:
    """Order the job for those that are as they were a moment ago, wait for it, and read back what is gone.

    Args:
        looked_at: the single reads that decided that these tickets go.

    Raises:
        As `Writer.apply`.
    """
    numbers = [row["id"] for row in looked_at]
    now = target_now.tickets(writer.reader, numbers)
    same = [row["id"] for row in looked_at if row["id"] in now and _is_same(row, now[row["id"]])]
    if not same:
        return Deleted(None, frozenset())
    job = _ordered(writer, same)
    if job is None:
        return Deleted(None, frozenset())
    _wait(writer, job)
    there = target_now.tickets(writer.reader, same)
    return Deleted(job, frozenset(set(same) - set(there)))


def _is_same(looked_at: Row, listed: Row) -> bool:
    before = looked_at | {"messages_count": len(looked_at.get("messages") or ())}
    return all(before.get(name) == listed.get(name) for name in _SEEN)


def _ordered(writer: Writer, numbers: Sequence[int]) -> int | None:
    """The job; None where Gorgias makes none (a role that may delete tickets only singly, a plan without jobs)."""
    digest = hashlib.sha256(f"{numbers} {moment(datetime.now(UTC))}".encode()).hexdigest()[:16]
    key = WriteKey(*ORDERED[:1], digest, ORDERED[1])
    body = {"type": "deleteTicket", "params": {"ticket_ids": list(numbers)}, "meta": {"ivinex": digest}}
    # It takes nothing back by itself (a look afterwards does), and where it is refused nobody has to decide anything.
    try:
        writer.apply([Write(key, "POST", "/api/jobs", body, undoes=Undone((), ()))])
    except RunStopped as error:
        if error.status not in _NO_JOBS:
            raise
        return None
    row = writer.ledger.known_writes.known([key]).get(key)
    return row.gorgias_id if row is not None and row.state in WRITTEN else None


def _wait(writer: Writer, job: int) -> None:
    rest, waited = _FIRST_REST, 0.0
    while waited < PATIENCE:
        try:
            status = writer.reader.get(f"/api/jobs/{job}").get("status")
        except GorgiasError as error:
            # A job that nobody may look at is as one that is not there: the list that follows tells what it took.
            if error.status not in {403, 404}:
                raise
            return
        if status in _ENDED:
            return
        writer.connection.rest(rest)
        waited, rest = waited + rest, min(2 * rest, _LONGEST_REST)
