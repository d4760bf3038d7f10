"""Decisions of preflight that are other now than when the map was confirmed: the confirmation stands for them too.

A load asks for decisions only once the map is confirmed, so the first decision about a point joins the confirmation,
and a changed one voids it. It belongs here: under which name such a decision is kept, and telling what changed. It does
not: which points there are (gorgias/preflight/points.py), and keeping decisions (resources/ledger/decisions.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.ledger import Ledger
    from resources.ledger.records import Decision

_PREFIX, _OF_DELTAS = "preflight", "in deltas"
_TOPIC = re.compile(rf"^(?:{_PREFIX} )?(?P<point>.+?)(?: [0-9a-f]{{12}})?(?P<deltas> {_OF_DELTAS})?$")


def topic_of(point: str, mark: str) -> str:
    """Under which name what was decided about a point is kept.

    Args:
        mark: of its content, so that a decision does not outlive a change; empty where it has none.
    """
    return f"{_PREFIX} {point} {mark}".strip()


def topic_of_deltas(topic: str) -> str:
    """Under which name the decision for deltas stands beside that of the load."""
    return f"{topic} {_OF_DELTAS}"


def decision_changes(ledger: Ledger) -> list[str]:
    """Each change in words that name the point, both choices, who took them, and when."""
    return [
        f"preflight: {_point(one.topic)} was {_choice(one.was)} and is {_choice(one.now)}"
        for one in ledger.decisions.changed_since_confirmation()
    ]


def _point(topic: str) -> str:
    found = _TOPIC.match(topic)
    if found is None:  # no topic is empty
        return topic
    return found["point"] + (" for deltas" if found["deltas"] else "")


def _choice(decision: Decision) -> str:
    return f"{decision.choice} ({decision.by}, {decision.at:%Y-%m-%d %H:%M} UTC)"
