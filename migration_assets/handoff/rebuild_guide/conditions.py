"""One condition of an Ivinex workflow or saved view, as an expression of Gorgias.

It belongs here: operators, values and what cannot be said. It does not: where a field is (target_locations.py) and what
a rule or view is made of. `eq`, `neq`, `gte`, `isEmpty` and the like are Gorgias's own; the form is in gorgias-api.md
10.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from migration_assets.handoff.target_locations import TargetLocation, TargetLocations
from migration_assets.ivinex.exports.workflow_model import Condition

EQUAL = {"equal", "equals", "is", "="}
NOT_EQUAL = {"not equal", "not equals", "is not", "<>", "!="}
FUNCTIONS = {
    "contains": "contains",
    "not contains": "notContains",
    "does not contain": "notContains",
    "greater than": "gte",
    "after": "gte",
    "less than": "lte",
    "before": "lte",
}
INCLUSIVE = {"gte": "Gorgias has 'at or after', not 'after'", "lte": "Gorgias has 'at or before', not 'before'"}
SPECIAL = {"current group", "linked status", "converted status"}
DOCUMENTED = {"ticket.status", "ticket.assignee_user.id", "ticket.updated_datetime", "ticket.created_datetime"}
"""Paths that Gorgias's documentation shows in filters; others are written by the same pattern and not tried."""


@dataclass
class TranslatedCondition:
    """A condition in both languages.

    Attributes:
        source: as in Ivinex, in words.
        expression: for Gorgias; empty where there is none.
        notes: what is lost or to be watched.
        cannot: why there is no expression.
    """

    source: str
    expression: str = ""
    notes: list[str] = field(default_factory=list)
    cannot: str = ""

    def as_dict(self) -> dict[str, object]:
        return {"ivinex": self.source, "gorgias": self.expression, "notes": self.notes, "cannot": self.cannot}


def translate(condition: Condition, tab: str, places: TargetLocations, *, in_view: bool = False) -> TranslatedCondition:
    """The nearest expression.

    Args:
        tab: whose field the condition names.
        in_view: a view knows the current user, a rule does not.
    """
    operator = " ".join(condition.operator.lower().replace("_", " ").split())
    shown = "" if operator == "changed" else ", ".join(condition.wanted) or "(empty)"
    told = TranslatedCondition(f"{condition.field} {condition.operator} {shown}".strip())
    if condition.field.lower() in SPECIAL or any(value.lower() in SPECIAL for value in condition.wanted):
        told.cannot = "Gorgias knows no linked or converted records and no current group; use a tag or a team instead"
        return told
    if operator == "changed":
        told.cannot = (
            "no rule can test that a field changed: the rule runs on every update of a ticket; let its last action add "
            "a tag and its first condition ask for tickets without that tag, so that it acts once"
        )
        return told
    place, *others = places.find(tab, condition.field)
    if not place.path:
        told.cannot = f"{place.name}: {place.why}"
        return told
    _express(told, place, operator, condition.wanted, places, in_view)
    if told.expression:
        _compare(told, place, others, operator, condition.wanted)
    return told


def _express(
    translated: TranslatedCondition,
    place: TargetLocation,
    operator: str,
    wanted: list[str],
    places: TargetLocations,
    in_view: bool,
) -> None:
    filled = [value for value in wanted if value]
    if operator in EQUAL | NOT_EQUAL and not filled:
        translated.expression = f"{'isEmpty' if operator in EQUAL else 'isNotEmpty'}({place.path})"
        return
    values = []
    for value in filled:
        made, problem = _value(place, value, places, in_view)
        if problem:
            translated.cannot = problem
            return
        values.append(made)
    unique = list(dict.fromkeys(values))
    several = len(unique) > 1 or place.kind == "tags"
    if operator in EQUAL:
        function = "containsAny" if several else "eq"
    elif operator in NOT_EQUAL:
        function = "notContainsAny" if several else "neq"
    elif operator in FUNCTIONS:
        function = FUNCTIONS[operator]
        translated.notes += [INCLUSIVE[function]] if function in INCLUSIVE else []
    else:
        translated.cannot = f"the operator '{operator}' has no counterpart"
        return
    argument = f"[{', '.join(unique)}]" if several else unique[0] if unique else "''"
    translated.expression = f"{function}({place.path}, {argument})"


def _value(place: TargetLocation, value: str, places: TargetLocations, in_view: bool) -> tuple[str, str]:
    """(literal, why there is none)."""
    if place.kind == "assignee":
        if value.lower() == "current user":
            if in_view:
                return "'{{current_user.id}}'", ""
            return "", "a rule runs for nobody in particular, so it knows no current user; name the user or a team"
        number, told = places.user(value)
        return (str(number), "") if number else ("", told)
    if place.kind == "contact":
        return "", "customers are tested by their id or e-mail in Gorgias, not by a record of Ivinex"
    if place.item is not None and place.item.transform == "boolean":
        return value.lower() if value.lower() in ("true", "false") else quoted(value), ""
    return quoted(place.value(value)), ""


def _compare(
    translated: TranslatedCondition,
    place: TargetLocation,
    others: list[TargetLocation],
    operator: str,
    wanted: list[str],
) -> None:
    """What the expression does not tell apart, and where the value as it was can still be found."""
    if place.path not in DOCUMENTED:
        translated.notes.append("not shown in Gorgias's documentation: choose it in the editor and compare")
    if place.kind not in ("status", "priority"):
        return
    for label in wanted:
        if alike := place.same(label):
            translated.notes.append(f"{label} and {', '.join(alike)} are all '{place.value(label)}' in Gorgias")
    exact = next((other for other in others if other.path), None)
    if exact and (operator in EQUAL | NOT_EQUAL) and any(wanted):
        function, word = ("eq", " || ") if operator in EQUAL else ("neq", " && ")
        alternatives = word.join(f"{function}({exact.path}, {quoted(exact.value(label))})" for label in wanted)
        translated.notes.append(f"for imported tickets exactly: {alternatives}")


def quoted(text: str) -> str:
    """A literal of the expression language."""
    return "'" + " ".join(text.replace("\\", "\\\\").replace("'", "\\'").split("\n")) + "'"
