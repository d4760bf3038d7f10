"""Three ways to carry out writes whose answers may be lost: the gate, and the two that tools commonly use.

- `gate`: this project's write gate.
- `repeat`: send again until an answer says yes, at most six times; what was answered is noted, so that a later run
  leaves it out.
- `mark`: note a write as done, then send it; what failed is an error in a log.

All three share the HTTP client, the pacer and the number of requests in flight.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import httpx

from resources.gorgias.client import Connection, Reader
from resources.gorgias.failures import GorgiasError, SendOutcome
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.lease import Fenced, LeaseHeld
from resources.pacing import BucketPacer

TIMEOUT = 0.5
OPTIONS = WriterOptions(settling=0.8, send_within=0.3, lease=1.0, attempts=12)
ATTEMPTS = 6
ACCOUNT = "bench:account"
_UNSURE = {SendOutcome.DOUBT, SendOutcome.NOT_SENT, SendOutcome.THROTTLED}


@dataclass(frozen=True)
class Place:
    """Where a run works: the account, its credentials, the folder that outlives the process, requests in flight."""

    url: str
    auth: tuple[str, str]
    home: Path
    workers: int = 16

    def ledger(self) -> Ledger:
        return Ledger.open(f"sqlite:///{self.home / 'ledger.sqlite'}", ACCOUNT)

    def connection(self, transport: httpx.BaseTransport | None = None) -> Connection:
        return Connection(self.url, self.auth, BucketPacer(4000, 20.0), TIMEOUT, transport)


@dataclass
class Told:
    """What a run says of itself.

    Attributes:
        ended: "" when it went through, else why it stopped.
        sent: requests that left.
        conflicts: writes that the gate left to a person.
    """

    ended: str = ""
    sent: int = 0
    conflicts: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        return asdict(self)


def gate(place: Place, writes: Iterable[Write], transport: httpx.BaseTransport | None = None) -> Told:
    """One run of the write gate; a run that gives up is told, and the caller may start it again."""
    ledger, connection = place.ledger(), place.connection(transport)
    try:
        with Writer(connection, Reader(connection), ledger, "bench", replace(OPTIONS, workers=place.workers)) as opened:
            tally = opened.apply(writes)
        return Told("", tally.sent, tally["conflict"], dict(tally.counts))
    except (GorgiasError, Fenced, LeaseHeld) as error:
        return Told(type(error).__name__)
    finally:
        connection.close()
        ledger.close()


def repeat(place: Place, writes: Iterable[Write], transport: httpx.BaseTransport | None = None) -> Told:
    """Repeat on failure."""

    def carry(connection: Connection, write: Write, note: Callable[[Write], None]) -> int:
        for attempt in range(ATTEMPTS):
            connection.pacer.acquire()
            fate = connection.send(write.method, write.path, body=write.body).fate
            if fate not in _UNSURE:
                if fate is SendOutcome.DONE:
                    note(write)
                return attempt + 1
            time.sleep(0.01 * 2**attempt)
        return ATTEMPTS

    return _each(place, writes, carry, transport)


def mark(place: Place, writes: Iterable[Write], transport: httpx.BaseTransport | None = None) -> Told:
    """Mark before sending. A 429 is repeated, since every client knows that it means no."""

    def carry(connection: Connection, write: Write, note: Callable[[Write], None]) -> int:
        note(write)
        for attempt in range(ATTEMPTS * 5):
            connection.pacer.acquire()
            if connection.send(write.method, write.path, body=write.body).fate is not SendOutcome.THROTTLED:
                return attempt + 1
        return ATTEMPTS * 5

    return _each(place, writes, carry, transport)


STRATEGIES: dict[str, Callable[..., Told]] = {"gate": gate, "repeat": repeat, "mark": mark}


def _each(
    place: Place,
    writes: Iterable[Write],
    carry: Callable[[Connection, Write, Callable[[Write], None]], int],
    transport: httpx.BaseTransport | None,
) -> Told:
    path, lock = place.home / "noted", threading.Lock()
    noted = set(path.read_text().split("\n")) if path.exists() else set()
    connection = place.connection(transport)
    with path.open("a") as file, ThreadPoolExecutor(place.workers) as pool:

        def note(write: Write) -> None:
            with lock:
                file.write(f"{write.key.source_id}\n")
                file.flush()
                os.fsync(file.fileno())

        waiting = [write for write in writes if write.key.source_id not in noted]
        sent = sum(pool.map(lambda write: carry(connection, write, note), waiting))
    connection.close()
    return Told("", sent)
