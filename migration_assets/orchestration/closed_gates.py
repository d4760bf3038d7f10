"""Gates that kept days from being loaded, told to a person with what opens them.

It does not belong here: which gate is closed, and the words of the way out (checks/quality_gates.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from checks.quality_gates import way_out

SHOWN_GATES = 20


@dataclass(frozen=True)
class ClosedGate:
    """A check that keeps a day from being loaded."""

    check: str
    partition: str
    detail: str


def describe_gates(gates: Sequence[ClosedGate]) -> str:
    """The gates, one a line, and the way out; empty where there are none."""
    if not gates:
        return ""
    lines = [f"  {gate.check} {gate.partition}: {gate.detail}" for gate in gates[:SHOWN_GATES]]
    more = [f"  and {len(gates) - SHOWN_GATES} more"] if len(gates) > SHOWN_GATES else []
    return "\n".join(
        [
            f"{len(gates)} gates are closed, and their days are not loaded:",
            *lines,
            *more,
            way_out(gate.check for gate in gates),
        ]
    )
