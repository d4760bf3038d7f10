"""How far the phases of a migration are: read from the ledger every few seconds, and told with rate and time left.

The numbers are those that phases note in the ledger (`ledger.progress.note_progress`), so that `migrate status` in
another terminal shows the same. It does not belong here: a live display (cli/progress.py).
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from migration_assets.orchestration.regularly import regularly
from resources.ledger import Ledger
from resources.ledger.base import utc_now

Show = Callable[[str, int, int, str], None]


def progress_watch(ledger: Ledger, seconds: float, show: Show) -> AbstractContextManager[None]:
    """Looks at the ledger on a thread of its own.

    Args:
        show: told phase, done, total and speed (rate and time left, where known) of every phase under way.
    """
    started = utc_now()
    seen: dict[str, tuple[float, int, int]] = {}

    def look() -> None:
        rows = ledger.progress.progress_rows()
        for phase, done, total, updated in rows[["phase", "done", "total", "updated_at"]].itertuples(index=False):
            if updated >= started:
                show(phase, int(done), int(total), speed(phase, int(done), int(total)))

    def speed(phase: str, done: int, total: int) -> str:
        """Rate and time left, from what was seen since the phase appeared, or began anew."""
        now = time.monotonic()
        since, at_first, last = seen.get(phase, (now, done, done))
        if done < last:
            since, at_first = now, done
        seen[phase] = (since, at_first, done)
        if done == at_first or done >= total:
            return ""
        rate = (done - at_first) / max(now - since, 1e-6)
        return f"{rate:.1f}/s, {(total - done) / rate:.0f} s left"

    return regularly("progress", seconds, look)


def progress_lines(ledger: Ledger, seconds: float, say: Callable[[str], None]) -> AbstractContextManager[None]:
    """Tells a line whenever a phase has gone on since the last look."""
    told: dict[str, int] = {}

    def show(phase: str, done: int, total: int, speed: str) -> None:
        if told.get(phase) != done:
            told[phase] = done
            say(f"{phase}: {done} of {total}{', ' + speed if speed else ''}")

    return progress_watch(ledger, seconds, show)
