"""What a person decides by name: the one way of the command and of the jobs in the UI.

It belongs here: which decisions there are, what may be decided, and where it is recorded. It does not: the
confirmation of the map (mapping/confirm.py), and what a decision means for a load (the stages).
"""

from enum import StrEnum
from typing import Any

from migration_assets.gorgias.users import MISSING_USERS, REFUSED_USERS
from resources.ledger import Ledger
from resources.ledger.conflicts import conflict_id
from resources.ledger.gates import WHOLE


class DecisionRefused(Exception):
    """What was decided does not exist or cannot be chosen; nothing was recorded."""


class Topic(StrEnum):
    """What a load asks for before it writes."""

    missing_users = MISSING_USERS
    refused_users = REFUSED_USERS


class Choice(StrEnum):
    """create: by API, and Gorgias probably mails an invitation. fallback: their messages carry the fallback user."""

    create = "create"
    fallback = "fallback"


CHOICES = {Topic.missing_users: (Choice.create, Choice.fallback), Topic.refused_users: (Choice.fallback,)}


def decide_preflight(ledger: Ledger, topic: str, choice: str, by: str, reason: str = "") -> None:
    """Record a decision that a load asked for.

    Raises:
        DecisionRefused: no such topic, or it cannot be answered so.
        NameMissing: nobody is named.
    """
    if topic not in CHOICES:
        raise DecisionRefused(f"{topic!r} is nothing that a load asks for. Topics: {', '.join(CHOICES)}.")
    choices = CHOICES[Topic(topic)]
    if choice not in choices:
        raise DecisionRefused(f"{topic} takes {' or '.join(choices)}, not {choice!r}. Nothing was recorded.")
    ledger.decide(topic, choice, by, reason)


def override_gate(ledger: Ledger, check: str, partition: str, by: str, reason: str) -> None:
    """Open the gate of a check for one partition, until the check reports again.

    Args:
        partition: a day, or `*` for what has no day.

    Raises:
        DecisionRefused: the check never reported for this partition, or no reason is given.
        NameMissing: nobody is named.
    """
    if not reason.strip():
        raise DecisionRefused(
            "reason is empty: say why the load may go on all the same, in the field `reason` of the job or with "
            "`--reason TEXT`. Nothing was recorded."
        )
    rows = ledger.gate_rows()
    own = rows[rows["check_name"] == check]
    if own.empty:
        known = ", ".join(sorted(set(rows["check_name"]))) or "none yet"
        raise DecisionRefused(f"There is no result of a check {check!r}. Checks with results: {known}.")
    if own[own["partition"] == partition].empty:
        raise DecisionRefused(
            f"{check} has no result for {partition!r}. It has some for {_some(own['partition'])}"
            f"{'' if partition == WHOLE else f' (a day is written YYYY-MM-DD; {WHOLE!r} is what has no day)'}."
        )
    ledger.override_gate(check, partition, by, reason.strip())


def open_conflicts(ledger: Ledger) -> list[dict[str, Any]]:
    """Every open conflict with the id by which it is decided."""
    frame = ledger.conflict_rows()
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    named = ({str(name): value for name, value in row.items()} for row in rows)
    return [{"id": conflict_id(row["object"], row["source_id"], row["field"])} | row for row in named]


def resolve_conflict(ledger: Ledger, id: str, take: str, by: str) -> dict[str, Any]:
    """Record whose value counts; the next delta carries it out. Returns the conflict as it was.

    Args:
        take: theirs (Gorgias's value stays) or ours (the source's is written).

    Raises:
        DecisionRefused: no open conflict has this id.
        NameMissing: nobody is named.
    """
    there = {row["id"]: row for row in open_conflicts(ledger)}
    if id not in there:
        known = f"Open are {_some(there)}" if there else "None is open"
        raise DecisionRefused(
            f"There is no open conflict {id!r}. {known}; the asset reconciliation/report and `migrate conflicts list` "
            "show them with their fields."
        )
    ledger.resolve(there[id], take, by)
    return there[id]


def _some(names: Any) -> str:
    listed = sorted(set(map(str, names)))
    return ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")
