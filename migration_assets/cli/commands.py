"""The click machinery that all commands share: common options, and errors that end in a code and one message."""

import ast
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any, NoReturn

import click

from migration_assets.cli.output import Output
from migration_assets.orchestration.exit import Exit


class Commands(click.Group):
    """The group of all commands. No error leaves it as a stack trace unless --verbose asks for one.

    A command's module is imported when the command is asked for: Dagster and pandas take seconds, and most commands
    need one of many. The list of commands in the help reads their docstrings and imports none.

    Args:
        modules: command -> the module of this package that holds it.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **extra: Any):
        super().__init__(*args, **extra)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        module = import_module(f"{__package__}.{self._modules[cmd_name]}")
        command: click.Command = getattr(module, _function(cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._first_sentence(name)) for name in self.list_commands(ctx)])

    def _first_sentence(self, name: str) -> str:
        source = Path(__file__).with_name(f"{self._modules[name]}.py").read_text(encoding="utf-8")
        functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
        text = next(ast.get_docstring(node) or "" for node in functions if node.name == _function(name))
        return click.Command(name, help=cleandoc(text)).get_short_help_str(limit=200)

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
            from migration_assets.cli.command_errors import explain

            code, message = explain(error)
            if out.verbose:
                stack = ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
                out.note(getattr(error, "stack", "") or "".join(stack))
            out.fail(code, message)
        return int(code or 0)


def _function(command: str) -> str:
    """Its name in its module: `export-since` is `export_since`."""
    return command.replace("-", "_")


_ANY_HOME = ("demo", "doctor", "list")
"""Commands with a home of their own, or that tell of a newer one in their tables."""


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json and --verbose and hands the command an Output first; settings that are broken end it here."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output and nothing else.")
    @click.option("--verbose", is_flag=True, help="Show stack traces and Dagster's own log.")
    @wraps(command)
    def wrapped(*args: Any, as_json: bool, verbose: bool, **options: Any) -> Any:
        from migration_assets.settings_source import load_settings

        # An evidence pack is checked on any machine, whatever is set there.
        if not options.get("manifest"):
            settings = load_settings()
            if command.__name__ not in _ANY_HOME:
                from migration_assets.orchestration.dagster_home import require_known_home

                require_known_home(settings)
        return command(Output(as_json, verbose), *args, **options)

    return wrapped
