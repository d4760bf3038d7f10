"""`migrate list`: the migrations of this folder, and how far each of them is. Changes nothing."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.durations import about
from migration_assets.migration_file import FOLDER, migration_names, settings_of_migration
from migration_assets.orchestration.doctor import FAIL, look_at_ledger
from migration_assets.settings import Settings, SettingsError
from resources.ledger import Ledger

_COLUMNS = ("migration", "account", "phase", "done", "of", "a second", "time left", "closed gates", "last error")


@click.command("list")
@common
def list(out: Output) -> None:
    """The migrations in ./migrations: phase, rate, time left, closed gates and last error of each. Changes nothing."""
    rows = [_row(name) for name in migration_names()]

    def show(console: Console) -> None:
        if rows:
            keys = (
                "migration",
                "account",
                "phase",
                "done",
                "total",
                "per_second",
                "time_left",
                "closed_gates",
                "error",
            )
            lines = ([row.get(key) for key in keys] for row in rows)
            console.print(table("Migrations", _COLUMNS, lines, ("done", "of", "a second", "closed gates")))
        else:
            console.print(f"There is no migration in ./{FOLDER}: docs/many-shops.md says what its file holds.")

    out.finish({"migrations": rows}, show)


def _row(name: str) -> dict[str, Any]:
    """One whose file has mistakes, or whose ledger does not answer, is told beside the others."""
    row: dict[str, Any] = {"migration": name}
    try:
        settings = settings_of_migration(name, Path.cwd())
        row |= {"account": settings.account, "home": str(settings.home)}
        # The look does not wait for a database, as whoever works with it does, and changes nothing in it.
        state, said = look_at_ledger(settings)
        return row | ({"error": f"ledger: {said}"} if state == FAIL else _progress(settings))
    except SettingsError as error:
        row["error"] = str(error)
    except Exception as error:
        # Its words may quote an address with a password.
        row["error"] = f"its ledger cannot be read ({type(error).__name__}): `migrate --migration {name} doctor`"
    return row


def _progress(settings: Settings) -> dict[str, Any]:
    if settings.ledger_url is None and not (settings.home / "ledger.sqlite").exists():
        return {"phase": "not begun"}
    ledger = Ledger.open(settings.ledger_address, settings.account)
    try:
        phases, gates = ledger.progress.progress_rows(), ledger.quality_gates.gate_rows()
        failed = ledger.failed_runs.newest(1)
        known = ledger.leases.current() is not None or len(gates) or len(phases)
    finally:
        ledger.close()
    row: dict[str, Any] = {"phase": "begun" if known else "not begun"}
    row["closed_gates"] = int((~gates["passed"] & ~gates["overridden"]).sum())
    if len(phases):
        last = phases.sort_values("updated_at").iloc[-1]
        done, total, rate = int(last["done"]), int(last["total"]), float(last["per_second"])
        row |= {"phase": last["phase"], "done": done, "total": total, "per_second": rate}
        if rate and done < total:
            row["time_left"] = about((total - done) / rate)
    for one in failed.to_dict("records"):
        where = " ".join(str(one[key]) for key in ("job", "partition", "step") if one[key])
        row["error"] = f"{one['at']:%Y-%m-%d %H:%M} UTC {where}: {one['message']}"
    return row
