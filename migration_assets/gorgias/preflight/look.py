"""One look at an account before something is written: its points with their decisions, kept for who decides next.

It belongs here: putting facts, sizes and people together, and the table of what was seen. It does not: each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pandas as pd

from migration_assets.gorgias.preflight.account import AccountFacts, read_account
from migration_assets.gorgias.preflight.decisions import PointDecision, decided, undecided
from migration_assets.gorgias.preflight.load_size import UNKNOWN, LoadSize, load_size
from migration_assets.gorgias.preflight.people_points import people_points
from migration_assets.gorgias.preflight.point import ACCEPT, Effect, Point
from migration_assets.gorgias.preflight.points import account_points
from migration_assets.gorgias.preflight.tab_points import PREFIX, tab_points
from resources.gorgias.client import Reader
from resources.ledger import Ledger
from resources.warehouse import Table, Warehouse

SEEN = Table(
    "gorgias.preflight",
    {
        "point": ("VARCHAR", "the point, as it is decided by name"),
        "told": ("VARCHAR", "what it is"),
        "effects": ("VARCHAR", "JSON list: what it could do"),
        "touches": ("BIGINT", "records of the load that it could act on, at most; NULL where unknown"),
        "options": ("VARCHAR", "JSON list: what may be decided"),
        "mark": ("VARCHAR", "of its content: a decision does not outlive a change"),
        "own_topic": ("VARCHAR", "where the decision is kept under another name"),
        "choice": ("VARCHAR", "what was decided, empty where nothing was"),
        "still_open": ("VARCHAR", "why it closes the load, empty where it does not"),
    },
)


@dataclass(frozen=True)
class Look:
    """What one look found."""

    facts: AccountFacts
    size: LoadSize
    rows: list[PointDecision]

    @property
    def open(self) -> list[PointDecision]:
        return undecided(self.rows)


def look(reader: Reader, ledger: Ledger, warehouse: Warehouse, *, delta: bool) -> Look:
    """Read the account, and keep what was seen."""
    facts = read_account(reader)
    if warehouse.erased:  # only shown: nothing is loaded from this home any more, and nothing kept in it
        rows = decided(ledger, account_points(facts, UNKNOWN), delta=delta)
        return Look(facts, UNKNOWN, rows)
    size = UNKNOWN if delta else load_size(warehouse)
    points = [*account_points(facts, size), *people_points(warehouse, ledger, facts.users), *tab_points(warehouse)]
    rows = decided(ledger, points, delta=delta)
    warehouse.replace(SEEN, _frame(rows))
    return Look(facts, size, rows)


def seen(warehouse: Warehouse) -> list[Point]:
    """The points of the last look; what switches one off is not kept, because it is read anew."""
    return [
        Point(
            *(row["point"], row["told"], tuple(Effect(one) for one in orjson.loads(row["effects"])), row["touches"]),
            *(tuple(orjson.loads(row["options"])), row["mark"], None, row["own_topic"]),
        )
        for row in warehouse.rows(f"SELECT * FROM {SEEN.name} ORDER BY point", if_exists=SEEN)  # noqa: S608
    ]


def accepted_effects(warehouse: Warehouse) -> list[Effect]:
    """What the points of the account that were accepted at the last look could do; a tab of Ivinex does nothing."""
    query = f"SELECT effects FROM {SEEN.name} WHERE choice = ? AND NOT starts_with(point, ?)"  # noqa: S608
    rows = warehouse.rows(query, [ACCEPT, PREFIX], if_exists=SEEN)
    return [Effect(one) for row in rows for one in orjson.loads(row["effects"])]


def _frame(rows: Sequence[PointDecision]) -> pd.DataFrame:
    told = [
        {
            "point": row.point.name,
            "told": row.point.told,
            "effects": orjson.dumps(list(row.point.effects)).decode(),
            "touches": row.point.touches,
            "options": orjson.dumps(list(row.point.options)).decode(),
            "mark": row.point.mark,
            "own_topic": row.point.own_topic,
            "choice": row.choice,
            "still_open": row.open,
        }
        for row in rows
    ]
    return pd.DataFrame(told, columns=list(SEEN.columns)).astype({"touches": "Int64"})
