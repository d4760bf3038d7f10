"""What a command prints: tables for a person on standard output, or one JSON object and nothing else there.

What is said on the way (phases, progress, warnings) goes to standard error.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from resources.outgoing_text import outgoing

WIDTH_OF_A_PIPE = 160


def _own_words(text: str) -> str:
    # Here, because the help needs no setting and none of what they are made with.
    from migration_assets.own_words import own_words

    return own_words(text)


class _Console(Console):
    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(_own_words(one) if isinstance(one, str) else one for one in objects), **how)


class Output:
    """
    Args:
        as_json: print one JSON object at the end instead of tables.
        verbose: show stack traces and Dagster's own log.
    """

    def __init__(self, as_json: bool = False, verbose: bool = False):
        self.as_json, self.verbose = as_json, verbose
        self.console = _Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_PIPE, highlight=False)
        self.errors = _Console(stderr=True, width=None if sys.stderr.isatty() else WIDTH_OF_A_PIPE, highlight=False)

    def note(self, line: str) -> None:
        """One line on standard error."""
        self.errors.print(outgoing(line), markup=False)

    def finish(self, data: dict[str, Any], show: Callable[[Console], None] | str, code: int = 0) -> None:
        """The end of a command: its result and its exit code.

        Args:
            data: the JSON object; `exit_code` is added.
            show: prints the same for a person, or says it.
        """
        if self.as_json:
            click.echo(_own_words(outgoing(json.dumps(data | {"exit_code": int(code)}, default=str))))
        elif isinstance(show, str):
            self.console.print(show, markup=False)
        else:
            show(self.console)
        click.get_current_context().exit(int(code))

    def fail(self, code: int, message: str) -> None:
        """The end of a command that could not do its work."""
        message = _own_words(outgoing(message))
        if self.as_json:
            click.echo(json.dumps({"error": message, "exit_code": int(code)}))
        self.errors.print(message, style="red", markup=False)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any] | Mapping[str, Any]], numbers: Sequence[str] = ()
) -> Table:
    """A table whose columns in `numbers` are right-aligned; a row that names its values is shown in their order."""
    made = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
    for name in columns:
        made.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        cells = [row.get(name) for name in columns] if isinstance(row, Mapping) else row
        made.add_row(*("" if cell is None else _own_words(str(cell)) for cell in cells))
    return made


def records(frame: Any) -> list[dict[str, Any]]:
    """Rows of a frame for JSON: missing values as null."""
    found: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return found
