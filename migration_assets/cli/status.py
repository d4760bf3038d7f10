"""`migrate status` and `migrate unlock`: looking after a migration while it runs, or after it was killed."""

from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, records, table
from migration_assets.cli.session import opened
from migration_assets.orchestration.dead_runs import close_dead_runs
from migration_assets.orchestration.home import dagster_home, open_instance
from migration_assets.orchestration.lock import only_command
from migration_assets.settings import load_settings

NEWEST = 10
_FAILED = ("job", "partition", "step", "message")


@click.command()
@common
def status(out: Output) -> None:
    """How far it is: phases, writes, outcomes, closed gates, failed runs, and who works on it. Changes nothing."""
    with opened() as books:
        ledger = books.ledger
        progress, writes, outcomes = ledger.progress_rows(), ledger.write_counts(), ledger.outcome_counts()
        gates, lease, quarantined = ledger.gate_rows(), ledger.lease(), len(ledger.quarantined())
        now, account, unsettled = ledger.now(), ledger.account, len(ledger.unsettled())
        failed = records(ledger.failed_runs(NEWEST))
    closed = gates[~gates["passed"] & ~gates["overridden"]]
    booked = outcomes.groupby(["object", "outcome", "synthetic"], as_index=False)["rows"].sum()
    runner = (
        f"{lease.holder} since {lease.acquired_at:%Y-%m-%d %H:%M:%S} UTC" if lease and lease.expires_at > now else ""
    )
    data: dict[str, Any] = {
        "account": account,
        "home": str(books.settings.home),
        "running": runner or None,
        "unsettled": unsettled,
        "quarantined": quarantined,
        "closed_gates": records(closed),
        "progress": records(progress),
        "writes": records(writes),
        "outcomes": records(booked),
        "failed_runs": failed,
    }

    def show(console: Console) -> None:
        console.print(f"{account} in {books.settings.home}: {runner or 'no load is running'}", markup=False)
        lines = [
            (row["phase"], row["done"], row["total"], row["per_second"], f"{row['updated_at']:%Y-%m-%d %H:%M:%S}")
            for row in data["progress"]
        ]
        console.print(table("Phases", ("phase", "done", "of", "a second", "as of (UTC)"), lines, ("done", "of")))
        console.print(_counts("Writes", ("object", "part", "state", "rows"), data["writes"]))
        console.print(_counts("Outcomes", ("object", "outcome", "synthetic", "rows"), data["outcomes"]))
        if failed:
            lines = [(f"{row['at']:%Y-%m-%d %H:%M}", *(row[name] for name in _FAILED)) for row in failed]
            console.print(table("Newest failed runs (told by the sensor failed_runs)", ("at (UTC)", *_FAILED), lines))
        console.print(
            f"{unsettled} writes without a known outcome, {quarantined} rows in quarantine, {len(closed)} closed gates"
        )

    out.finish(data, show)


@click.command()
@common
def unlock(out: Output) -> None:
    """Close runs whose command was killed, and free the pool slots that they hold.

    Every command does this before it starts; refused while one is at work, because then its runs are alive.
    """
    settings = load_settings()
    home = dagster_home(settings)
    with only_command(home, "`migrate unlock`"), open_instance(settings) as instance:
        closed = [{"run_id": run.run_id, "job": run.job_name} for run in close_dead_runs(instance)]

    def show(console: Console) -> None:
        for run in closed:
            console.print(f"Closed run {run['run_id']} ({run['job']}) and freed its slots.", markup=False)
        if not closed:
            console.print("No dead run was found.")

    out.finish({"closed": closed}, show)


def _counts(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Any:
    return table(title, columns, ([row[name] for name in columns] for row in rows), ("rows",))
