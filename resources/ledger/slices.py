"""The part of a table that a stage speaks for: its object and its partitions, as a whole.

Saying it again replaces what was said before, so that a re-materialization is idempotent.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table

BATCH = 5_000
"""Rows a statement: SQLite takes at most 32,766 variables."""


def slice_of(table: Table, account: str, object: str, stage: str, partitions: Sequence[str] | None) -> list[Any]:
    """The conditions of its rows; `partitions` None: of the whole object."""
    c = table.c
    scope: list[Any] = [c.account == account, c.object == object, c.stage == stage]
    return scope if partitions is None else [*scope, c.partition.in_(partitions)]
