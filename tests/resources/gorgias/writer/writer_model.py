"""A Gorgias account within the process, on a clock that moves when somebody sleeps, with a fate for every attempt.

The account's rules are the sandbox's own, reached without a socket; what happens to a request on its way is decided
here. `Fate` lists what may happen to one attempt, from the commit of its intent to the commit of its answer.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sample_writes import AUTH, CUSTOMER, customer, ticket
from sleeping_clock import Clock as SleepingClock

from resources.gorgias.client import Connection, Reader
from resources.gorgias.wire import Tag
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger, Outcome
from resources.ledger.records import Completion, Intent, WriteKey
from resources.ledger.writes import Writes
from resources.pacing import BucketPacer
from sandbox.gorgias.answering import Answer, Asked, answer
from sandbox.gorgias.app import GorgiasServer
from sandbox.gorgias.canonical import state
from sandbox.gorgias.contract import contract

LATE = 20.0
"""Seconds after which a dropped request is still carried out, or a new object appears in lists: under `settling`."""
CARRIED_OUT = (
    *("answered", "answer lost", "502 after", "reset after", "truncated", "html", "hidden and lost", "403 page after"),
    *("killed awaiting the answer", "killed before settling", "killed after settling", "overtaken"),
)
NOT_CARRIED_OUT = ("connection refused", "502 before", "reset before", "429", "429 without a time", "403 page before")
FATES = (
    *CARRIED_OUT,
    *NOT_CARRIED_OUT,
    "late",
    "killed before the intent",
    "killed after the intent",
    "killed sending",
)
TICKET, FIELD = 60000, 11


class Killed(BaseException):
    """The process ends here; nothing after this point happens."""


class Clock(SleepingClock):
    """Seconds since 1970, for the account, the ledger, the pacer and the gate alike."""

    def __init__(self) -> None:
        super().__init__(1_800_000_000.0)

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


class Account:
    """The target. `fates` are used up one per attempt; without any, all goes well."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.fates: deque[str] = deque()
        self.fate = "answered"
        self.overtake: Callable[[], None] = lambda: None
        self._late: list[tuple[float, httpx.Request]] = []
        first = {name: value for name, value in ticket(0).body.items() if name not in {"external_id", "imported"}}
        first["messages"] = [{k: v for k, v in first["messages"][0].items() if k != "external_id"}]
        definition = {"data_type": "text", "input_settings": {"input_type": "input"}}
        self._server = GorgiasServer(
            {
                "auth": [AUTH],
                "customers": [CUSTOMER],
                "tags": [{"name": "ai_ignore"}],
                "tickets": [first | {"id": TICKET + n} for n in (1, 2)],
                "custom_fields": [{"id": FIELD, "object_type": "Customer", "label": "Size", "definition": definition}],
            },
            clock=clock,
        )
        self._principal = self._server.credentials.principals()[0]

    def next_fate(self) -> str:
        self.fate = self.fates.popleft() if self.fates else "answered"
        return self.fate

    def state(self) -> bytes:
        """What the account holds, without what the server made up."""
        self.catch_up()
        return state(self._server.account, canonical=True)

    def external_ids(self) -> list[tuple[str, str]]:
        """(table, external id) of every object that carries one, doubles included."""
        account = self._server.account
        tables = (account.tickets, account.customers, account.messages)
        return [(table.name, row["external_id"]) for table in tables for row in table if row.get("external_id")]

    def catch_up(self) -> None:
        """Carry out dropped requests whose time has come."""
        due = [request for at, request in self._late if at <= self.clock()]
        self._late = [(at, request) for at, request in self._late if at > self.clock()]
        for request in due:
            self._carry_out(request)

    def handle(self, request: httpx.Request) -> httpx.Response:  # noqa: C901
        """The network: reads always succeed, a write meets its fate."""
        self.clock.sleep(0.05)
        self.catch_up()
        if request.method == "GET":
            return self._carry_out(request)
        match self.fate:
            case "killed sending":
                raise Killed
            case "connection refused":
                raise httpx.ConnectError("refused", request=request)
            case "reset before":
                raise httpx.ReadError("reset", request=request)
            case "502 before" | "403 page before":
                return httpx.Response(int(self.fate[:3]), text="<html>no</html>")
            case "429" | "429 without a time":
                headers = {"retry-after": "3"} if self.fate == "429" else {}
                return httpx.Response(429, headers=headers, json={"error": {"msg": "slow down"}})
            case "late":
                self._late.append((self.clock() + LATE, request))
                raise httpx.ReadError("reset", request=request)
        given = self._carry_out(request, LATE if self.fate == "hidden and lost" else 0.0)
        match self.fate:
            case "answer lost" | "hidden and lost":
                self.clock.sleep(30.0)
                raise httpx.ReadTimeout("late", request=request)
            case "reset after":
                raise httpx.ReadError("reset", request=request)
            case "502 after" | "403 page after":
                return httpx.Response(int(self.fate[:3]), text="<html>no</html>")
            case "truncated":
                raise httpx.RemoteProtocolError("peer closed connection", request=request)
            case "html":
                return httpx.Response(200, text="<html>hello</html>")
            case "killed awaiting the answer":
                raise Killed
            case "overtaken":
                self.overtake()
        return given

    def _carry_out(self, request: httpx.Request, hidden_for: float = 0.0) -> httpx.Response:
        operation, params = contract(True).find(request.method, request.url.path)
        asked = Asked(
            operation=operation,
            params=params,
            path=request.url.path,
            query_text=request.url.query.decode(),
            query=list(request.url.params.multi_items()),
            base_url="http://127.0.0.1",
            content=request.content,
        )
        given: Answer = answer(self._server.account, self._principal, asked, hidden_for)
        return httpx.Response(given.status, content=given.content, headers=given.headers)


