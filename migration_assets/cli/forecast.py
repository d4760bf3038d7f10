"""`migrate forecast`: what the load will cost, before it is begun."""

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import account_of, migration_session_of_command
from migration_assets.orchestration.forecast import forecast_load
from migration_assets.settings_source import load_settings


@click.command()
@common
def forecast(out: Output) -> None:
    """Stage everything, write nothing, and count the calls of the load and of its verification, with hours.

    Needs a confirmed map. What is in Gorgias already costs nothing.
    """
    settings = load_settings()
    ended = "Ended before all was staged. Go on with the same command."
    with migration_session_of_command(out, "forecast", ended) as migration, account_of(settings) as account:
        made = forecast_load(migration, settings, account)
    rows = [
        {"phase": one.phase, "records": one.records, "calls": one.calls, "hours": round(made.pace.hours(one.calls), 2)}
        for one in made.phases
    ]

    def show(console: Console) -> None:
        columns = ("phase", "records", "calls", "hours")
        console.print(table("Forecast", columns, rows, columns[1:]))
        for sentence in made.sentences():
            console.print(sentence, markup=False)

    out.finish(made.as_numbers() | {"phases": rows, "shorter": made.shorter}, show)
