"""What a person decides by name: the one way of the command and of the jobs in the UI.

It belongs here: which decisions there are, what may be decided, and where it is recorded. It does not: the
confirmation of the map (mapping/confirm.py), and what a decision means for a load (the stages).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from migration_assets.gorgias.preflight.decisions import record
from migration_assets.gorgias.preflight.look import SEEN, seen
from migration_assets.gorgias.preflight.people_points import MISSING_USERS, REFUSED_USERS, STUB_USERS, UNKNOWN_USERS
from migration_assets.gorgias.preflight.point import EXCLUDE, EXCLUSION, OFF, Point
from migration_assets.gorgias.preflight.points import NAMES, PREFIXES
from migration_assets.gorgias.preflight.taken import Taken, taken
from migration_assets.mapping.decision_changes import decision_changes
from migration_assets.mapping.mapping_file import CONFIRM
from migration_assets.settings import SettingsError
from resources.gorgias.failures import GorgiasError
from resources.ledger import Ledger
from resources.ledger.conflicts import conflict_id
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Warehouse


class DecisionRefused(Exception):
    """What was decided does not exist or cannot be chosen; nothing was recorded."""


def given_reason(
    reason: str, why: str, undone: str = "Nothing was recorded", refused: type[Exception] = DecisionRefused
) -> str:
    """The reason as it is recorded; raises `refused` where none is given."""
    if not reason.strip():
        raise refused(
            f"reason is empty: say {why}, in the field `reason` of the job or with `--reason TEXT`. {undone}."
        )
    return reason.strip()


class Choice(StrEnum):
    """What may be decided; each point takes some of them.

    off: switched off for the load and restored. exclude_by_tag: imported tickets carry ai_ignore, which is left alone.
    accept: it may act. create: users by API, and Gorgias probably mails an invitation. fallback: their messages carry
    the fallback user. match: by username. stubs: a user without a mailbox for each.
    """

    off = "off"
    switch_off = "switch_off"  # the same for run config, where YAML reads a bare `off` as false
    exclude_by_tag = "exclude_by_tag"
    accept = "accept"
    create = "create"
    fallback = "fallback"
    match = "match"
    stubs = "stubs"


PEOPLE = {
    MISSING_USERS: (Choice.create, Choice.fallback),
    REFUSED_USERS: (Choice.fallback,),
    STUB_USERS: (Choice.create, Choice.fallback),
    UNKNOWN_USERS: (Choice.match, Choice.fallback, Choice.stubs),
}
"""Points about people, which may be decided before anybody looked."""
PREFLIGHT = "gorgias/preflight:decided"
GROUPS = {"rules": "rule:", "integrations": "integration:"}
"""A name for all points of one kind."""


@dataclass(frozen=True)
class PreflightDecided:
    """What holds now for the points that were decided.

    Attributes:
        holding: every decision about them, for the load and for deltas.
        then: what is to be done for it, if anything.
    """

    holding: list[Taken]
    then: str = ""

    def sentences(self) -> str:
        return " ".join([*(row.sentence() for row in self.holding), self.then]).strip()


def decide_preflight(
    ledger: Ledger,
    warehouse: Warehouse,
    topic: str,
    choice: str,
    by: str,
    reason: str = "",
    *,
    deltas: bool = False,
    look_first: Callable[[], object] = lambda: None,
) -> PreflightDecided:
    """Record a decision that a load asked for.

    Args:
        topic: a point by its name, `rules` or `integrations` for all of them, or a question about people.
        deltas: it is taken for deltas, beside what holds for the load; for the load too where nothing holds yet.
        look_first: looks at the account, where nobody has looked yet.

    Raises:
        DecisionRefused: no such point, it cannot be decided so, or no reason is given.
        NameMissing: nobody is named.
    """
    warehouse.require_not_erased()
    choice = OFF if choice == Choice.switch_off else choice
    if topic in PEOPLE:
        if choice not in PEOPLE[topic]:
            raise DecisionRefused(f"{topic} takes {' or '.join(PEOPLE[topic])}, not {choice!r}. Nothing was recorded.")
        ledger.decisions.decide(topic, choice, by, reason, of_load=True)
        return PreflightDecided([row for row in taken(ledger, ()) if row.point == topic], _then(ledger))
    if not warehouse.exists(SEEN.name) and (topic in (*NAMES, *GROUPS) or topic.startswith(PREFIXES)):
        _look(look_first)
    points = [point for point in seen(warehouse) if _is_meant(point, topic)]
    if not points:
        known = ", ".join(sorted({*PEOPLE, *(point.name for point in seen(warehouse))}))
        raise DecisionRefused(
            f"{topic!r} is nothing that a load asks for now. Points: {known}. `migrate preflight show`, or in the UI "
            "the asset gorgias/preflight, looks again."
        )
    for point in points:
        if choice not in point.options:
            raise DecisionRefused(
                f"{point.name} takes {' or '.join(point.options)}, not {choice!r}. Nothing was recorded."
            )
    reason = given_reason(reason, "why")
    for point in points:
        record(ledger, point, choice, by, reason, deltas=deltas)
    rules = [point.name for point in points if point.name.startswith("rule:")]
    holding = taken(ledger, points)
    holding = [row for row in holding if row.point in {point.name for point in points}]
    if choice == EXCLUDE and rules:
        return PreflightDecided(
            holding,
            f"Now let an admin add `{EXCLUSION}` to the condition of {', '.join(rules)} in Gorgias; every imported "
            f"ticket carries that tag. The next look checks it. {_then(ledger)}".strip(),
        )
    return PreflightDecided(holding, _then(ledger))


def _then(ledger: Ledger) -> str:
    """What a decision asks for that is other than the one of the confirmation; empty where none is."""
    changes = decision_changes(ledger)
    if not changes or ledger.decisions.confirmed_mapping() is None:
        return ""
    return (
        f"Since the map was confirmed, other decisions hold ({'; '.join(changes)}): no load writes until that is "
        f"confirmed too, {CONFIRM}."
    )


def _look(look_first: Callable[[], object]) -> None:
    try:
        look_first()
    except (GorgiasError, SettingsError) as error:
        raise DecisionRefused(
            f"Nobody has looked at this account yet, and it cannot be looked at now: {error} Nothing was recorded. "
            "Look first: in the UI materialize the asset gorgias/preflight, or `migrate preflight show`."
        ) from None


def _is_meant(point: Point, topic: str) -> bool:
    return point.name == topic or (topic in GROUPS and point.name.startswith(GROUPS[topic]))


def override_gate(ledger: Ledger, check: str, partition: str, by: str, reason: str) -> None:
    """Open the gate of a check for one partition, until the check reports again.

    Args:
        partition: a day, or `*` for what has no day.

    Raises:
        DecisionRefused: the check never reported for this partition, or no reason is given.
        NameMissing: nobody is named.
    """
    reason = given_reason(reason, "why the load may go on all the same")
    if check == PREFLIGHT:
        raise DecisionRefused(
            f"{check} is no gate to be overridden: decide its points by name, in the UI with the job decide_preflight, "
            "or with `migrate preflight decide POINT CHOICE --by NAME --reason TEXT`. Nothing was recorded."
        )
    rows = ledger.quality_gates.gate_rows()
    own = rows[rows["check_name"] == check]
    if own.empty:
        known = ", ".join(sorted(set(rows["check_name"]))) or "none yet"
        raise DecisionRefused(f"There is no result of a check {check!r}. Checks with results: {known}.")
    if own[own["partition"] == partition].empty:
        raise DecisionRefused(
            f"{check} has no result for {partition!r}. It has some for {_some(own['partition'])}"
            f"{'' if partition == UNPARTITIONED else f' (a day is written YYYY-MM-DD; {UNPARTITIONED!r} is what has no day)'}."  # noqa: E501
        )
    ledger.quality_gates.override_gate(check, partition, by, reason)


def open_conflicts(ledger: Ledger) -> list[dict[str, Any]]:
    """Every open conflict with the id by which it is decided."""
    frame = ledger.conflicts.conflict_rows()
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
    ledger.conflicts.resolve(there[id], take, by)
    return there[id]


def _some(names: Any) -> str:
    listed = sorted(set(map(str, names)))
    return ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")
