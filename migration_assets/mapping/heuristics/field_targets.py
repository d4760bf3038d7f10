"""Which field of a tab gets which standard target: one optimisation over the whole tab, each target once.

What is neither sure enough to be given nor unlikely enough to be left out is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migration_assets.mapping.heuristics.assignment import best_assignment
from migration_assets.mapping.heuristics.calibration import calibrated
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.target_fields import STANDARDS

Scores = Mapping[str, Mapping[str, float]]
"""Field name -> target -> score."""
ASSIGNED = 0.7
"""A field with this score for a target gets it."""
ASKED = 0.5
"""From this score on a person is asked where nothing better was found."""
ASKED_BEFORE = frozenset({("ticket", "status")})
"""Targets without which a load does harm: the best candidate takes it for the time being, and is asked about."""

_RATHER = {
    "contact": (("email", "other_email"), ("phone", "other_phone")),
    "activity": (("body", "description"),),
}
"""A tab whose only address is called "Work e-mail" has it as its first, which customers are told apart by; one whose
only number is called "Home phone" has it as the main one; one whose only text is called "Comment" as what was said."""


@dataclass(frozen=True)
class AssignedTarget:
    """A field's target.

    Attributes:
        score: as scored, before calibration.
        sure: False where a person has to say so first.
        given: False where the field is something else until a person says so.
    """

    target: str
    score: float
    sure: bool = True
    given: bool = True

    @property
    def confidence(self) -> float:
        return calibrated(self.score)


def standard_targets(role: str, fields: Sequence[Source], scores_of: Scores) -> dict[str, AssignedTarget]:
    """Field name -> its standard target, or the target that a person is asked about."""
    if not fields:
        return {}
    targets = list(STANDARDS[role])
    scores = [[scores_of.get(source.name, {}).get(target, 0.0) for source in fields] for target in targets]
    for rather, other in _RATHER.get(role, ()):
        _one_as_the_other(targets, scores, rather, other)
    chosen = best_assignment([[score if score >= ASKED else 0.0 for score in row] for row in scores])
    given: dict[str, AssignedTarget] = {}
    for target, row, column in zip(targets, scores, chosen, strict=True):
        if column is not None:
            sure = row[column] >= ASSIGNED
            known = sure or (role, target) in ASKED_BEFORE
            given[fields[column].name] = AssignedTarget(target, row[column], sure, known)
    return given


def _one_as_the_other(targets: list[str], scores: list[list[float]], rather: str, other: str) -> None:
    """Where nothing else is the first of two, what is like the second is the first."""
    first, second = targets.index(rather), targets.index(other)
    likely = scores[second].index(max(scores[second]))
    elsewhere = max((score for place, score in enumerate(scores[first]) if place != likely), default=0.0)
    if elsewhere < ASKED and 0 < scores[second][likely] >= scores[first][likely]:
        scores[first] = [score * (1 - 0.001 * place) for place, score in enumerate(scores[second])]
        scores[second] = [score * 0.9 for score in scores[second]]
