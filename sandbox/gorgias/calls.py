"""What an operation is given and what it answers, and the registry that finds it by operationId."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.gorgias.account import Account


@dataclass(frozen=True)
class UploadedPart:
    """One part of a multipart body; its name is the file's name."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass
class Call:
    """A validated request. `names` are the body keys that the contract knows; None stands for all."""

    path: str
    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    names: frozenset[str] | None = None
    parts: list[UploadedPart] = field(default_factory=list)
    query_text: str = ""
    base_url: str = ""
    user_id: int = 0
    hidden_for: float = 0.0

    def fields(self) -> dict[str, Any]:
        """The body's known keys; unknown ones got here only where they are to be ignored."""
        return {name: value for name, value in self.body.items() if self.names is None or name in self.names}


@dataclass(frozen=True)
class Reply:
    """Status and body; a body of None is an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Account, Call], Reply]

HANDLERS: dict[str, Handler] = {}


def serves(operation_id: str) -> Callable[[Handler], Handler]:
    """Register a function as the implementation of an operation of the contract."""

    def register(handler: Handler) -> Handler:
        HANDLERS[operation_id] = handler
        return handler

    return register
