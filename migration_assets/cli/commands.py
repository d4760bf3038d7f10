"""The click machinery that all commands share: common options, and errors that end in a code and one message."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NoReturn

import click

from migration_assets.cli.exits import explain
from migration_assets.cli.output import Output
from migration_assets.orchestration.exit_codes import Exit


class Commands(click.Group):
    """The group of all commands. No error leaves it as a stack trace unless --verbose asks for one."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        # What a migration writes, and each process that it starts, is its owner's alone, whatever the shell says.
        before = os.umask(0o077)
        try:
            code = self._code(given, prog_name or "migrate", **extra)
        finally:
            os.umask(before)
        sys.exit(code)

    def _code(self, given: list[str], prog_name: str, **extra: Any) -> int:
        out = Output(as_json="--json" in given, verbose="--verbose" in given)
        extra.pop("standalone_mode", None)
        try:
            code = super().main(given, prog_name, standalone_mode=False, **extra)
        except click.ClickException as error:
            code = error.exit_code
            if out.as_json:
                out.fail(code, error.format_message())
            else:
                error.show()
        except (click.Abort, KeyboardInterrupt):
            code = Exit.FAILED
            out.fail(code, "Ended by Ctrl-C.")
        except Exception as error:
            code, message = explain(error)
            if out.verbose:
                stack = ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
                out.note(getattr(error, "stack", "") or "".join(stack))
            out.fail(code, message)
        return int(code or 0)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json and --verbose and hands the command an Output first."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output and nothing else.")
    @click.option("--verbose", is_flag=True, help="Show stack traces and Dagster's own log.")
    @wraps(command)
    def wrapped(*args: Any, as_json: bool, verbose: bool, **options: Any) -> Any:
        return command(Output(as_json, verbose), *args, **options)

    return wrapped
