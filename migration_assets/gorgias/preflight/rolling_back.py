"""What the account could do to a rollback: points that act on changes and deletes, not only on what is made.

A rollback sends no message, makes and closes no ticket, so surveys, auto-merge, auto-split, assignment, mailboxes and
AI Agent have nothing to act on, and neither have rules and integrations of new records only. Of the rest nobody knows,
so they are decided as for a load. It belongs here: which they are, and switching off what is so decided. It does not:
when a rollback begins (orchestration/rollback.py).
"""

import logging

from migration_assets.gorgias.preflight.decisions import PointDecision, remedy, undecided
from migration_assets.gorgias.preflight.look import look
from migration_assets.gorgias.preflight.point import OFF
from migration_assets.gorgias.preflight.switching import switch_off
from resources.gorgias.client import Reader
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.warehouse import Warehouse

log = logging.getLogger(__name__)


def points_of_rollback(reader: Reader, ledger: Ledger, warehouse: Warehouse) -> list[PointDecision]:
    """Look at the account; those of its points that a rollback meets."""
    return [row for row in look(reader, ledger, warehouse, delta=False).rows if row.point.on_changes]


def refusal(rows: list[PointDecision]) -> str:
    """Why a rollback may not begin yet, with the way out; empty where it may."""
    still_open = undecided(rows)
    return f"{remedy(still_open, delta=False)} Nothing was deleted." if still_open else ""


def switch_off_for_rollback(writer: Writer, ledger: Ledger, rows: list[PointDecision]) -> None:
    """Before the first delete leaves; whoever opened the gate restores it afterwards."""
    if done := switch_off(writer, ledger, [row.point for row in rows if row.choice == OFF]):
        log.warning(f"Switched off in Gorgias for this rollback: {', '.join(done)}.")
