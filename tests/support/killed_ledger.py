"""A kill without a process: from one call on, nothing reaches the ledger any more.

It belongs here: the moment and the end. It does not: what goes on afterwards (the tests), and real kills (tests/kills).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mini_migration import MiniMigration


class Killed(BaseException):
    """What a kill leaves undone, without the process."""


@contextmanager
def killed_at(migration: MiniMigration, method: str, call: int, object: str = "") -> Iterator[None]:
    """The ledger is not reached any more from this call of the method on.

    Args:
        method: of the ledger's writes.
        object: only calls about writes of this object are counted.
    """
    writes, calls = migration.ledger.writes, 0
    whole = getattr(writes, method)

    def until(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += not object or any(one.key.object == object for one in args[0])
        if calls >= call:
            raise Killed
        return whole(*args, **kwargs)

    setattr(writes, method, until)
    try:
        yield
    finally:
        delattr(writes, method)
