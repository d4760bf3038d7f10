"""gorgias.expected: what stands in Gorgias otherwise than the staged row says, noted when a delta decides to leave it.

One model for the delta and the verification: a field is as staged, unless a row here says why not and what stands
instead. What is staged no more at all stands as gorgias.written says. It belongs here: the table, and the fields of a
merge's state (field_state.py) under the names and in the spelling of a comparison. It does not: deciding
(ticket_merge.py, customer_merge.py) and comparing (reconciliation/).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
import pandas as pd

from migration_assets.gorgias.three_way_merge import State, after
from resources.ledger.records import WriteKey
from resources.warehouse import Connection, Table, Warehouse


class Reason(StrEnum):
    """Why a field is not as staged."""

    immutable = "immutable"
    left = "left as written"
    refused = "refused"
    conflict = "conflict"
    declined = "declined"
    changed = "changed in Gorgias"


BY_PEOPLE = (Reason.conflict, Reason.declined, Reason.changed)
"""Reasons behind which stands what somebody did in Gorgias: told, and nobody's fault."""
EXPECTED = Table(
    "gorgias.expected",
    {
        "object": ("VARCHAR", "tickets, messages, customers, users, teams, tags, custom_fields"),
        "source_id": ("VARCHAR", "the staged row"),
        "field": ("VARCHAR", "the field that is not as staged; * for the whole object"),
        "reason": ("VARCHAR", "immutable, left as written, refused, conflict, declined, changed in Gorgias"),
        "value": ("VARCHAR", "JSON of what stands in Gorgias"),
    },
)

GONE_TICKETS = f"""
    SELECT source_id, CASE WHEN reason = '{Reason.declined}' THEN 'skipped' ELSE 'conflict' END AS outcome,
           'parent: ' || coalesce(value ->> '$', 'gone in Gorgias') AS reason
    FROM {EXPECTED.name} WHERE object = 'tickets' AND field = '*'
"""  # noqa: S608 - our own table
"""Tickets that a delta found gone, with the end of what comes for them: a conflict until a person decides."""


@dataclass(frozen=True)
class ExpectedDifference:
    """One field of one object that a delta left.

    Attributes:
        field: of the merge: `tags`, `sender`, `created_datetime`.
        value: what stands in Gorgias, as `value_of` gives it.
    """

    source_id: str
    field: str
    reason: Reason
    value: Any


def value_of(state: State, field: str) -> Any:
    """A field of a state as one value: a list of members, a dict of keys, or the plain value."""
    members = {element: value for (name, element), value in state.items() if name == field}
    if field in {"tags", "channels"}:
        return sorted(members)
    if field in {"custom_fields", "meta", "data"}:
        return members
    return members.get("")


def expect(tx: Connection, object: str, source_ids: Iterable[str], rows: Iterable[ExpectedDifference]) -> None:
    """Replace what is said of these objects, in the transaction that enters their bases."""
    tx.ensure(EXPECTED)
    tx.execute(
        "DELETE FROM gorgias.expected WHERE object = ? AND list_contains(?, source_id)", [object, list(source_ids)]
    )
    made = {
        (one.source_id, one.field): (
            object,
            one.source_id,
            one.field,
            str(one.reason),
            orjson.dumps(one.value).decode(),
        )
        for one in rows
    }
    if made:
        tx.append(EXPECTED, pd.DataFrame(list(made.values()), columns=list(EXPECTED.columns)))


def noted(warehouse: Warehouse, object: str, field: str, source_ids: Iterable[str]) -> set[str]:
    """Those of which this field is known to stand otherwise than staged."""
    warehouse.ensure(EXPECTED)
    rows = warehouse.rows(
        "SELECT source_id FROM gorgias.expected WHERE object = ? AND field = ? AND list_contains(?, source_id)",
        [object, field, list(source_ids)],
    )
    return {row["source_id"] for row in rows}


def set_by_people(warehouse: Warehouse, object: str, source_ids: Iterable[str]) -> list[ExpectedDifference]:
    """What is noted of fields that somebody set in Gorgias: a later write of ours hides who did."""
    warehouse.ensure(EXPECTED)
    rows = warehouse.rows(
        "SELECT source_id, field, reason, value FROM gorgias.expected WHERE object = ? AND field <> '*' "
        "AND list_contains(?, source_id) AND list_contains(?, reason) ORDER BY source_id, field",
        [object, list(source_ids), [str(one) for one in BY_PEOPLE]],
    )
    return [
        ExpectedDifference(row["source_id"], row["field"], Reason(row["reason"]), orjson.loads(row["value"]))
        for row in rows
    ]


def differing_fields(
    source_id: str, stands: State, wanted: State, reasons: Mapping[str, Reason], default: Reason
) -> list[ExpectedDifference]:
    """The fields in which what stands differs from what is staged.

    Args:
        reasons: field -> why; others are left for the `default` reason.
    """
    keys = stands.keys() | wanted.keys()
    fields = {key[0] for key in keys if stands.get(key) != wanted.get(key)}
    return [
        ExpectedDifference(source_id, name, reasons.get(name, default), value_of(stands, name))
        for name in sorted(fields)
    ]


@dataclass(frozen=True)
class Open:
    """What is left of one record's fields hangs on whether its write gets through.

    Attributes:
        wanted: as staged.
        there: what stands without the write.
        reasons: field -> why it is left; others were changed in Gorgias.
        key: of the write; None: there is none.
        write: what it changes.
    """

    object: str
    source_id: str
    wanted: State
    there: State
    reasons: Mapping[str, Reason]
    key: WriteKey | None = None
    write: State = field(default_factory=dict)

    def left(self, through: Collection[WriteKey]) -> list[ExpectedDifference]:
        sent = self.key is not None and self.key in through
        refused = {} if sent or self.key is None else {key[0]: Reason.refused for key in self.write}
        stands = after(self.there, self.write) if sent else self.there
        return differing_fields(self.source_id, stands, self.wanted, {**refused, **self.reasons}, Reason.changed)


def whole_of(object: str, state: State) -> dict[str, Any]:
    """A whole object as it was written: field -> value."""
    return {name: value_of(state, name) for name in FIELDS[object]}


FIELDS: dict[str, tuple[str, ...]] = {
    "tickets": (
        *("subject", "status", "priority", "channel", "from_agent", "customer", "assignee_user", "assignee_team"),
        *("tags", "custom_fields", "meta"),
        *("created_datetime", "opened_datetime", "closed_datetime", "updated_datetime"),
    ),
    "messages": (
        *("channel", "from_agent", "public", "sender", "receiver", "source", "subject", "body_text", "body_html"),
        *("message_id", "meta", "created_datetime", "sent_datetime"),
    ),
    "customers": ("name", "email", "channels", "custom_fields", "data"),
}
"""Fields of the states, by object."""
