"""The scope of a rollback as a person gives it, checked."""

from collections.abc import Iterable
from datetime import date

from migration_assets.gorgias.rollback.scope import KINDS, Scope
from migration_assets.orchestration.rollback_refused import RollbackRefused


def asked_scope(first: str | None, last: str | None, objects: Iterable[str]) -> Scope:
    """
    Raises:
        RollbackRefused: names the field and what is wrong with it.
    """
    begin, end = _day("first", first), _day("last", last)
    named = tuple(name.strip() for name in objects if name.strip())
    if begin and end and begin > end:
        raise RollbackRefused(f"first: {begin} is after last: {end}. Swap them, or leave one out. Nothing was done.")
    if unknown := [name for name in named if name not in KINDS]:
        raise RollbackRefused(
            f"objects: {', '.join(unknown)} cannot be taken back by itself. There are {', '.join(KINDS)}. Nothing was "
            "done."
        )
    if (begin or end) and named not in ((), ("tickets",)):
        raise RollbackRefused(
            "Days are of tickets; what tickets of several days share is taken back with everything. Give days or "
            "objects, not both. Nothing was done."
        )
    return Scope(begin, end, tuple(name for name in KINDS if name in named))


def _day(name: str, text: str | None) -> str:
    if text is None or not text.strip():
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise RollbackRefused(f"{name}: {text!r} is no day. Write it as YYYY-MM-DD. Nothing was done.") from None
