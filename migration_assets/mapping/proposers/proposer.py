"""The interface of whatever proposes: evidence of one tab in, an opinion out.

It belongs here: evidence, opinion, and how the opinions of several are taken together. It does not: an opinion itself
(words.py, meaning.py, language_model.py), and which field gets which target (heuristics/field_targets.py).
"""

from __future__ import annotations

from collections.abc import Mapping as Frozen
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.option_labels import Value
from migration_assets.mapping.heuristics.source_fields import Source

CLEAR = 0.7
"""A field for which the first of them has a target with this score needs no second opinion."""


@dataclass(frozen=True)
class Evidence:
    """What is known of one tab.

    Attributes:
        fields: name, label, kind, links, options, position and profile of each field; never a value of a record.
        reader: reads labels in the languages of the site.
    """

    role: str
    fields: Sequence[Source]
    reader: Reader


@dataclass(frozen=True)
class Opinion:
    """What one proposer thinks.

    Attributes:
        scores: field name -> standard target -> 0 to 1; what is left out is 0.
        values: (field name, target) -> option label -> value.
        reasons: (field name, target) -> why, for a person.
    """

    scores: Frozen[str, Frozen[str, float]] = field(default_factory=dict)
    values: Frozen[tuple[str, str], Frozen[str, Value]] = field(default_factory=dict)
    reasons: Frozen[tuple[str, str], str] = field(default_factory=dict)


class Proposer(Protocol):
    """Anything that has opinions."""

    def propose(self, evidence: Evidence) -> Opinion:
        """Targets and values for the fields of one tab."""
        ...


def together(first: Opinion, others: Sequence[Opinion]) -> Opinion:
    """The first one's opinion, and the others' on what it has none on.

    A label whose words are plain is not asked about in terms of likeness: what a second one thinks counts only for
    fields of which the first is not sure, and for options that it leaves open.
    """
    scores = {name: dict(of_field) for name, of_field in first.scores.items()}
    values = {key: dict(of_field) for key, of_field in first.values.items()}
    reasons = dict(first.reasons)
    for other in others:
        for name, of_field in other.scores.items():
            held = scores.setdefault(name, {})
            if max(first.scores.get(name, {}).values(), default=0.0) >= CLEAR:
                continue
            for target, score in of_field.items():
                if score > held.get(target, 0.0):
                    held[target] = score
                    reasons[(name, target)] = other.reasons.get((name, target), "")
        for key, of_options in other.values.items():
            known = values.setdefault(key, {})
            for option, value in of_options.items():
                if option not in known or known[option].confidence < value.confidence:
                    known[option] = value
    return Opinion(scores, values, reasons)
