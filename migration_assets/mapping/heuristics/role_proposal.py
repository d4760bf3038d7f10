"""Which role a tab most likely plays: by its name, its fields and its links, in any language.

It belongs here: the proposal. It does not: what `mapping.yaml` decides (roles.py). Each role first takes the tab that
is best for all of them together; further tabs join a role by their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from migration_assets.mapping.heuristics.assignment import best_assignment
from migration_assets.mapping.heuristics.field_scores import Tab, fit
from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.languages import spoken
from migration_assets.mapping.heuristics.source_fields import sources
from migration_assets.mapping.model import Role
from migration_assets.mapping.roles import NAMES, REQUIRED

CLEAR = 0.75
"""A tab with this confidence has the role; below it a person is asked."""
_NAMED, _EXTRA, _OTHER, _AGAINST, _BY_FIELDS, _LIKELY, _POSSIBLE = 0.97, 0.6, 0.4, 0.65, 0.8, 0.6, 0.15
_CONCEPTS = {"activity": {"activity", "message", "call", "email", "notes"}}
_TELLING: dict[str, dict[str, float]] = {
    "contact": {"first_name": 1, "last_name": 1, "email": 1, "phone": 0.6, "name": 0.4, "organization": 0.5},
    "organization": {"name": 0.8, "domain": 1.2},
    "ticket": {"subject": 0.6, "description": 0.4, "status": 0.8, "priority": 0.8, "assignee": 0.4, "contact": 1,
               "closed": 0.7, "team": 0.5, "tags": 0.4},
    "activity": {"kind": 0.4, "from": 1, "to": 1, "body": 0.5, "html": 0.4, "direction": 0.8, "duration": 0.6,
                 "message_id": 0.8, "ticket": 1, "cc": 0.5},
    "task": {"due": 1.2, "completed": 0.6, "state": 0.7, "owner": 0.4, "ticket": 0.6, "subject": 0.4},
}  # fmt: skip
_ENOUGH = {"contact": 3.0, "organization": 1.8, "ticket": 3.0, "activity": 2.8, "task": 2.8}
"""The weight of telling fields that makes a tab what it is without a name."""
_NO_PROFILE = pd.DataFrame({"collection_type_id": [], "field_name": []})


@dataclass(frozen=True)
class RoleProposal:
    """What a tab most likely is.

    Attributes:
        role: None where it is like none.
        confidence: 0 to 1.
        reason: a sentence for a person.
    """

    role: str | None
    confidence: float
    reason: str


def propose_roles(tabs: Iterable[tuple[str, str]], fields: pd.DataFrame | None = None) -> dict[str, RoleProposal]:
    """Proposes a role for each tab.

    Args:
        tabs: (CollectionTypeID, name) pairs.
        fields: rows of `ivinex.fields`; without them only the names tell.

    Returns:
        A proposal per CollectionTypeID; several tabs may share a role (e-mails and activities do). A required role is
        given to the best tab there is, however unsure.
    """
    return dict(_proposed(tuple(tabs), _Schema(fields)))


class _Schema:
    """Rows of `ivinex.fields` that are equal where their content is: the tabs and the proposal ask for the same."""

    def __init__(self, fields: pd.DataFrame | None):
        self.fields = fields
        rows = () if fields is None else zip(*(fields[name] for name in sorted(fields.columns)), strict=True)
        self._content = tuple(sorted(map(repr, rows))) if fields is not None else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Schema) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


@lru_cache(maxsize=16)
def _proposed(named: tuple[tuple[str, str], ...], schema: _Schema) -> dict[str, RoleProposal]:
    fields = schema.fields
    labels = [name for _, name in named]
    if fields is not None:
        labels += list(fields["label"].dropna())
    reader = Reader(spoken(labels), labels)
    by_name = {number: {role: _by_name(name, role, reader) for role in NAMES} for number, name in named}
    scores = by_name
    if fields is not None and len(fields):
        # Links tell most, and need to know what they point to: the second look knows the roles of the first.
        for _ in range(2):
            scores = _with_fields(by_name, fields, reader, _assigned(scores))
    roles = _assigned(scores)
    return {number: _proposal(name, roles.get(number), scores[number], by_name[number]) for number, name in named}


def unsure_roles(proposals: dict[str, RoleProposal], names: dict[str, str]) -> tuple[str, ...]:
    """What a person has to say of the roles: one sentence a tab."""
    return tuple(
        f"Tab {number} ({names.get(number, number)}) was taken for the role {proposal.role} with confidence "
        f"{proposal.confidence:.2f}: {proposal.reason}. Correct roles where it is another tab, and discover again "
        "(the job discover, or `migrate discover`)."
        for number, proposal in proposals.items()
        if proposal.role and proposal.confidence < CLEAR
    )


def _by_name(name: str, role: str, reader: Reader) -> float:
    """How much a tab's name says a role; below 0 where it says something else."""
    wanted = _CONCEPTS.get(role, {role})
    best = 0.0
    for reading in reader.read(name):
        if any(item & wanted for item in reading.items):
            more = sum(1 for item in reading.items if not item & wanted)
            best = max(best, _NAMED * reading.worth * _EXTRA**more)
        elif reading.known:
            best = best or -1.0
    return best


