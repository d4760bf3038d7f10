"""The latest changes of a ticket's status and assignee as one internal note, since events cannot be created (design 9).

It belongs here: which changes those are, and what the note says. It does not: reading the admin's export
(ivinex/change_history) and the whole history (handoff/change_history_export).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from migration_assets.mapping.model import FieldMap
from migration_assets.staging.context import StagingContext
from migration_assets.staging.conversations import messages
from migration_assets.staging.conversations.authorship import Author
from migration_assets.staging.conversations.tickets import Ticket
from migration_assets.transforms.text import cut
from resources.ivinex.wire import clean_text
from resources.warehouse import Connection

WATCHED = ("status", "assignee")
"""Standard targets whose last change is told."""
SHOWN = 200
"""Characters of a value in the note; the whole one is in the exported history."""

Change = dict[str, Any]

# A field is named by its label or its machine name; of two changes at one time the later line of the export counts.
_LATEST = """
WITH watched AS (
    SELECT unnest($tabs) AS tab, unnest($names) AS name, unnest($targets) AS target, unnest($sources) AS source
)
SELECT h.collection_type_id, h.collection_id, w.target, w.source,
       h.field, h.old_value, h.new_value, h.changed_by, h.changed_at
FROM ivinex.change_history h JOIN watched w ON w.tab = h.collection_type_id AND w.name = lower(trim(h.field))
WHERE h.changed_at IS NOT NULL AND h.collection_id IN (SELECT unnest($numbers))
QUALIFY row_number() OVER (
    PARTITION BY h.collection_type_id, h.collection_id, w.target ORDER BY h.changed_at DESC, h.line DESC) = 1
ORDER BY h.changed_at, h.line
"""


def latest_changes(tx: Connection, ids: list[str], context: StagingContext) -> dict[str, list[Change]]:
    """Ticket -> its last changes in time order, at most one of each watched field.

    Args:
        ids: source ids of the tickets to look for.
    """
    names = [(item.collection_type_id, name, item.target.name, item.source) for item, name in _names(context)]
    found: dict[str, list[Change]] = defaultdict(list)
    if not names or not tx.exists("ivinex.change_history"):
        return found
    asked = dict(zip(("tabs", "names", "targets", "sources"), map(list, zip(*names, strict=True)), strict=True))
    asked["numbers"] = [one.rsplit(":", 1)[1] for one in ids]
    for change in tx.rows(_LATEST, asked):
        found[f"ivinex:{change['collection_type_id']}:{change['collection_id']}"].append(change)
    return found


def note(ticket: Ticket, changes: list[Change], context: StagingContext) -> dict[str, Any] | None:
    """One note at the time of the later change, by whoever made it; None where nothing changed."""
    if not changes:
        return None
    last = changes[-1]
    user = context.lookups.user(last["changed_by"])
    text = "Last changes in Ivinex:\n" + "\n".join(_line(change, context) for change in changes)
    author = Author(True, str(user["source_id"]) if user else None)
    made = messages.note(ticket, f"{ticket.source_id}#history", "history", last["changed_at"], author, text)
    return made | {"synthetic": True}


def _names(context: StagingContext) -> list[tuple[FieldMap, str]]:
    """The watched fields under each name that an export may give them, in lower case."""
    labels = context.fields.set_index(["collection_type_id", "field_name"])["label"].to_dict()
    found = []
    for role, _, item in context.mapping.each("standard"):
        if role == "ticket" and item.target.name in WATCHED:
            known = (item.source, item.label, str(labels.get((item.collection_type_id, item.source)) or ""))
            found += [(item, name) for name in sorted({name.strip().lower() for name in known} - {""})]
    return found


def _line(change: Change, context: StagingContext) -> str:
    old, new = (_shown(change, change[name], context) for name in ("old_value", "new_value"))
    by = change["changed_by"]
    told = f"- {_plain(change['field'])}: {old} \N{RIGHTWARDS ARROW} {new}, {change['changed_at']:%Y-%m-%d %H:%M} UTC"
    return f"{told}, by {_person(by, context)}" if by else told


def _shown(change: Change, value: str | None, context: StagingContext) -> str:
    """An option's label and a person's name, where the export gives their numbers."""
    if not value or value == "0":
        return "(none)"
    if change["target"] == "assignee":
        return _person(value, context)
    labels = context.lookups.options.get((change["collection_type_id"], change["source"]), {})
    return _plain(labels.get(value) or value)


def _person(key: str, context: StagingContext) -> str:
    user = context.lookups.user(key)
    return context.name_of(str(user["source_id"])) if user else _plain(key)


def _plain(text: str) -> str:
    return cut(" ".join(clean_text(text)[0].split()), SHOWN)[0]
