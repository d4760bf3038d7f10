"""Faults that a server injects on purpose: which calls they hit. How each one shows is the server's part."""

from __future__ import annotations

import fnmatch
import json
import random
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, TypeAdapter, ValidationError, model_validator

Kind = Literal[
    "delay",
    "throttle",
    "status_before",
    "status_after",
    "reset_before",
    "reset_after",
    "late_write",
    "hang_after",
    "truncate",
    "html",
    "empty_list",
    "late_visibility",
]


class FaultError(ValueError):
    """A list of faults that cannot be read; the text names source and key."""


class Fault(BaseModel):
    """One fault and the calls that it hits.

    Attributes:
        kind: delay (answer `seconds` late), throttle (429, not carried out), status_before and status_after
            (`status` without or with carrying the call out), reset_before and reset_after (RST on the wire),
            late_write (RST at once, carried out `seconds` later), hang_after (carried out, never answered),
            truncate (half the body, then the end), html (carried out, a page in place of JSON), empty_list (a list
            call finds nothing, falsely),
            late_visibility (what the call creates stays out of lists for `seconds`).
        method: an HTTP method, or `*`.
        route: the contract's path (`/api/tickets/{id}`), or a pattern with `*`.
        calls: which matching calls, counted from 1; None means all, or `probability` of them.
        probability: share of the matching calls, drawn from `seed`.
        spoken: Gorgias itself gives the `status`, in its error envelope; otherwise something in front of it does.
        retry_after: whole seconds for `throttle`; None leaves the header out.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    method: str = "*"
    route: str = "*"
    calls: list[int] | int | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0
    status: int = Field(default=502, ge=400, le=599)
    seconds: float = Field(default=0, ge=0)
    spoken: bool = False
    retry_after: int | None = Field(default=None, ge=0)
    seen: int = 0
    fired: int = 0

    _random: random.Random = PrivateAttr()

    @model_validator(mode="after")
    def _one_choice(self) -> Fault:
        if self.calls is not None and self.probability is not None:
            raise ValueError("give calls or probability, not both")
        return self

    def model_post_init(self, context: Any) -> None:
        self._random = random.Random(self.seed)
        self.seen = self.fired = 0

    def hits(self, method: str, route: str) -> bool:
        """Whether this call, now counted, is one to spoil."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(route, self.route):
            return False
        self.seen += 1
        if self.calls is not None:
            wanted = [self.calls] if isinstance(self.calls, int) else self.calls
            hit = self.seen in wanted
        else:
            hit = self.probability is None or self._random.random() < self.probability
        self.fired += hit
        return hit


class FaultPlan:
    """The faults in force. A new list replaces the old one, counts and seeds included."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self.faults = faults or []

    def for_call(self, method: str, route: str) -> list[Fault]:
        """All delays and hidings that hit, and the first of the other kinds; every matching fault counts the call."""
        hit = [fault for fault in self.faults if fault.hits(method, route)]
        soft = [fault for fault in hit if fault.kind in ("delay", "late_visibility")]
        hard = [fault for fault in hit if fault not in soft]
        return soft + hard[:1]

    def replace(self, raw: Any, source: str) -> None:
        """Put another list in force. Raises FaultError; the old list stays then."""
        self.faults = parse_faults(raw, source)

    def shown(self) -> list[dict[str, Any]]:
        return [fault.model_dump() for fault in self.faults]


_LIST = TypeAdapter(list[Fault])


def parse_faults(raw: Any, source: str) -> list[Fault]:
    """Validate a list of faults. Raises FaultError naming the entry and key."""
    try:
        return _LIST.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "(top level)"
        raise FaultError(f"{source}: {where}: {first['msg']}") from None


def read_faults(path: Path) -> list[Fault]:
    """Read a file holding a JSON list. Raises FaultError."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FaultError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise FaultError(f"{path}: not JSON: {error}") from None
    return parse_faults(raw, str(path))
