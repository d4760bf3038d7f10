"""`migrate delta`: carry over what changed at the source since the load; `--final` for the cutover itself."""

from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.result_tables import show_result
from migration_assets.cli.session import migration_session_of_command
from migration_assets.orchestration.delta import Delta, apply_delta, final_delta
from migration_assets.orchestration.result import Result


@click.command()
@common
@click.option("--final", is_flag=True, help="The cutover's last delta: needs open gates and a fresh verification.")
@click.option("--by", metavar="NAME", help="Who orders the cutover; --final asks for it.")
def delta(out: Output, final: bool, by: str | None) -> None:
    """Read Ivinex again and carry over what changed since the load, merged with what changed in Gorgias.

    Only changes are written, each once; a field that changed on both sides is a conflict and keeps Gorgias's value.
    `--final` refuses with exit code 4 unless every gate is open and every day freshly verified; afterwards it compares
    everything and prints what remains.
    """
    if by is not None and not final:
        raise click.UsageError("--by NAME says who orders the cutover: give it together with --final.")
    if by is None and final:
        raise click.UsageError("Who orders the cutover? It is kept: `migrate delta --final --by NAME`.")
    ended = "Ended before all changes were carried over. Go on with the same command."
    with migration_session_of_command(out, "delta --final" if final else "delta", ended) as migration:
        if by is not None:
            done, result = final_delta(migration, by)
        else:
            done = apply_delta(migration, prove=False)
            result = Result.of(migration)
    data: dict[str, Any] = {"delta": done.as_data(), **result.as_data()}
    out.finish(data, lambda console: _show(console, done, result), result.exit_code)


def _show(console: Console, done: Delta, result: Result) -> None:
    console.print(table("Changed at the source since the load", ("record", "number"), done.found.items(), ("number",)))
    console.print(f"{done.days} days loaded again, {done.writes} writes, {done.left} records still differ.")
    if done.gone:
        console.print(done.gone_sentence())
    show_result(console, result)
