"""A load that dies and is started again ends in the account of one that did not: nothing twice, nothing left open.

Real kills of a process, and a signal that asks for the end, are in tests/kills.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from killed_ledger import Killed, killed_at
from mini_migration import MiniMigration, Outcome, whole
from plain_migration import Plain

Migrating = Callable[..., AbstractContextManager[MiniMigration]]
MOMENTS = (("begin", 1), ("complete", 1))
"""Of tickets, which have no natural key that would refuse a second one: before a request leaves and nothing is known of
it, and after it was answered and before that is noted."""


def test_a_load_that_died_twice_ends_in_the_state_of_an_unbroken_one(migrating: Migrating, plain: Plain):
    with migrating(discovered=True) as migration:
        for method, call in MOMENTS:
            with killed_at(migration, method, call, "tickets"), pytest.raises(Killed):
                migration.load(verified=False)
        assert migration.ledger.known_writes.unsettled()
        outcome = whole(migration, discover=False)
        assert outcome.stopped is None, outcome.told()
        assert not migration.ledger.known_writes.unsettled()
    assert outcome.state == plain.outcome.state
    assert arrived(outcome) == arrived(plain.outcome)
    assert (outcome.differences, outcome.conflicts, outcome.outbox["mails"]) == ([], [], [])


def arrived(outcome: Outcome) -> dict[str, tuple[int, ...]]:
    """Object -> source and written: what a read-back found after a kill is booked as adopted."""
    return {row.object: (row.source, row.created + row.adopted) for row in outcome.books}
