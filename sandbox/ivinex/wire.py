"""JSON that may hold what orjson refuses: lone surrogates, which a PHP server passes on as escapes."""

from __future__ import annotations

import json
from typing import Any

import orjson


def loads(data: bytes) -> Any:
    """Parses JSON bytes; lone surrogate escapes stay as such in the text.

    Raises:
        ValueError: not JSON.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def dumps(value: Any) -> bytes:
    """Serialises compactly; text with lone surrogates comes out with escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()
