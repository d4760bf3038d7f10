"""What the map makes of distinct source values, asked anew: the other side of a staged value.

It belongs here: running the map over the distinct texts of one field, and which losses staging booked. It does not:
reading rows (mapping_frames.py) and comparing (mapping_schemas.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import pandas as pd

from migration_assets.mapping.model import LOSSY_KINDS, FieldMap, Role
from migration_assets.mapping.target_fields import STANDARDS
from migration_assets.staging.context import STAGE, StagingContext, normalized_name
from migration_assets.staging.conversations.authorship import channel_of
from migration_assets.staging.definitions.tag_names import AI_IGNORE
from migration_assets.staging.validation.mapping_schemas import DAY, WIRE, Judged, column_of
from migration_assets.staging.validation.mapping_sources import PLACES
from migration_assets.transforms.addresses import decoded
from migration_assets.transforms.apply import apply
from migration_assets.transforms.people import mask_all
from resources.ledger import Ledger
from resources.warehouse import Connection

CLOSED = frozenset({"option", "user_id", "link"})
"""Transforms whose values come from a list: each source value has one result, which is compared with the staged one."""
_KEPT = ("no custom field", "control bytes", *LOSSY_KINDS.values())
"""Beginnings of the kinds of loss after which the value is there all the same."""
_DEFAULTS = {"status": "open", "priority": "normal"}


def losses_recorded(ledger: Ledger, days: Sequence[str] | None) -> dict[str, set[str]]:
    """Field -> the days on which staging booked a loss of it; "" is the day of what belongs to none."""
    losses = ledger.losses.loss_rows(days, ["tickets", "messages"] if days else ["contacts", "organizations"])
    found: dict[str, set[str]] = defaultdict(set)
    if losses.empty:
        return found
    losses = losses[(losses["stage"] == STAGE) & ~losses["kind"].str.startswith(_KEPT)]
    for name, day in losses[["field", "partition"]].drop_duplicates().itertuples(index=False):
        found[name].add(day if isinstance(day, str) else "")
    return found


def definitions(tx: Connection) -> dict[str, dict[str, Any]]:
    """External id -> staged custom field."""
    staged = tx.rows("SELECT external_id, label, data_type, input_type, choices FROM staging.custom_fields")
    return {row["external_id"]: row | {"choices": orjson.loads(row["choices"])} for row in staged}


def judged(
    item: FieldMap,
    role: Role,
    rows: pd.DataFrame,
    context: StagingContext,
    definition: dict[str, Any] | None,
    days_booked: set[str],
) -> Judged:
    """What the field's column is held against, for the source values of these rows."""
    column = column_of(item)
    wire = rows[column + WIRE]
    target = item.target.name if item.target.to == "standard" else ""
    vocabulary = STANDARDS[role][target].vocabulary if target else ()
    shown = not target or PLACES[role].standards[target] is not None
    made: dict[str, str | None] = {}
    worded: set[str] = set()
    if item.transform in CLOSED:
        distinct = wire.dropna().unique().tolist()
        words = dict(zip(distinct, _values(item, role, distinct, context)[0], strict=True))
        worded = {text for text, word in words.items() if word is None or word in vocabulary}
        made = {text: _staged(target, word, context) for text, word in words.items()} if shown else {}
    absent = rows[rows[column].isna() & wire.notna()] if shown else rows[:0]
    owed, lossy = _owed(item, role, absent, context, days_booked)
    alone = PLACES[role].alone
    return Judged(item, definition, made, alone, owed, lossy, days_booked, vocabulary, worded)


def _owed(
    item: FieldMap, role: Role, absent: pd.DataFrame, context: StagingContext, days_booked: set[str]
) -> tuple[set[str], set[str]]:
    """Of the source values without a staged one: those that the map makes a value of, and those that it loses."""
    wire = absent[column_of(item) + WIRE]
    distinct = wire.unique().tolist()
    values = _values(item, role, distinct, context)[0]
    target = item.target.name if item.target.to == "standard" else ""
    owed = {text for text, value in zip(distinct, values, strict=True) if _staged(target, value, context) is not None}
    unbooked = set(wire[~absent[DAY].isin(list(days_booked))]) - owed
    # One by one, because the map counts its losses and does not say whose they are.
    return owed, {text for text in unbooked if _values(item, role, [text], context)[1]}


def _values(item: FieldMap, role: Role, texts: Sequence[str], context: StagingContext) -> tuple[list[Any], bool]:
    """What the map makes of these source values, None where it makes nothing; and whether it lost one."""
    if not texts:
        return [], False
    alone = context.mapping.model_copy(update={"fields": {role: [item]}})
    out = apply([{item.source: text} for text in texts], alone, role, item.collection_type_id, context.lookups)
    target, name = item.target.to, item.target.name or ""
    if target == "standard":
        values = list(out.standard[name])
    elif target == "custom_field":
        values = [custom.get(item.external_id) for custom in out.custom]
    else:
        values = [extra.get(name) for extra in out.extra]
    for position in out.rejects:
        values[position] = None
    return values, bool(out.dropped) or any(not kind.startswith(_KEPT) for _, kind in out.losses)


def _staged(target: str | None, value: Any, context: StagingContext) -> str | None:
    """The value as its staged column shows it."""
    if target == "team":
        return context.teams.get(normalized_name(value or ""))
    if target == "kind":
        return channel_of(value) if value else None
    if target == "tags":
        return "tags" if set(value or ()) - {AI_IGNORE} else None
    if target == "subject":
        return " ".join(decoded(value or "").split()) or None
    if value is None:
        return _DEFAULTS.get(target or "")
    text = str(value)
    return str(mask_all(text, context.stub_domain, frozenset(context.lookups.senders))) if context.masked else text