def model_gate(
    answer: Callable[[httpx.Request], httpx.Response], clock: Clock, ledger: Ledger, home: Path, options: WriterOptions
) -> Writer:
    """A new runner, as a new process would make it."""
    pacer = BucketPacer(4000, 20.0, clock=clock, sleep=clock.sleep)
    connection = Connection("https://model.example", ("a", "b"), pacer, 30.0, httpx.MockTransport(answer))
    reader, sent = Reader(connection, sleep=clock.sleep), SentRequests(home / "unsettled", "model")
    return Writer(connection, reader, ledger, "run", options, clock.sleep, clock, sent)


class MortalLedger(Ledger):
    """Dies before or after a commit, when that is the fate of the attempt."""

    target: Account

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.writes = MortalWrites(self, self.leases, self.outcomes, self.quarantine, self.conflicts, self.uploads)


class MortalWrites(Writes):
    store: MortalLedger

    def begin(self, intents: Sequence[Intent], fence: int, run_id: str) -> None:
        fate = self.store.target.next_fate()
        if fate == "killed before the intent":
            raise Killed
        super().begin(intents, fence, run_id)
        if fate == "killed after the intent":
            raise Killed

    def complete(self, settlements: Sequence[Completion], fence: int, run_id: str) -> None:
        if settlements and self.store.target.fate == "killed before settling":
            raise Killed
        super().complete(settlements, fence, run_id)
        if settlements and self.store.target.fate == "killed after settling":
            raise Killed


def writes() -> list[Write]:
    """Every way of finding a lost write again: by external id, by natural key, in a ticket, by its content."""
    return [
        *(ticket(n) for n in (1, 2)),
        *(customer(n) for n in (1, 2)),
        *(Write(WriteKey("tags", name, "create"), "POST", "/api/tags", Tag(name=name).body()) for name in ("a", "b")),
        *(_append(n) for n in (1, 2)),
        Write(
            WriteKey("customers", "ada", "values"),
            *("PUT", f"/api/customers/{CUSTOMER['id']}/custom-fields", [{"id": FIELD, "value": "L"}]),
        ),
    ]


def _append(n: int) -> Write:
    """One message to a ticket: their order within a ticket is the caller's business, who sends one after the other."""
    body: dict[str, Any] = ticket(n).body["messages"][0] | {"external_id": f"ivinex:30:late{n}"}
    key = WriteKey("messages", f"ivinex:30:late{n}", "append")
    return Write(key, "POST", f"/api/tickets/{TICKET + n}/messages", body, (Outcome(key.source_id, "created"),))
