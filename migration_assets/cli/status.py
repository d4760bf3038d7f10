"""`migrate status` and `migrate unlock`: looking after a migration while it runs, or after it was killed."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, records, table
from migration_assets.cli.session import open_stores
from migration_assets.orchestration.dagster_home import place_of, require_begun
from migration_assets.orchestration.lease_life import holder_is_gone
from migration_assets.settings import Settings
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger

NEWEST = 10
_FAILED = ("job", "partition", "step", "message")


@click.command()
@common
def status(out: Output) -> None:
    """How far it is: phases, writes, outcomes, closed gates, failed runs, and who works on it. Changes nothing."""
    with open_stores() as stores:
        ledger = stores.ledger
        progress, writes = ledger.progress.progress_rows(), ledger.known_writes.write_counts()
        outcomes, gates = ledger.outcomes.outcome_counts(), ledger.quality_gates.gate_rows()
        lease, quarantined = ledger.leases.current(), len(ledger.quarantine.rows())
        now, account, unsettled = ledger.now(), ledger.account, len(ledger.known_writes.unsettled())
        failed = records(ledger.failed_runs.newest(NEWEST))
        erased = stores.warehouse.erased
    closed = gates[~gates["passed"] & ~gates["overridden"]]
    booked = outcomes.groupby(["object", "outcome", "synthetic"], as_index=False)["rows"].sum()
    held = lease is not None and lease.expires_at > now
    gone = held and holder_is_gone(lease, place_of(stores.settings))  # type: ignore[arg-type]
    holder = f"{lease.holder} since {lease.acquired_at:%Y-%m-%d %H:%M:%S} UTC" if lease and held else ""
    runner = "" if gone else holder
    nobody = f"no load is running; {holder}, was ended before it was through" if gone else "no load is running"
    data: dict[str, Any] = {
        "account": account,
        "home": str(stores.settings.home),
        "running": runner or None,
        "purged": bool(erased),
        "unsettled": unsettled,
        "quarantined": quarantined,
        "closed_gates": records(closed),
        "progress": records(progress),
        "writes": records(writes),
        "outcomes": records(booked),
        "failed_runs": failed,
    }

    def show(console: Console) -> None:
        console.print(f"{account} in {stores.settings.home}: {runner or nobody}", markup=False)
        if erased:
            console.print(erased, markup=False)
        lines = [
            (row["phase"], row["done"], row["total"], row["per_second"], f"{row['updated_at']:%Y-%m-%d %H:%M:%S}")
            for row in data["progress"]
        ]
        console.print(table("Phases", ("phase", "done", "of", "a second", "as of (UTC)"), lines, ("done", "of")))
        console.print(table("Writes", ("object", "part", "state", "rows"), data["writes"], ("rows",)))
        counted = ("object", "outcome", "synthetic", "rows")
        console.print(table("Outcomes", counted, data["outcomes"], ("rows",)))
        if failed:
            lines = [(f"{row['at']:%Y-%m-%d %H:%M}", *(row[name] for name in _FAILED)) for row in failed]
            console.print(table("Newest failed runs", ("at (UTC)", *_FAILED), lines))
        console.print(
            f"{unsettled} writes without a known outcome, {quarantined} rows in quarantine, {len(closed)} closed gates"
        )

    out.finish(data, show)


@click.command()
@common
@click.option("--run", "run_id", default="", metavar="ID", help="Close this run as well: its process is gone.")
def unlock(out: Output, run_id: str) -> None:
    """Close runs whose process was killed, free the pool slots that they hold, and the account's lease.

    Every command does this before it starts; refused while one is at work, because then its runs are alive. A run of
    the UI counts as dead where no process of a UI lives. A lease is freed where its holder shows no sign of life.
    """
    from migration_assets.orchestration.announcements import announced
    from migration_assets.orchestration.dagster_home import dagster_home, open_instance
    from migration_assets.orchestration.single_instance_lock import single_instance_lock
    from migration_assets.orchestration.stale_runs import close_dead_runs, close_run

    settings = load_settings()
    if not settings.home.is_dir():
        require_begun(settings)
    home = dagster_home(settings)
    with single_instance_lock(home, "`migrate unlock`"), announced(out.note), open_instance(settings) as instance:
        runs = close_dead_runs(instance, home, settings.migration)
        if run_id and run_id not in {run.run_id for run in runs}:
            runs.append(close_run(instance, run_id))
        closed = [{"run_id": run.run_id, "job": run.job_name} for run in runs]
        freed = _free_lease(settings, home)

    def show(console: Console) -> None:
        for run in closed:
            console.print(f"Closed run {run['run_id']} ({run['job']}) and freed its slots.", markup=False)
        if not closed:
            console.print("No dead run was found.")
        if freed:
            console.print(f"Freed the account's lease, last held by {freed}.", markup=False)

    out.finish({"closed": closed} | ({"lease_freed_of": freed} if freed else {}), show)


def _free_lease(settings: Settings, home: Path) -> str | None:
    """Free a lease whose holder is gone, and return who that was.

    Raises:
        LeaseHeld: it shows a sign of life.
    """
    from migration_assets.orchestration.home_id import home_id
    from resources.gorgias.writer.lease_keeper import held_for_command

    if settings.ledger_url is None and not (settings.home / "ledger.sqlite").exists():
        return None
    ledger = Ledger.open(settings.ledger_address, settings.account)
    try:
        present = ledger.leases.current()
        if present is None or present.released:
            return None
        with held_for_command(ledger, "`migrate unlock`", settings.gorgias_lease_seconds, f"[home {home_id(home)}]"):
            return present.holder
    finally:
        ledger.close()
