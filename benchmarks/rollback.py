"""What does a rollback cost? Tickets are loaded and taken back, and every call is held against the fewest possible.

    python -m benchmarks.rollback [--tickets 1000] [--datasets FOLDER]

The commands are those of a user (`migrate run`, `migrate rollback`, `migrate rollback --execute`), each a process of
its own against a sandbox without a rate limit. The fewest possible: of each object a look right before and the request
that takes it back (of a customer its tickets too, of a hundred closed tickets one job), and the lists of a hundred,
once before and once after. Prints a table and writes results/rollback.json.
"""

from __future__ import annotations

import json
import platform
import tempfile
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.delta import confirmed, control, migrate
from benchmarks.served import served_home
from benchmarks.stage import dataset_of_days

RESULTS = Path(__file__).parent / "results" / "rollback.json"
PAGE = 100
LISTS = ("users", "teams", "tags", "custom_fields", "customers", "tickets")
LARGE = 10_000
KEY_PER_SECOND = 40 / 20 * 0.9


def requests_of(gorgias: str) -> dict[str, int]:
    return {name: int(number) for name, number in control(f"{gorgias}/_sandbox/stats")["requests"].items()}


def fewest(plan: dict[str, Any]) -> int:
    """Calls without which these objects cannot be looked at, taken back, and proved to be gone."""
    counts = {row["object"]: row for row in plan["objects"]}
    before = sum(ceil(counts[name]["written"] / PAGE) or 1 for name in LISTS if name in counts)
    # Afterwards nothing of ours is there: one empty page of each.
    return int(plan["requests"]) + before + len(LISTS)


@click.command()
@click.option("--tickets", default=1_000, show_default=True)
@click.option("--datasets", type=click.Path(path_type=Path), help="Keep generated datasets here.")
def main(tickets: int, datasets: Path | None) -> None:
    """Load, plan, take back; then count."""
    with tempfile.TemporaryDirectory() as scratch:
        dataset = dataset_of_days((datasets or Path(scratch)) / f"days-{tickets}", tickets)
        with served_home(dataset) as (_, environment):
            migrate(environment, "discover")
            confirmed(environment)
            migrate(environment, "run")
            gorgias = environment["GORGIAS_BASE_URL"]
            control(f"{gorgias}/_sandbox/stats/reset", {})
            plan = migrate(environment, "rollback")
            planned = sum(requests_of(gorgias).values())
            control(f"{gorgias}/_sandbox/stats/reset", {})
            done = migrate(environment, "rollback", "--execute", "--by", "benchmark", "--reason", "a benchmark")
            used = requests_of(gorgias)
    least, calls = fewest(plan), sum(used.values())
    # Nothing is taken off for what does not grow with the tickets, so it is told rather too high.
    large = calls * LARGE / tickets
    result = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "python": platform.python_version()},
        "tickets": tickets,
        "verdict": done["verdict"],
        "plan_calls": planned,
        "calls": calls,
        "fewest": least,
        "ratio": round(calls / least, 3),
        "by_route": dict(sorted(used.items(), key=lambda item: -item[1])),
        "for_10000_tickets": {"calls": round(large), "hours_with_a_key": round(large / KEY_PER_SECOND / 3600, 1)},
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    table = Table("calls", "number", title=f"{tickets} tickets taken back, verdict {done['verdict']}")
    for name, number in list(result["by_route"].items())[:8]:
        table.add_row(name, str(number))
    for name in ("plan_calls", "calls", "fewest", "ratio", "for_10000_tickets"):
        table.add_row(name, str(result[name]), style="bold")
    Console().print(table)


if __name__ == "__main__":
    main()
