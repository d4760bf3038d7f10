"""Faults of the Ivinex side: which request they hit, and what they do to a page of rows or to a finished answer.

Faults are misfortunes and come and go; what a site does always is a switch (`switches.py`).
"""

from __future__ import annotations

import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["delay", "drop", "error_500", "html", "truncate", "invalid_utf8", "duplicate_row", "row_added"]


class Fault(BaseModel):
    """One fault.

    Attributes:
        kind: delay waits `seconds` first; drop closes the connection in mid-body; error_500, html, truncate and
            invalid_utf8 spoil the answer; duplicate_row starts a later page one row early; row_added makes a new
            record before the page is cut.
        route: name of the call as in the statistics (Records, GetRecords, Files, ...), `*` for all.
        tab: only requests for this tab.
        calls: which matching requests, counted from 1; absent means every one.
        probability: chance per matching request, drawn from `seed`.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    route: str = "*"
    tab: str | None = None
    calls: int | list[int] | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0
    seconds: float = Field(default=1.0, ge=0)


class Faults:
    """The faults in force, with their counts."""

    def __init__(self, faults: list[Fault]) -> None:
        """Starts counting from the first request."""
        self.listed: list[Fault] = []
        self.replace(faults)

    def replace(self, faults: list[Fault]) -> None:
        """Puts another list in force and forgets the counts."""
        self.listed = faults
        self._seen = [0] * len(faults)
        self._dice = [random.Random(fault.seed) for fault in faults]

    def hitting(self, route: str, tab: str | None) -> list[Fault]:
        """Counts the request and returns the faults that hit it."""
        hits = []
        for index, fault in enumerate(self.listed):
            if fault.route not in ("*", route) or fault.tab not in (None, tab):
                continue
            self._seen[index] += 1
            wanted = [fault.calls] if isinstance(fault.calls, int) else fault.calls
            if wanted is not None and self._seen[index] not in wanted:
                continue
            if fault.probability is not None and self._dice[index].random() >= fault.probability:
                continue
            hits.append(fault)
        return hits


def spoil(kind: Kind, body: bytes) -> tuple[int, str, bytes]:
    """Returns status, content type and body of an answer that a fault has spoiled."""
    if kind == "error_500":
        return 500, "text/html", b"<html><body><h1>500 Internal Server Error</h1></body></html>"
    if kind == "html":
        return 200, "text/html", b"<!DOCTYPE html><html><body>Down for maintenance.</body></html>"
    if kind == "truncate":
        return 200, "application/json", body[: max(1, len(body) * 2 // 3)]
    middle = body.find(b'"', len(body) // 2)
    return 200, "application/json", body[: middle + 1] + b"\xc3\x28\xff" + body[middle + 1 :]
