"""Which rows an Offset and a Limit select, under switches A-13 to A-15."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def number(text: str | None) -> int | None:
    """A query value as a number, as PHP would read it: what is no number counts as absent."""
    return int(text) if text is not None and text.strip().isdecimal() else None


def ordered(ids: list[int], order: str, request_number: int) -> list[int]:
    """The ids in the site's order.

    `unstable` lets neighbours change places: pairs (0,1), (2,3), ... on even requests and (1,2), (3,4), ... on odd
    ones, so a row on a page boundary can be met twice or not at all by a reader whose pages do not overlap.
    """
    if order == "descending":
        return ids[::-1]
    if order == "unstable":
        mixed = list(ids)
        first = request_number % 2
        mixed[first : len(ids) - (len(ids) - first) % 2] = [
            record_id for at in range(first, len(ids) - 1, 2) for record_id in (ids[at + 1], ids[at])
        ]
        return mixed
    return ids


def cut(
    ids: list[int], offset: int, limit: int | None, switches: Mapping[str, Any], *, early: int = 0
) -> list[int] | None:
    """One page; None means that the site answers 404 for an offset past the end.

    Args:
        ids: all rows in order.
        offset: rows to skip.
        limit: rows wanted; absent or above the cap means the cap (A-13).
        switches: the switches in force.
        early: rows by which a later page starts too early (fault duplicate_row).
    """
    cap: int = switches["A-13"]
    size = min(limit, cap) if limit else cap
    if offset >= len(ids) and ids:
        if switches["A-15"] == "404":
            return None
        if switches["A-15"] == "repeat_last":
            return ids[(len(ids) - 1) // size * size :]
        return []
    start = max(0, offset - early)
    return ids[start : start + size]
