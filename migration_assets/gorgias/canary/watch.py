"""What the account did by itself to the trial tickets, watched until it is quiet.

From what the account shows: its events, messages that are not ours, times and people that moved. It belongs here:
waiting and looking. It does not: making the tickets (trial.py), and what each difference speaks against
(assumptions.py).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from migration_assets.gorgias.preflight.point import Effect
from resources.gorgias.client import Reader
from resources.gorgias.writer.value_equality import ticket_differences

LOOKS = 20
"""Looks without two alike, after which the account is not quiet."""
_ACTS = {
    "satisfaction-survey-sent": "survey",
    "ticket-merged": "merged",
    "ticket-split": "split",
    "ticket-closed": "closed",
    "ticket-reopened": "reopened",
    "ticket-assigned": "assigned",
    "ticket-team-assigned": "assigned",
    "rule-executed": "rule",
}
_ALLOWED = {
    Effect.merge: {"merged"},
    Effect.divide: {"split"},
    Effect.close: {"closed", "reopened", "status", "closed_datetime", "rule"},
    Effect.assign: {"assigned", "rule"},
    Effect.change: {"tags", "rule"},
}
"""What a point that was accepted by name may show."""


@dataclass(frozen=True)
class Trial:
    """One trial ticket: what was asked for, and its Gorgias id."""

    asked: dict[str, Any]
    number: int


def watched(reader: Reader, trials: Sequence[Trial], pause: float, accepted: Sequence[Effect]) -> list[str]:
    """Names of all that differs from what was asked, once two looks in a row are alike.

    Args:
        pause: seconds between two looks.
        accepted: effects that a person accepted by name.
    """
    before, found = "", list[str]()
    for _ in range(LOOKS):
        state = [_look(reader, trial) for trial in trials]
        found = sorted(
            {
                name
                for trial, (body, events) in zip(trials, state, strict=True)
                for name in _differences(trial, body, events)
            }
        )
        seen = orjson.dumps(state, option=orjson.OPT_SORT_KEYS).decode()
        if seen == before:
            break
        before = seen
        time.sleep(pause)
    else:
        found.append("quiet")
    allowed = {name for effect in accepted for name in _ALLOWED.get(effect, ())}
    return [name for name in found if name not in allowed]


def _look(reader: Reader, trial: Trial) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The ticket as it is (None: merged away, or gone) and its events."""
    events = list(reader.rows("/api/events", object_type="Ticket", object_id=trial.number))
    told = [{"id": row["id"], "type": row.get("type"), "user_id": row.get("user_id")} for row in events]
    body = reader.get_object(f"/api/tickets/{trial.number}", relationships="custom_fields")
    return None if isinstance(body, int) else body, told


def _differences(trial: Trial, body: dict[str, Any] | None, events: list[dict[str, Any]]) -> set[str]:
    asked = trial.asked
    closes = {"closed"} if asked["status"] == "closed" else set()
    acts = {_ACTS[row["type"]] for row in events if row["type"] in _ACTS} - closes
    if body is None:
        return {"merged"} | acts
    found = set(ticket_differences(asked, body)) | acts
    ours = {one["external_id"] for one in asked["messages"]}
    strangers = [one for one in body.get("messages") or [] if one.get("external_id") not in ours]
    if any(one.get("from_agent") and one.get("public", True) for one in strangers):
        # How many there are follows from it.
        found = (found | {"answered"}) - {"messages: number"}
    if any(body.get(name) for name in ("assignee_user", "assignee_team")):
        found.add("assigned")
    for name in ("opened_datetime", "closed_datetime"):
        if asked.get(name) and _moved(asked[name], body.get(name)):
            found.add(name)
    return found


def _moved(asked: str, held: Any) -> bool:
    return bool(ticket_differences({"created_datetime": asked, "messages": []}, {"created_datetime": held}))
