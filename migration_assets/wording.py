"""Counts and lists in sentences for people."""

from collections.abc import Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """`1 gate is closed`, `3 gates are closed`; without `many` the plural is made with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
