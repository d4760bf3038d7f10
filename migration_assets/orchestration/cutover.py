"""May the final delta of a cutover begin? Only with every gate open and a fresh verification of days with rows.

It belongs here: that question, asked of the ledger. It does not: verifying (the reconciliation stage) and the delta
itself (orchestration/delta.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.quality_gates import way_out
from checks.verification import DAY_CHECKS, OBJECT_CHECKS, Verification, verifications
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED

CUTOVER = "cutover"
"""Decision topic: when the final delta was through; hypercare begins then."""
SHOWN = 20
VERIFICATION = "verification"
LOAD_FIRST = "run `migrate run`, or in the UI the jobs prepare and migrate_range"
VERIFY_AGAIN = "run `migrate verify`, or in the UI the jobs second_pass, verify and verify_days"


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
        shut = [one.check for one in obstacles if one.check != VERIFICATION]
        old = len(obstacles) - len(shut)
        counted = [f"{len(shut)} gates are closed"] if shut else []
        counted += [f"{old} days (`*`: what has no day) are not freshly verified"] if old else []
        way = [f"Read back again: {VERIFY_AGAIN}."] if old else []
        way += [way_out(shut)] if shut else []
        super().__init__(
            f"The final delta does not begin: {' and '.join(counted)}.\n{told}{more}\n"
            + "\n".join([*way, "docs/cutover.md says what to do at each step."])
        )


def obstacles(ledger: Ledger, loaded: Iterable[str], with_rows: Iterable[str] = ()) -> list[Obstacle]:
    """Closed gates of the days that hold rows, then days (and `*`) whose verification is not fresh.

    Args:
        loaded: days with tickets in Gorgias: these must be freshly verified.
        with_rows: further days that hold tickets at the source. Gates of all other days keep nothing from beginning.
    """
    loaded = sorted(loaded)
    rows = ledger.quality_gates.gate_rows()
    rows = rows[rows["partition"].isin([UNPARTITIONED, *loaded, *with_rows])]
    shut = rows[~rows["passed"] & ~rows["overridden"]][["check_name", "partition", "detail"]]
    found = [Obstacle(*map(str, row)) for row in shut.itertuples(index=False)]
    seen = rows[rows["check_name"].isin([*DAY_CHECKS, *OBJECT_CHECKS])].groupby("partition")["recorded_at"].min()
    for day, state in verifications(ledger, [UNPARTITIONED, *loaded]).items():
        if state is Verification.none:
            found.append(Obstacle(VERIFICATION, day, f"never verified: {VERIFY_AGAIN}"))
        elif state is Verification.stale:
            since = f"not verified since {seen[day]:%Y-%m-%d %H:%M} UTC"
            found.append(Obstacle(VERIFICATION, day, f"{since}, and written or a day old since: {VERIFY_AGAIN}"))
    return found


def require_ready(ledger: Ledger, loaded: Iterable[str], with_rows: Iterable[str] = ()) -> None:
    """
    Args:
        loaded, with_rows: as in `obstacles`.

    Raises:
        CutoverRefused: names the checks and days.
    """
    loaded, with_rows = list(loaded), list(with_rows)
    found = obstacles(ledger, loaded, with_rows)
    if with_rows and not loaded:
        told = f"no ticket of {len(with_rows)} days is in Gorgias yet: {LOAD_FIRST}"
        found.insert(0, Obstacle(VERIFICATION, UNPARTITIONED, told))
    if found:
        raise CutoverRefused(found)
