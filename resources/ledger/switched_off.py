"""What was switched off in the account for a load, with what it was before: until it is restored, it is on this list.

Written ahead like every write: the image from before is committed before the request leaves, so whoever comes after a
crash knows what to restore. It belongs here: reading the list. It does not: switching (gorgias/preflight/).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.ledger import tables
from resources.ledger.base import Repository
from resources.ledger.records import UNSETTLED, WRITTEN, State

OBJECT, OFF, RESTORE = "preflight", "off", "restore"


@dataclass(frozen=True)
class SwitchedOff:
    """One thing of the account that is off, or may be.

    Attributes:
        name: of the point, such as `rule:401`.
        before: path and body that restore it.
        since: when the request to switch it off was announced.
    """

    name: str
    state: State
    before: dict[str, Any]
    since: datetime


class SwitchedOffObjects(Repository):
    def all(self) -> list[SwitchedOff]:
        """What this migration switched off and has not restored; what is in doubt is on the list."""
        w = tables.writes.c
        query = self.select(w.source_id, w.state, w.before, w.intent_at)
        query = query.where(w.object == OBJECT, w.part == OFF, w.state.in_((*WRITTEN, *UNSETTLED)))
        rows = self.store.rows(query.order_by(w.source_id))
        return [SwitchedOff(name, State(state), before or {}, since) for name, state, before, since in rows]
