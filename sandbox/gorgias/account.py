"""The whole account in memory: tables, clock, switches, events, outbox. Rules of single objects live elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.gorgias.config import GorgiasConfig
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.moments import written
from sandbox.gorgias.switches import Switches
from sandbox.gorgias.table import Record, Sequence, Table, one

UNDELIVERABLE = ".invalid"
"""The reserved top-level domain: mail to it can reach nobody."""


def channel_keys(customer: Record) -> list[tuple[str, str]]:
    """The (type, address) pairs that nobody else may hold; e-mails compare without case."""
    return [(channel["type"], comparable(channel["type"], channel["address"])) for channel in customer["channels"]]


def comparable(channel_type: str, address: str) -> str:
    return address.strip().lower() if channel_type == "email" else address.strip()


class Account:
    """State of one Gorgias account, used by one event loop; nothing here waits, so every request is atomic.

    Attributes:
        actor: id of the user behind the present request; None while the dataset is loaded.
        merges, ticket_merges: one row per customer or ticket that was merged away, under its old id.
        due: what the account does by itself after an answer; done before the next request.
    """

    def __init__(self, config: GorgiasConfig, clock: Callable[[], float]) -> None:
        self.config = config
        self.clock = clock
        self.switches = Switches(config.switches)
        self.actor: int | None = None
        self._quiet = False
        people = Sequence(1001)
        self.users = Table("users", people, {"external_id": one("external_id")})
        self.customers = Table(
            "customers", people, {"external_id": one("external_id"), "channel": channel_keys, "email": one("email")}
        )
        self.merges = Table("merges", people)
        self.ticket_merges = Table("ticket_merges", Sequence(1))
        self.teams = Table("teams", Sequence(101))
        self.tags = Table("tags", Sequence(201), {"name": one("name")})
        self.custom_fields = Table("custom_fields", Sequence(301))
        self.tickets = Table(
            "tickets",
            Sequence(50001),
            {"external_id": one("external_id"), "customer_id": one("customer_id"), "tag": lambda row: row["tag_ids"]},
        )
        self.messages = Table("messages", Sequence(700001), {"ticket_id": one("ticket_id")})
        self.events = Table(
            "events", Sequence(9000001), {"object": lambda row: ((row["object_type"], row["object_id"]),)}
        )
        self.settings = Table("settings", Sequence(11))
        self.rules = Table("rules", Sequence(401))
        self.integrations = Table("integrations", Sequence(501))
        self.jobs = Table("jobs", Sequence(601))
        self.surveys = Table("surveys", Sequence(801), {"ticket_id": one("ticket_id")})
        self.views = Table("views", Sequence(901))
        self.macros = Table("macros", Sequence(951))
        self.files = Table("files", Sequence(1), {"path": one("path")})
        self.outbox = Table("outbox", Sequence(1))
        self.due: list[Callable[[], None]] = []
        # What the account does by itself: (when, ticket, the API user behind the create).
        self.own_updates: list[tuple[float, int, int]] = []
        self.tables = [table for table in vars(self).values() if isinstance(table, Table)]

    def now(self) -> str:
        return written(self.clock())

    @property
    def loading(self) -> bool:
        """The dataset's own objects are being loaded."""
        return self._quiet

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """No events and no outbox while the dataset's own objects are loaded."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def event(self, kind: str, object_type: str, object_id: int, data: dict[str, Any] | None = None) -> None:
        """Record what happened, at the server's time (gorgias-api.md 8)."""
        if self._quiet:
            return
        self.events.add(
            {
                "id": None,
                "type": kind,
                "object_type": object_type,
                "object_id": object_id,
                "user_id": self.actor,
                "data": data,
                "context": None,
                "created_datetime": self.now(),
            }
        )

    def mail(
        self,
        kind: str,
        to: list[str],
        why: str,
        ticket: Record | None = None,
        message: Record | None = None,
    ) -> None:
        """Put into the outbox what Gorgias would have sent; mail to nobody counts as mail."""
        if self._quiet:
            return
        self.outbox.add(
            {
                "id": None,
                "kind": kind,
                "to": to,
                "ticket_id": ticket and ticket["id"],
                "external_id": (message or ticket or {}).get("external_id"),
                "at": self.now(),
                "why": why,
                "undeliverable": bool(to) and all(address.lower().endswith(UNDELIVERABLE) for address in to),
            }
        )

    def hide(self, table: Table, record: Record, seconds: float, everywhere: bool) -> None:
        """Keep a new row out of lists (filtered ones only, or all) for some seconds."""
        if seconds and not self._quiet:
            until = self.clock() + seconds
            table.hidden[record["id"]] = max((until, everywhere), table.hidden.get(record["id"], (0.0, False)))

    def duplicate(self, field: str, message: str, switch: str = "G-01") -> ApiError:
        """The refusal of a second holder of an identifier."""
        return ApiError(self.switches[switch], "Invalid request.", {field: [message]})
