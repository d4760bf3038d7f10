"""What servers say about their limits in headers, read with suspicion: nonsense is ignored, long waits are capped.

It belongs here: parsing. It does not: what follows from it (pacing.py).
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LEVEL_HEADER = "x-gorgias-account-api-call-limit"
LONGEST_HOLD = 3600.0
"""Seconds: no server is waited for longer in one piece, whatever it asks for."""
SMALLEST_LIMIT, LARGEST_LIMIT = 5, 100_000
"""A bucket outside of these is a mistake: with less no request could ever leave."""
_LEVEL = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*/\s*(\d{1,6}(?:\.\d{1,6})?)\s*", re.ASCII)


def requested_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The seconds of a Retry-After header (a number or an HTTP date) as asked, None where there is none to be read."""
    value = (headers.get("retry-after") or headers.get("Retry-After") or "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, now or datetime.now(UTC))
    if math.isinf(seconds) and value.isdigit():
        return float(LONGEST_HOLD * 1000)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The same, at most an hour."""
    asked = requested_wait(headers, now)
    return None if asked is None else min(asked, LONGEST_HOLD)


def level(header: str) -> tuple[float, float] | None:
    """`10/40` -> (10, 40); anything that cannot be the level of a bucket -> None."""
    found = _LEVEL.fullmatch(header)
    if found is None:
        return None
    used, limit = float(found.group(1)), float(found.group(2))
    return (min(used, limit), limit) if SMALLEST_LIMIT <= limit <= LARGEST_LIMIT else None


def _until(value: str, now: datetime) -> float | None:
    try:
        until = parsedate_to_datetime(value)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
