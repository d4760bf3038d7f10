"""The value map of a field whose target has few values: each option with its value, how sure that is, and why.

It belongs here: words first, then what the records show; what neither tells is to be decided. It does not: reading the
words (option_labels.py) and asking the records (status_evidence.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migration_assets.mapping.heuristics.languages import Language, no_values
from migration_assets.mapping.heuristics.option_labels import Value, read_option
from migration_assets.mapping.heuristics.option_order import (
    CONFIDENCE,
    LEVELS,
    above_high,
    levels_by_number,
    levels_by_place,
)
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.heuristics.status_evidence import Use, status_by_records
from migration_assets.mapping.heuristics.word_list import fold
from migration_assets.mapping.model import TO_DECIDE

SURE_ENOUGH = {"status": 0.75, "priority": 0.5, "kind": 0.5, "direction": 0.5}
"""A value with less confidence is to be decided. A mistake between open and closed does harm; an e-mail whose direction
is left to the other evidence of its message does none."""
MOST_VALUES = 60

Uses = Callable[[Source, Source | None], dict[str, Use]]
"""Asks the records: (status field, field with the closing date) -> option id or text -> how it is used."""


@dataclass
class OptionValues:
    """A value map with its reasons.

    Attributes:
        values: option label -> value, or `TO_DECIDE`.
        confidence, reasons: by label; a reason only where no plain word tells.
    """

    values: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def undecided(self) -> list[str]:
        return [label for label, value in self.values.items() if value == TO_DECIDE]


def option_values(
    target: str,
    source: Source,
    spoken: tuple[Language, ...],
    uses: Uses | None = None,
    closed: Source | None = None,
    others: Mapping[str, Value] | None = None,
) -> OptionValues:
    """Read every option of a field.

    Args:
        target: `status`, `priority`, `kind` or `direction`.
        uses: of a status, how the records use each option.
        closed: the field that holds the closing date.
        others: what other proposers make of options that no word list knows.
    """
    found = OptionValues()
    used: dict[str, Use] | None = None
    labels = {label: key for key, label in source.options.items() if label in set(source.choices)}
    if not source.options and uses:
        # A site that lists no options: the few values that its records hold.
        used = uses(source, closed)
        labels = {value: value for value in used if value} if len(used) <= MOST_VALUES else {}
    for label, key in labels.items():
        words = read = read_option(target, label, spoken)
        if read.value is None and not read.confidence and others and label in others:
            read = others[label]
        value, confidence, reason = read.value, read.confidence, read.reason
        if target == "status" and uses and (value is None or confidence < SURE_ENOUGH[target]) and not words.value:
            used = uses(source, closed) if used is None else used
            by_records, sure, why = status_by_records(used.get(key), used)
            if by_records or value is None:
                value, confidence = by_records, sure
            reason = f"{reason}; {why}"
        decided = value is not None and confidence >= SURE_ENOUGH[target]
        found.values[label] = value if decided and value else TO_DECIDE
        found.confidence[label] = round(confidence, 2)
        if reason:
            found.reasons[label] = reason
    if target == "priority":
        _by_place(found, spoken)
    return found


def milder_than_very(known: Mapping[str, str], spoken: tuple[Language, ...]) -> dict[str, str]:
    """ "Urgent" is but high where there is "Very urgent" too."""
    words = {label: spoken[0].words(label, spoken[0].values) for label in known}
    more = {tuple(said[1:]) for said in words.values() if len(said) > 1 and said[0] in spoken[0].very}
    return {label: "high" for label, said in words.items() if tuple(said) in more and known[label] == "critical"}


def milder_than_another(known: Mapping[str, str], spoken: tuple[Language, ...]) -> dict[str, str]:
    """ "Urgent" is but high where "Emergency" or "Critical" stands beside it and nothing else is high."""
    urgent = {
        label: "high"
        for label, value in known.items()
        if value == "critical" and tuple(spoken[0].words(label, spoken[0].values)) in spoken[0].urgent
    }
    stronger = [label for label, value in known.items() if value == "critical" and label not in urgent]
    return urgent if stronger and "high" not in known.values() else {}


def _by_place(found: OptionValues, spoken: tuple[Language, ...]) -> None:
    """Levels that no word tells, by their place among the others; "Not set" and "Waiting" are none of them."""
    known = {label: value for label, value in found.values.items() if value != TO_DECIDE}
    for label, value in milder_than_very(known, spoken).items():
        known[label] = found.values[label] = value
        found.confidence[label], found.reasons[label] = CONFIDENCE, "another option says the same with 'very'"
    for label, value in milder_than_another(known, spoken).items():
        known[label] = found.values[label] = value
        found.confidence[label], found.reasons[label] = CONFIDENCE, "another option is more urgent, and none is high"
    for label, value in levels_by_number(list(found.values), known).items():
        if known.get(label) != value:
            known[label] = found.values[label] = value
            found.confidence[label] = CONFIDENCE
            found.reasons[label] = f"its number stands where {value} would on the scale"
    said = {
        label
        for label, sure in found.confidence.items()
        if fold(label) in no_values()
        or (sure and "several" not in found.reasons.get(label, ""))
        or read_option("status", label, spoken).confidence > 0.9
    }
    labels = [label for label in found.values if label in known or label not in said]
    plain = {label for label in labels if fold(label) in spoken[0].plain_levels}
    if top := above_high(labels, known, plain):
        known[top] = found.values[top] = LEVELS[0]
        found.confidence[top], found.reasons[top] = CONFIDENCE, "it stands above high, and nothing else is more urgent"
    for label, value in levels_by_place(labels, known, plain).items():
        found.values[label], found.confidence[label] = value, CONFIDENCE
        found.reasons[label] = f"{found.reasons.get(label, '')}; it stands where {value} would among the others"
