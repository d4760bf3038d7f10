"""May the final delta of a cutover begin? Only with every gate open and a fresh verification of every day.

It belongs here: that question, asked of the ledger. It does not: verifying (the reconciliation room) and the delta
itself (orchestration/delta.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.verification import Verification, verifications
from resources.ledger import Ledger
from resources.ledger.gates import WHOLE

CUTOVER = "cutover"
"""Decision topic: when the final delta was through; hypercare begins then."""
SHOWN = 20


@dataclass(frozen=True)
class Obstacle:
    """What keeps the cutover from beginning: a closed gate, or a day that is not freshly verified."""

    check: str
    partition: str
    detail: str


class CutoverRefused(Exception):
    """The final delta may not begin; nothing was read or written."""

    def __init__(self, obstacles: list[Obstacle]):
        self.obstacles = obstacles
        told = "\n".join(f"  {one.check} {one.partition}: {one.detail}" for one in obstacles[:SHOWN])
        more = f"\n  and {len(obstacles) - SHOWN} more" if len(obstacles) > SHOWN else ""
        super().__init__(
            f"The final delta does not begin: {len(obstacles)} gates are closed or not fresh.\n{told}{more}\nVerify "
            "again (`migrate verify`), repair what it finds, or open a gate by name with `migrate gates override CHECK "
            "PARTITION --by NAME --reason TEXT`. docs/cutover.md says what to do at each step."
        )


def obstacles(ledger: Ledger, days: Iterable[str]) -> list[Obstacle]:
    """Closed gates of every room, then days (and `*`, what belongs to none) whose verification is not fresh."""
    rows = ledger.gate_rows()
    shut = rows[~rows["passed"] & ~rows["overridden"]][["check_name", "partition", "detail"]]
    found = [Obstacle(*map(str, row)) for row in shut.itertuples(index=False)]
    states = verifications(ledger, [WHOLE, *sorted(days)])
    told = {Verification.none: "never verified", Verification.stale: "verified too long ago, or written since"}
    return found + [Obstacle("verification", day, told[state]) for day, state in states.items() if state in told]


def require_ready(ledger: Ledger, days: Iterable[str]) -> None:
    """
    Raises:
        CutoverRefused: names the checks and days.
    """
    found = obstacles(ledger, days)
    if found:
        raise CutoverRefused(found)
