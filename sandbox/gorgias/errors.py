"""Refusals in the documented form: `{"error": {"msg": ..., "data": {field: [messages]}}}` (gorgias-api.md 4)."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer other than success; carried from wherever it is noticed to the one place that answers."""

    def __init__(self, status: int, msg: str, data: dict[str, list[str]] | None = None) -> None:
        super().__init__(msg)
        self.status = status
        self.msg = msg
        self.data = data

    def body(self) -> dict[str, Any]:
        """The documented error body; `data` only where single fields are to blame."""
        error: dict[str, Any] = {"msg": self.msg}
        if self.data:
            error["data"] = self.data
        return {"error": error}


class Merged(Exception):
    """The object was merged into another one: answered 301 with an empty body (gorgias-api.md 4).

    Attributes:
        survivor: address of the other one, in the header `location`; empty: it is not said.
    """

    def __init__(self, survivor: str = "") -> None:
        super().__init__(survivor)
        self.survivor = survivor


def invalid(field: str, message: str, status: int = 400) -> ApiError:
    """One bad field; nested fields are written with dots, as in `messages.0.channel`."""
    return ApiError(status, "Invalid request.", {field: [message]})


def not_found() -> ApiError:
    return ApiError(404, "Resource not found.")


def forbidden(reason: str = "") -> ApiError:
    msg = "You do not have enough permissions to perform this action."
    return ApiError(403, f"{msg} {reason}".rstrip())
