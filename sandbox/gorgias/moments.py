"""Points in time as Gorgias writes them: ISO 8601, UTC, `+00:00`, with microseconds where there are some.

Text in this one form sorts as the times do, so the store keeps text and never converts to compare.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def parse(text: str) -> datetime:
    """Read a datetime; one without an offset is UTC (gorgias-api.md 5). Raises ValueError."""
    if len(text) < 10 or text[4:5] != "-":
        raise ValueError(f"{text!r} is not an ISO 8601 datetime")
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_datetime(text: object) -> bool:
    """Whether the value could be stored; values that are no text are left to the type check."""
    if not isinstance(text, str):
        return True
    try:
        parse(text)
    except (ValueError, OverflowError):
        return False
    return True


def stored(text: str | None) -> str | None:
    """The canonical form of a request's datetime; null stays null."""
    return None if text is None else parse(text).isoformat()


def written(seconds: float) -> str:
    """The canonical form of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def days_before(seconds: float, days: float) -> str:
    return (datetime.fromtimestamp(seconds, UTC) - timedelta(days=days)).isoformat()
