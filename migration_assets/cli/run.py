"""`migrate discover` and `migrate run`: the phases on the accounts of the settings."""

from typing import Any

import click

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output
from migration_assets.cli.result_tables import show_result
from migration_assets.cli.session import migration_session_of_command
from migration_assets.ivinex.schema.capture import write_capture
from migration_assets.mapping.confirm import FILE
from migration_assets.mapping.discovery_notes import discovery_notes
from migration_assets.orchestration.result import Result
from migration_assets.orchestration.signals import Interrupted


@click.command()
@common
@click.option("--capture", is_flag=True, help="Keep what was read, redacted, in private/capture for the sandbox.")
def discover(out: Output, capture: bool) -> None:
    """Read Ivinex as it is and propose mapping.yaml. Writes nothing to Gorgias."""
    ended = "Ended while reading Ivinex. Run `migrate discover` again; it starts anew."
    with migration_session_of_command(out, "discover", ended, begins=True) as migration:
        migration.discover()
        days = migration.tickets_per_day()
        notes = discovery_notes(migration.home, migration.warehouse)
        captured = write_capture(migration.warehouse, migration.home, migration.zone or "UTC") if capture else None
    said: dict[str, Any] = {"tickets": sum(days.values()), "days": len(days), "mapping": str(migration.home / FILE)}
    said["notes"] = notes
    if captured:
        said["capture"] = str(captured)
    found = (
        f"{said['tickets']} tickets on {said['days']} days. The map is {said['mapping']}: look at it with "
        "`migrate mapping show`, change it where it is wrong, then `migrate mapping confirm --by NAME`."
    )
    out.finish(said, "\n".join([found, *notes]))


@click.command()
@common
@click.option("--all-days", is_flag=True, help="Stage and load also days of which nothing changed since their load.")
def run(out: Output, all_days: bool) -> None:
    """Move everything: read, stage, load, read back, compare. Stopped at any moment, the same command goes on.

    A day is left out where its records, its map, its checks and its writes are those of its last load.

    Needs a confirmed map (`migrate mapping confirm --by NAME`). Ends with the balance: exit code 0 balanced, 3 not
    balanced, 4 a gate is closed (named), 1 failed, 2 settings.
    """
    with migration_session_of_command(out, "run", begins=True) as migration:
        migration.all_days = all_days
        try:
            migration.read_source()
            migration.load()
        except (Interrupted, KeyboardInterrupt):
            raise Interrupted(migration.how_far()) from None
        result = Result.of(migration)
    out.finish(result.as_data(), lambda console: show_result(console, result), result.exit_code)
