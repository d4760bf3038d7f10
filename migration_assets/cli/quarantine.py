"""`migrate quarantine list|show|replay`: rows that were set aside, and another try for them."""

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, records, table
from migration_assets.cli.result_tables import show_closed
from migration_assets.cli.session import migration_session_of_command, open_stores
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.quarantine_replay import ReasonClass, replay_quarantine
from migration_assets.orchestration.quarantine_rows import shown_row
from migration_assets.settings_source import load_settings


@click.group()
def quarantine() -> None:
    """Rows that were set aside."""


@quarantine.command("list")
@common
def list_quarantine(out: Output) -> None:
    """Every row in quarantine with its reason; ids only."""
    with open_stores() as stores:
        rows = records(stores.ledger.quarantine.rows())
    columns = ("object", "source_id", "partition", "stage", "reason_class", "message")

    def show(console: Console) -> None:
        if not rows:
            console.print("No row is in quarantine.")
            return
        console.print(table("Quarantine", columns, rows))
        console.print(f"{len(rows)} rows. Try them again with `migrate quarantine replay --by NAME`.")

    out.finish({"quarantine": rows}, show)


@quarantine.command("show")
@common
@click.argument("source_id")
@click.option("--values", is_flag=True, help="The record as well, on the screen only: people's data.")
def show_quarantine(out: Output, source_id: str, values: bool) -> None:
    """One row: why and with which versions it was set aside, and what changed since."""
    with open_stores() as stores:
        rows = shown_row(stores.ledger, stores.warehouse, source_id, values)

    def show(console: Console) -> None:
        for row in rows:
            for name, value in row.items():
                console.print(f"{name}: {value}", markup=False)

    out.finish({"quarantine": rows}, show)


@quarantine.command()
@common
@click.option("--object", "object_", default="", metavar="OBJECT", help="Only rows of this object, such as tickets.")
@click.option("--reason-class", default="", type=click.Choice(["", *ReasonClass]), help="Only rows of this class.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only this row of the list; may be given several times.")
@click.option("--send-refused", is_flag=True, help="Send what Gorgias refused once more, though it is the same.")
@click.option("--by", required=True, metavar="NAME", help="Who asks for it.")
def replay(out: Output, object_: str, reason_class: str, ids: tuple[str, ...], send_refused: bool, by: str) -> None:
    """Stage and load again the days of rows in quarantine that may pass now; the preparation where a row has no day.

    For after the map was changed and confirmed, or Ivinex repaired and read again (`migrate discover`): rows for which
    neither changed are not tried. What Gorgias refused is not sent again as long as it is the same, unless
    --send-refused asks for it. Exit code 4 where a gate kept days closed.
    """
    ended = "Ended before all days were through. Go on with the same command."
    with migration_session_of_command(out, "quarantine replay", ended) as migration:
        done = replay_quarantine(migration, load_settings(), by, object_, reason_class, send_refused, ids)
        closed = list(migration.closed)

    def show(console: Console) -> None:
        console.print(done.sentence(), markup=False)
        show_closed(console, closed)

    data = done.as_data() | {"closed_gates": [vars(gate) for gate in closed]}
    out.finish(data, show, Exit.GATE_CLOSED if closed else Exit.BALANCED)
