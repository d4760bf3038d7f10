"""Every point of a served account decided by what keeps it silent: what a test's migration needs to write."""

from typing import Any

from migration_assets.gorgias.preflight.decisions import record, safest
from migration_assets.gorgias.preflight.look import look
from migration_assets.gorgias.preflight.people_points import UNKNOWN_USERS
from migration_assets.gorgias.preflight.point import Point
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.warehouse import Warehouse


def decide_all_points(
    reader: Reader, ledger: Ledger, warehouse: Warehouse, choose: Any = safest, deltas: bool = True
) -> list[Point]:
    """Decide what is open now, for deltas as well; people whom nobody knows become stubs."""
    if ledger.decisions.decision(UNKNOWN_USERS) is None:
        ledger.decisions.decide(UNKNOWN_USERS, "stubs", "test", "a test")
    points = [row.point for row in look(reader, ledger, warehouse, delta=deltas).open if not row.point.own_topic]
    for point in points:
        record(ledger, point, choose(point), "test", "a test", deltas=deltas)
    return points
