"""An outage is waited out, said aloud, and ends the run only after GORGIAS_PATIENCE; on a clock of its own."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sample_writes import many, ticket
from writer_model import Account, Clock, model_gate

from resources.gorgias.client import Connection, Reader
from resources.gorgias.failures import Blocked, GorgiasError, RunStopped
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.pacing import LEVEL_HEADER, BucketPacer
from resources.patience import Awakened, Rest

PAGE = "<html><title>Maintenance</title></html>"


class Outage:
    """An account that is out of order from one moment to another.

    Attributes:
        how: what a request meets meanwhile.
        of: the methods that it hits.
    """

    def __init__(self, tmp_path: Path):
        self.clock, self.folder = Clock(), tmp_path
        self.account = Account(self.clock)
        self.begins = self.ends = 0.0
        self.how: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(503, text=PAGE)
        self.of = ("GET", "POST", "PUT")
        self.ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "model", self.clock.moment)
        self._gates: list[Writer] = []

    def gate(self, workers: int = 4) -> Writer:
        options = WriterOptions(workers=workers, settling=30.0)
        gate = model_gate(self._handle, self.clock, self.ledger, self.folder, options)
        self._gates.append(gate)
        return gate

    def lasts(self, seconds: float) -> None:
        self.begins, self.ends = self.clock(), self.clock() + seconds

    def tickets(self) -> list[str]:
        return sorted(name for table, name in self.account.external_ids() if table == "tickets")

    def close(self) -> None:
        for gate in self._gates:
            gate.close()
        self.ledger.close()

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if request.method in self.of and self.begins <= self.clock() < self.ends:
            self.clock.sleep(0.05)
            return self.how(request)
        return self.account.handle(request)


@pytest.fixture
def gate(outage: Outage) -> Writer:
    """A gate that was answered once, so that the address is known to be right."""
    made = outage.gate()
    made.apply([ticket(1)])
    return made


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    made = Outage(tmp_path)
    yield made
    made.close()


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


HOW = {
    "503": lambda _: httpx.Response(503, text=PAGE),
    "404 page": lambda _: httpx.Response(404, text=PAGE),
    "refused": refused,
    "reset": reset,
    "429": lambda _: httpx.Response(429, headers={"retry-after": "1"}, json={"error": {"msg": "slow down"}}),
    "another list": lambda _: httpx.Response(200, json={"maintenance": True}),
}


@pytest.mark.parametrize(("seconds", "how"), [(3, "503"), (120, "503"), *((900, how) for how in HOW)])
def test_an_outage_is_waited_out_and_nothing_is_lost_or_doubled(outage: Outage, seconds: float, how: str):
    gate = outage.gate()
    gate.apply(many(ticket, 2))
    outage.how = HOW[how]
    outage.lasts(seconds)
    tally = gate.apply(many(ticket, 24))
    assert outage.tickets() == sorted(one.key.source_id for one in many(ticket, 24))
    assert tally["given_up"] == tally["transient"] == 0
    assert outage.ledger.known_writes.unsettled() == []
    assert outage.clock() < outage.ends + 300 + 400
    assert gate.apply(many(ticket, 24)).sent == 0


def test_writes_alone_that_fail_are_waited_for_too(outage: Outage, gate: Writer):
    outage.of = ("POST",)
    outage.lasts(900)
    gate.apply(many(ticket, 3))
    assert len(outage.tickets()) == 3
    assert outage.ledger.known_writes.unsettled() == []


def test_a_day_of_it_ends_the_run_with_what_to_do_and_the_next_one_goes_on(outage: Outage):
    gate, started = outage.gate(), outage.clock()
    gate.apply([ticket(1)])
    outage.lasts(86_400)
    with pytest.raises(GorgiasError, match=r"30 min .*run the same command again"):
        gate.apply(many(ticket, 100))
    assert 1800 <= outage.clock() - started < 3600
    assert len(outage.ledger.known_writes.unsettled()) < 60
    gate.close()
    outage.ends = 0
    with outage.gate() as gate:
        gate.apply(many(ticket, 100))
    assert outage.tickets() == sorted(one.key.source_id for one in many(ticket, 100))


def test_it_is_said_what_happens_and_when_it_is_over(outage: Outage, gate: Writer, caplog: pytest.LogCaptureFixture):
    outage.lasts(900)
    with caplog.at_level(logging.WARNING, "resources"):
        gate.apply(many(ticket, 60))
    said = [record.getMessage() for record in caplog.records]
    assert any("503" in line and "next try in" in line for line in said)
    assert any("answers again" in line for line in said)
    assert len(said) < 40


def test_a_401_ends_it_at_once(outage: Outage, gate: Writer):
    outage.how = lambda _: httpx.Response(401, json={"error": {"msg": "Wrong API key."}})
    outage.lasts(900)
    before = outage.clock()
    with pytest.raises(RunStopped, match="GORGIAS_API_KEY"):
        gate.apply(many(ticket, 3))
    assert outage.clock() - before < 5


def test_a_row_that_gorgias_always_fails_at_does_not_hold_up_the_others(outage: Outage):
    gate = outage.gate()
    outage.how = lambda request: (
        httpx.Response(500, text=PAGE) if b"poison" in request.read() else outage.account.handle(request)
    )
    outage.lasts(1e9)
    before = outage.clock()
    tally = gate.apply([ticket(1, "poison"), *many(ticket, 9)[1:]])
    assert (tally["given_up"], tally["done"]) == (1, 8)
    assert outage.clock() - before < 600


def test_one_read_that_something_refuses_does_not_keep_the_others_from_being_settled(outage: Outage):
    gate = outage.gate()

    def how(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and b"ivinex%3A20%3A2" in request.url.query:
            return httpx.Response(403, text=PAGE)
        if request.method == "POST" and request.read().count(b'"ivinex:20:') and outage.clock() < outage.begins + 1:
            outage.account.handle(request)
            return httpx.Response(502, text=PAGE)
        return outage.account.handle(request)

    gate.apply([ticket(9)])
    outage.how = how
    outage.lasts(1e9)
    tally = gate.apply(many(ticket, 3))
    assert (tally["adopted"], tally["given_up"]) == (2, 1)
    assert [one.key.source_id for one in outage.ledger.known_writes.unsettled()] == ["ivinex:20:2"]
    with pytest.raises(Blocked):
        gate.reader.get("/api/tickets", external_id="ivinex:20:2")


def test_a_thread_that_waits_for_the_server_ends_with_the_run():
    """A signal reaches the main thread; the others must not sleep on for minutes."""
    rest = Rest()
    pacer = BucketPacer(40, 20.0, sleep=rest)
    transport = httpx.MockTransport(lambda _: httpx.Response(503, text=PAGE, headers={LEVEL_HEADER: "1/40"}))
    reader = Reader(Connection("https://model.example", ("a", "b"), pacer, 30.0, transport, rest=rest))
    ended: list[Any] = []

    def read() -> None:
        try:
            reader.get("/api/tickets")
        except Awakened:
            ended.append(time.monotonic())

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.3)
    asked = time.monotonic()
    rest.end()
    thread.join(10)
    assert ended
    assert ended[0] - asked < 1
