"""Shows how far a command is: a live display on a terminal, a line every few seconds elsewhere.

The numbers are those that phases note in the ledger (`ledger.note_progress`), so `migrate status` in another
terminal shows the same.
"""

import sys
import threading
import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from migration_assets.cli.output import Output
from resources.ledger import Ledger
from resources.ledger.base import utc_now

POLL_SECONDS = 0.5
LINE_SECONDS = 5.0


class ProgressDisplay:
    """Context manager; polls the ledger on a thread of its own."""

    def __init__(self, ledger: Ledger, out: Output):
        self._ledger, self._out = ledger, out
        self._started = utc_now()
        self._seen: dict[str, tuple[float, int, int]] = {}
        self._tasks: dict[str, TaskID] = {}
        self._printed: dict[str, int] = {}
        self._stop = threading.Event()
        live = sys.stderr.isatty() and sys.stdout.isatty()
        self._live = (
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[speed]}"),
                console=out.errors,
                transient=True,
            )
            if live
            else None
        )
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> "ProgressDisplay":
        if self._live:
            self._live.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        if self._live:
            self._live.stop()

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS if self._live else LINE_SECONDS):
            self._show()

    def _show(self) -> None:
        rows = self._ledger.progress_rows()
        for phase, done, total, updated in rows[["phase", "done", "total", "updated_at"]].itertuples(index=False):
            if updated < self._started:
                continue
            speed = self._speed(phase, int(done), int(total))
            if self._live:
                self._draw(phase, int(done), int(total), speed)
            elif self._printed.get(phase) != done:
                self._printed[phase] = int(done)
                self._out.note(f"{phase}: {done} of {total}{', ' + speed if speed else ''}")

    def _draw(self, phase: str, done: int, total: int, speed: str) -> None:
        """One bar per phase that is under way; a finished one leaves the display."""
        assert self._live is not None
        if phase not in self._tasks:
            self._tasks[phase] = self._live.add_task(phase, speed="")
        self._live.update(self._tasks[phase], completed=done, total=total, speed=speed, visible=done < total)

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
