"""A digest of a customer's channels, which no list of Gorgias shows: of what a write's answer held, and of what is
expected.

It belongs here: the normal form, in which order, letter case of addresses and the server's own notes say nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson


def channel_digest(channels: Iterable[Mapping[str, Any]]) -> str:
    """Of type, address and preference of each."""
    plain = sorted({(str(one["type"]), str(one["address"]).lower(), bool(one.get("preferred"))) for one in channels})
    return hashlib.sha256(orjson.dumps(plain)).hexdigest()
