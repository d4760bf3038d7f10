"""Shows how far a command is: a live display on a terminal, a line every few seconds elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from migration_assets.cli.output import Output
from migration_assets.orchestration.progress import progress_lines, progress_watch
from resources.ledger import Ledger

POLL_SECONDS = 0.5
LINE_SECONDS = 5.0


@contextmanager
def progress_display(ledger: Ledger, out: Output) -> Iterator[None]:
    """While a command works."""
    if not (sys.stderr.isatty() and sys.stdout.isatty()):
        with progress_lines(ledger, LINE_SECONDS, out.note):
            yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[speed]}"))
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=out.errors, transient=True) as live:

        def draw(phase: str, done: int, total: int, speed: str) -> None:
            """One bar per phase that is under way; a finished one leaves the display."""
            if phase not in tasks:
                tasks[phase] = live.add_task(phase, speed="")
            live.update(tasks[phase], completed=done, total=total, speed=speed, visible=done < total)

        with progress_watch(ledger, POLL_SECONDS, draw):
            yield
