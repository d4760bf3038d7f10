"""Cells at the edges of the promise, for the gate alone: what an intermediary says, a false empty list, an edit under a
stop, an outage on a turned clock. Counted in the account's own state, like the others.

Homes that are lost or restored, and the canary, are in home_cells.py.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from benchmarks.fault_cells import LATE, RESTARTS, Result, account, note, rounds
from benchmarks.fault_objects import KINDS
from benchmarks.strategies import ACCOUNT, OPTIONS, Place, Told
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.gorgias.known_account import about_to_make
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.lease import Fenced, LeaseHeld

HTML_BEFORE, HTML_AFTER = "HTML 4xx before the commit", "HTML 4xx after the commit"
EMPTY, EDITED = "false empty list", "source edited under a stop"
OUTAGES = {"outage of 3 s": 3.0, "outage of 2 min": 120.0, "outage of 15 min": 900.0}
EDGES = (HTML_BEFORE, HTML_AFTER, EMPTY, EDITED, *OUTAGES)
STATUSES = (400, 404, 408, 409, 413, 421, 422, 499)
PAGE = b"<html><head><title>Maintenance</title></head><body>nginx</body></html>"
SHARE = 0.3
LEFT = "left behind"
"""Note of a result: writes without a known outcome, and trial objects, at the end."""


class Killed(BaseException):
    """The process ends here."""


class Spoiled(httpx.BaseTransport):
    """Passes calls on; what is spoiled of them, a subclass says. Seeded, and safe for threads."""

    def __init__(self, seed: int):
        self._to = httpx.HTTPTransport(limits=httpx.Limits(max_connections=64))
        self._dice, self._lock, self.fired = random.Random(seed), threading.Lock(), 0

    def hit(self) -> bool:
        with self._lock:
            hit = self._dice.random() < SHARE
            self.fired += hit
            return hit

    def close(self) -> None:
        self._to.close()


class Intermediary(Spoiled):
    """Answers three in ten writes in Gorgias's place, before or after they are passed on."""

    def __init__(self, seed: int, after: bool):
        super().__init__(seed)
        self._after = after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" or not self.hit():
            return self._to.handle_request(request)
        if self._after:
            self._to.handle_request(request).read()
        status = STATUSES[self.fired % len(STATUSES)]
        return httpx.Response(status, content=PAGE, headers={"content-type": "text/html", "server": "nginx"})


class Liar(Spoiled):
    """Loses the answer of three in ten writes, and says of each list at the first look that it is empty."""

    def __init__(self, seed: int):
        super().__init__(seed)
        self._asked: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._to.handle_request(request)
        if request.method != "GET":
            if self.hit():
                answer.read()
                raise httpx.ReadError("the answer is lost", request=request)
            return answer
        with self._lock:
            first = str(request.url) not in self._asked
            self._asked.add(str(request.url))
        body: Any = httpx.Response(answer.status_code, content=answer.read()).json()
        if first and isinstance(body, dict) and isinstance(body.get("data"), list):
            body = body | {"data": [], "meta": {"next_cursor": None, "prev_cursor": None}}
        return httpx.Response(answer.status_code, json=body)


class Down(Spoiled):
    """503 to everything for a while, from the n-th write on, on a clock that only waiting moves."""

    def __init__(self, clock: Turned, at: int, seconds: float):
        super().__init__(0)
        self._clock, self._at, self._seconds = clock, at, seconds
        self._writes, self._until = 0, 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._writes += request.method != "GET"
            if self._writes == self._at and not self._until:
                self._until = self._clock() + self._seconds
            down = self._clock() < self._until
            self.fired += down
        return httpx.Response(503, content=PAGE) if down else self._to.handle_request(request)


class Turned:
    """Monotonic seconds that pass while somebody sleeps, all at once."""

    def __init__(self) -> None:
        self._now, self._lock = 0.0, threading.Lock()

    def __call__(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)
        time.sleep(0.0005)


class DyingAfter(Spoiled):
    """Kills the run while the answer of its n-th write is awaited; the call is carried out."""

    def __init__(self, at: int):
        super().__init__(0)
        self._at, self._seen = at, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._to.handle_request(request)
        answer.read()
        with self._lock:
            self._seen += request.method != "GET"
            if request.method != "GET" and self._seen >= self._at:
                self.fired += 1
                raise Killed
        return answer


