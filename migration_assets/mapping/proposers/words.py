"""The proposer *words*: labels by the word lists of sixteen languages. It is always there and always asked first.

It belongs here: the word lists as a proposer. It does not: how a label is read (heuristics/).
"""

from __future__ import annotations

from migration_assets.mapping.heuristics.field_scores import Tab, fit
from migration_assets.mapping.proposers.proposer import Evidence, Opinion
from migration_assets.mapping.target_fields import STANDARDS


class Words:
    """Reads labels; the words of options are read where values are mapped (heuristics/option_values.py)."""

    def propose(self, evidence: Evidence) -> Opinion:
        """A score for every field and target."""
        tab = Tab(evidence.fields, evidence.reader)
        scores: dict[str, dict[str, float]] = {source.name: {} for source in evidence.fields}
        for target in STANDARDS[evidence.role]:
            for source, score in zip(evidence.fields, fit(tab, evidence.role, target), strict=True):
                scores[source.name][target] = score
        return Opinion(scores)
