"""What the warehouse remembers of objects that were rolled back: nothing, or the next load would take them for written.

It belongs here: dropping bases. It does not: the tables (merge_base.py, gorgias/as_left.py).
"""

from migration_assets.gorgias.as_left import AS_LEFT
from migration_assets.gorgias.delta.ticket_changes import STAGE
from migration_assets.gorgias.expected_differences import EXPECTED
from migration_assets.gorgias.merge_base import WRITTEN
from migration_assets.gorgias.rollback.written_objects import ticket_of
from resources.ledger import Ledger
from resources.warehouse import Warehouse

_OBJECTS = ("tickets", "customers", "users", "teams", "tags", "custom_fields")
_TICKET = """
    split_part(CASE WHEN contains(source_id, '@') THEN split_part(source_id, '@', 2) ELSE source_id END, '#', 1)
"""
"""The ticket of a message's source id."""


def forget_rolled_back(warehouse: Warehouse, ledger: Ledger) -> int:
    """Drop the bases of objects whose create is taken back; returns how many were left.

    Safe at any time: a base is entered after its create only, and a create that is taken back has none.
    """
    dropped = 0
    for name in _OBJECTS:
        gone = ledger.rollbacks.rolled_back(name)
        if not gone:
            continue
        ledger.conflicts.forget_conflicts(name, gone)
        with warehouse.transaction() as tx:
            for table in (WRITTEN, EXPECTED, AS_LEFT):
                tx.ensure(table)
            of = [name, gone]
            dropped += tx.scalar(
                "SELECT count(*) FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)", of
            )
            tx.execute("DELETE FROM gorgias.written WHERE object = ? AND list_contains(?, source_id)", of)
            tx.execute("DELETE FROM gorgias.expected WHERE object = ? AND list_contains(?, source_id)", of)
            if name == "tickets":
                tx.execute(
                    f"DELETE FROM gorgias.expected WHERE object = 'messages' AND list_contains(?, {_TICKET})",  # noqa: S608
                    [gone],
                )
            tx.execute("DELETE FROM gorgias.as_left WHERE list_contains(?, owner)", [gone])
        if name == "tickets":
            _forget_losses(ledger, set(gone))
    return dropped


def _forget_losses(ledger: Ledger, tickets: set[str]) -> None:
    """What a delta could not change in these tickets is said anew, where it still holds."""
    losses = ledger.losses.loss_rows()
    told = losses[losses["stage"] == STAGE]
    for name in ("tickets", "messages"):
        ids = {one for one in told.loc[told["object"] == name, "source_id"] if ticket_of(one) in tickets}
        if ids:
            ledger.losses.record_losses_of_records(STAGE, name, sorted(ids), [])