def gate_run(
    place: Place,
    writes: list[Write],
    transport: httpx.BaseTransport | None = None,
    options: WriterOptions = OPTIONS,
    clock: Turned | None = None,
    whose: Callable[[Reader, Ledger, dict[str, list[str]]], None] | None = None,
) -> Told:
    """One run of the gate as the project opens it: with the requests that it keeps, and a clock if one is given.

    Args:
        whose: told before each batch what it is about to make; stops the run where the account is another home's.
    """
    ledger, connection = place.ledger(), place.connection(transport)
    times: dict[str, Any] = {"sleep": clock.sleep, "clock": clock} if clock else {}
    reader = Reader(connection, clock.sleep) if clock else Reader(connection)
    sent = SentRequests(place.home / "unsettled", ACCOUNT)

    def before_batch(batch: list[Write]) -> None:
        if whose:
            whose(reader, ledger, about_to_make(batch))

    shared = (connection, reader, ledger, "bench", replace(options, workers=place.workers))
    try:
        with Writer(*shared, sent=sent, before_batch=before_batch, **times) as opened:
            tally = opened.apply(writes)
        return Told("", tally.sent, tally["conflict"] + tally["transient"], dict(tally.counts))
    except (GorgiasError, Fenced, LeaseHeld) as error:
        return Told(type(error).__name__)
    finally:
        connection.close()
        ledger.close()


def edge_cell(fault: str, object: str, writes: int, seed: int = 7) -> Result:
    """One cell: run until it says that it is through, then once more without a fault."""
    kind, result, started = KINDS[object], Result(), time.monotonic()
    for turn, number in enumerate(rounds(kind, writes)):
        with account(kind, number, []) as (server, place):
            work = [kind.write(n) for n in range(number)]
            if fault == EDITED:
                work = _edited(place, work, result)
            else:
                _spoiled(fault, place, work, result, seed + 100 * turn)
            result.second -= sum(kind.held(server.gorgias, number)[n] == 0 for n in range(number))
            told = gate_run(place, work)  # what was set aside is tried again; all else is left alone
            result.second += told.sent
            time.sleep(LATE)
            result.count(kind.held(server.gorgias, number), number)
            ledger = place.ledger()
            result.add(LEFT, len(ledger.known_writes.unsettled()))
            result.conflicts += len(ledger.conflicts.conflict_rows())
            ledger.close()
    result.seconds = round(time.monotonic() - started, 1)
    return result


def _spoiled(fault: str, place: Place, work: list[Write], result: Result, seed: int) -> None:
    for restart in range(RESTARTS):
        clock = Turned() if fault in OUTAGES else None
        transport: Spoiled
        if clock is not None:
            transport = Down(clock, max(1, len(work) // 3), OUTAGES[fault] if restart == 0 else 0.0)
        elif fault == EMPTY:
            transport = Liar(seed + restart)
        else:
            transport = Intermediary(seed + restart, fault == HTML_AFTER)
        told = gate_run(place, work, transport, OPTIONS, clock)
        result.fired += transport.fired
        note(result, told)
        if not told.ended:
            return
        result.restarts += 1


def _edited(place: Place, work: list[Write], result: Result) -> list[Write]:
    """Killed in the middle; every row is another one when it goes on. Returns the rows as they are now."""
    transport = DyingAfter(max(1, len(work) // 2))
    try:
        gate_run(place, work, transport)
    except BaseException as error:
        if not isinstance(error, Killed):
            raise
    result.fired += transport.fired
    changed = [_other(write) for write in work]
    time.sleep(OPTIONS.lease)
    note(result, gate_run(place, changed))
    result.restarts += 1
    return changed


def _other(write: Write) -> Write:
    """The same object with a field that was edited meanwhile, the name that it is recognised by apart."""
    if not isinstance(write.body, dict):
        return write
    body = dict(write.body)
    if "subject" in body:
        body["subject"] = f"{body['subject']} (edited)"
    elif "body_text" in body:
        body["body_text"] = f"{body['body_text']} (edited)"
    elif "description" in body or write.key.object in ("tags", "custom_fields"):
        body["description"] = "edited"
    return replace(write, body=body)
