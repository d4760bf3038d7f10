"""How far the phases of a migration are: read from the ledger every few seconds, and told with rate and time left.

The numbers are those that phases note in the ledger (`ledger.progress.note_progress`), so that `migrate status` in
another terminal shows the same. It does not belong here: a live display (cli/progress.py).
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from resources.ledger import Ledger
from resources.ledger.base import utc_now

Show = Callable[[str, int, int, str], None]


class ProgressWatch:
    """Context manager; looks at the ledger on a thread of its own.

    Args:
        show: told phase, done, total and speed (rate and time left, where known) of every phase under way.
    """

    def __init__(self, ledger: Ledger, seconds: float, show: Show):
        self._ledger, self._seconds, self._show = ledger, seconds, show
        self._started = utc_now()
        self._seen: dict[str, tuple[float, int, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> "ProgressWatch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            rows = self._ledger.progress.progress_rows()
            for phase, done, total, updated in rows[["phase", "done", "total", "updated_at"]].itertuples(index=False):
                if updated >= self._started:
                    self._show(phase, int(done), int(total), self._speed(phase, int(done), int(total)))

    def _speed(self, phase: str, done: int, total: int) -> str:
        """Rate and time left, from what was seen since the phase appeared, or began anew."""
        now = time.monotonic()
        since, at_first, last = self._seen.get(phase, (now, done, done))
        if done < last:
            since, at_first = now, done
        self._seen[phase] = (since, at_first, done)
        if done == at_first or done >= total:
            return ""
        rate = (done - at_first) / max(now - since, 1e-6)
        return f"{rate:.1f}/s, {(total - done) / rate:.0f} s left"


def progress_lines(ledger: Ledger, seconds: float, say: Callable[[str], None]) -> ProgressWatch:
    """Tells a line whenever a phase has gone on since the last look."""
    told: dict[str, int] = {}

    def show(phase: str, done: int, total: int, speed: str) -> None:
        if told.get(phase) != done:
            told[phase] = done
            say(f"{phase}: {done} of {total}{', ' + speed if speed else ''}")

    return ProgressWatch(ledger, seconds, show)