def _with_fields(
    by_name: dict[str, dict[str, float]], fields: pd.DataFrame, reader: Reader, roles: dict[str, str]
) -> dict[str, dict[str, float]]:
    tabs_of: dict[Role, list[str]] = {}
    for number, role in roles.items():
        tabs_of.setdefault(role, []).append(number)  # type: ignore[arg-type]
    found: dict[str, dict[str, float]] = {}
    for number, named in by_name.items():
        of_tab = list(sources(fields, _NO_PROFILE, "ticket", number, tabs_of))
        shown = {
            role: _shown(Tab([replace(one, role=role) for one in of_tab], reader, placed=False), role) for role in NAMES
        }
        found[number] = {role: _weighed(named[role], shown[role], max(shown.values())) for role in NAMES}
    return found


def _weighed(name: float, shown: float, most: float) -> float:
    """A name and the fields together; where they contradict each other, neither is sure any more."""
    if name > 0:
        against = _AGAINST if most - shown > 0.5 else 1.0
        return (name + (1 - name) * 0.6 * shown) * against
    other = _OTHER + 2 * (1 - _OTHER) * max(0.0, shown - 0.7) if name < 0 else 1.0
    return _BY_FIELDS * shown * other


def _shown(tab: Tab, role: str) -> float:
    """How much of what makes a role a tab's fields show."""
    if not tab.fields:
        return 0.0
    weights = _TELLING[role]
    scores = [[score if score >= _LIKELY else 0.0 for score in fit(tab, role, target)] for target in weights]
    chosen = best_assignment(scores)
    total = sum(
        weight * row[column]
        for weight, row, column in zip(weights.values(), scores, chosen, strict=True)
        if column is not None
    )
    return min(1.0, total / _ENOUGH[role])


def _assigned(scores: dict[str, dict[str, float]]) -> dict[str, str]:
    """Tab -> role: each role its tab by one optimisation, then every tab whose name is clear."""
    numbers = list(scores)
    least = {role: _POSSIBLE if role in REQUIRED else _LIKELY for role in NAMES}
    # Of two roles that are as likely, a tab has the one that there must be.
    first = {role: 0.01 if role in REQUIRED else 0.0 for role in NAMES}
    table = [
        [scores[number][role] + first[role] if scores[number][role] >= least[role] else 0.0 for number in numbers]
        for role in NAMES
    ]
    roles = {
        numbers[column]: role for role, column in zip(NAMES, best_assignment(table), strict=True) if column is not None
    }
    for number, of_tab in scores.items():
        best = max(of_tab, key=lambda role: of_tab[role])
        if number not in roles and of_tab[best] >= CLEAR:
            roles[number] = best
    return roles


def _proposal(name: str, role: str | None, scores: dict[str, float], by_name: dict[str, float]) -> RoleProposal:
    best = max(scores, key=lambda one: scores[one])
    if role is None:
        return RoleProposal(None, round(max(0.0, scores[best]), 2), f"{name!r} is like no role (nearest: {best})")
    told = "its name" if by_name[role] > 0 else "its fields and links"
    return RoleProposal(role, round(scores[role], 2), f"{name!r} is the {role} tab by {told}")
