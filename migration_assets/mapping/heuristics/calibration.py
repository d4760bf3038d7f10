"""From a score to a confidence that means something: of what is said 0.9, nine of ten are right.

The steps are read from the reliability table of benchmarks/mapping.py (docs/mapping.md), not computed at run time.
"""

from __future__ import annotations

from itertools import pairwise

STEPS = ((0.0, 0.0), (0.5, 0.4), (0.7, 0.75), (0.8, 0.9), (0.97, 0.99), (1.0, 0.99))
"""(score, share of them that is right)."""


def calibrated(score: float) -> float:
    """The confidence of a score, between the steps in a straight line."""
    for (low, from_), (high, to) in pairwise(STEPS):
        if score <= high:
            return round(from_ + (to - from_) * (score - low) / (high - low), 2)
    return STEPS[-1][1]
