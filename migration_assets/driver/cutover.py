"""May the final delta of a cutover begin? Only with every gate open and a fresh verification of every day.

It belongs here: that question, asked of the ledger. It does not: verifying (the reconciliation room) and the delta
itself (driver/delta.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from resources.ledger import Ledger
from resources.ledger.gates import WHOLE

FRESH_FOR = timedelta(hours=24)
VERIFICATION = "reconciliation/"
"""Gates whose name begins so say whether what was loaded was compared with Gorgias, and agreed."""
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


def obstacles(ledger: Ledger, days: Iterable[str], now: datetime) -> list[Obstacle]:
    """Closed gates of every room, then days whose verification failed, is older than 24 hours, or is not there."""
    rows = ledger.gate_rows()
    shut = rows[~rows["passed"] & ~rows["overridden"]]
    found = [Obstacle(*map(str, row)) for row in shut[["check_name", "partition", "detail"]].itertuples(index=False)]
    verified = rows[rows["check_name"].str.startswith(VERIFICATION)]
    newest = verified.groupby("partition")["recorded_at"].min().to_dict()
    for day in sorted(days):
        at = newest.get(day, newest.get(WHOLE))
        if at is None:
            found.append(Obstacle(f"{VERIFICATION}*", day, "never verified"))
        elif now - at > FRESH_FOR:
            found.append(Obstacle(f"{VERIFICATION}*", day, f"verified {at:%Y-%m-%d %H:%M} UTC, more than 24 hours ago"))
    return found


def require_ready(ledger: Ledger, days: Iterable[str]) -> None:
    """
    Raises:
        CutoverRefused: names the checks and days.
    """
    found = obstacles(ledger, days, ledger.now())
    if found:
        raise CutoverRefused(found)
