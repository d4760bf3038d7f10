"""Answers of the API as bodies: JSON, XML with the same names, and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from sandbox.ivinex import wire

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Login</title></head><body><form method='post' action='/Login.php'>"
    b"<input name='UserName'><input name='Password' type='password'></form></body></html>"
)


class Refusal(Exception):
    """A request that is refused, with the status and the Message of its error object."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Keeps what the answer needs."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


class LoginPage(Exception):
    """Credentials are wrong and the site shows its login form instead of an error (A-17)."""


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of ready JSON bytes."""
    return Response(body, status, headers, "application/json")


def error_object(message: str, word: str) -> dict[str, str]:
    """The sandbox's error object; the failure word is switch A-22."""
    return {"Status": word, "Message": message}


def xml(value: Any) -> bytes:
    """The same names as XML: list items are named like their list without the final s; bare lists hold Item."""
    return b'<?xml version="1.0" encoding="UTF-8"?>' + _element("Response", value).encode("utf-8", "replace")


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_element(key, part) for key, part in value.items())
    elif isinstance(value, list):
        item = name.removesuffix("s") if name.endswith("s") else "Item"
        item = "Item" if name == "Response" else item
        inner = "".join(_element(item, part) for part in value)
    else:
        text = "" if value is None else value if isinstance(value, str) else wire.dumps(value).decode()
        inner = escape("".join(char for char in text if char in "\t\n\r" or char >= " "))
    return f"<{name}>{inner}</{name}>"
