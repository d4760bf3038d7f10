"""What the plain code of an asset hands back: numbers for the UI, and what the asset's checks are to say.

It belongs here: that. It does not: declaring and reporting a check (step_check.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from checks.evaluate import Evaluation
from checks.step_check import Evaluate


@dataclass(frozen=True)
class StepResult:
    """How a step ended.

    Attributes:
        metadata: what the UI shows of it.
        found: what each check without partitions evaluates, in the order in which the asset declares them.
    """

    metadata: dict[str, Any]
    found: Sequence[Callable[[], Evaluation]] = ()

    @property
    def evaluations(self) -> list[Evaluate]:
        """As a check's report takes them."""
        return [_unpartitioned(evaluate) for evaluate in self.found]


def _unpartitioned(evaluate: Callable[[], Evaluation]) -> Evaluate:
    return lambda: {None: evaluate()}
