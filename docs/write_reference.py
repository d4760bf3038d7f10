"""Writes docs/reference/command.md and docs/reference/assets.md from the program itself.

    python docs/write_reference.py

It belongs here: the two pages, as text. It does not: what a command or an asset does; that is said where it is defined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
import dagster as dg

FOLDER = Path(__file__).resolve().parent / "reference"
STAGES = ("ivinex", "mapping", "staging", "gorgias", "reconciliation", "handoff")
_EXITS = """
| exit code | means |
| --- | --- |
| 0 | balanced (quarantine is printed) |
| 1 | failed; what was done is kept |
| 2 | usage or settings |
| 3 | not balanced, in doubt, or in conflict |
| 4 | a gate is closed; it is named |

`--json` prints one JSON object on standard output and nothing else; `--verbose` shows stack traces and Dagster's own
log.
"""


def pages() -> dict[str, str]:
    """File name -> text."""
    return {"command.md": command_page(), "assets.md": assets_page()}


def command_page() -> str:
    from migration_assets.cli import main

    lines = ["# The command", "", "Written by `python docs/write_reference.py`.", _EXITS]
    for path, command in _leaves(main, ("migrate",)):
        lines += [f"## `{' '.join([*path, *_arguments(command), *_required(command)])}`", "", _text(command.help), ""]
        options = [option for option in command.params if isinstance(option, click.Option) and _own(option)]
        if options:
            lines += ["| option | does |", "| --- | --- |"]
            lines += [f"| `{_escaped(_name(option))}` | {_cell(option)} |" for option in options] + [""]
    return "\n".join(lines).rstrip() + "\n"


def _leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    if command.invoke_without_command:
        yield path, command
    context = click.Context(command, info_name=path[-1])
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from _leaves(below, (*path, name))


def _arguments(command: click.Command) -> list[str]:
    return [param.make_metavar(click.Context(command)) for param in command.params if isinstance(param, click.Argument)]


def _required(command: click.Command) -> list[str]:
    return [_name(param) for param in command.params if isinstance(param, click.Option) and param.required]


def _own(option: click.Option) -> bool:
    return option.name not in ("as_json", "json", "verbose", "help") and not option.hidden


def _name(option: click.Option) -> str:
    if option.is_flag:
        return option.opts[0]
    kind = option.make_metavar(click.Context(click.Command("x"))).strip("[]")
    return f"{option.opts[0]} {kind}"


def _cell(option: click.Option) -> str:
    return _escaped(_text(option.help))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _text(text: str | None) -> str:
    return " ".join((text or "").replace("\b", "").split())


def assets_page() -> str:
    from migration_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    checks: dict[dg.AssetKey, list[dg.AssetCheckKey]] = defaultdict(list)
    for check in sorted(graph.asset_check_keys, key=lambda key: key.name):
        checks[check.asset_key].append(check)
    lines = [
        *(
            "# Assets and checks",
            "",
            "Written by `python docs/write_reference.py`. *By day*: partitioned by the ticket's",
        ),
        *("created day, UTC. A check in **bold** blocks what is downstream.", ""),
    ]
    for stage in STAGES:
        keys = sorted(key for key in graph.get_all_asset_keys() if key.path[0] == stage)
        lines += [f"## {stage}", "", "| asset | is | checks |", "| --- | --- | --- |"]
        for key in keys:
            node = graph.get(key)
            days = " By day." if node.partitions_def else ""
            told = ", ".join(_check(graph, check) for check in checks[key])
            lines.append(f"| `{key.to_user_string()}` | {_first(node.description)}{days} | {told} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _check(graph: dg.AssetGraph, key: dg.AssetCheckKey) -> str:  # type: ignore[name-defined]
    return f"**{key.name}**" if graph.get_check_spec(key).blocking else key.name


def _first(text: str | None) -> str:
    return _text(text).split(". ")[0].rstrip(".").replace("|", "\\|") + "."


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
