"""What does a delta cost? 10,000 tickets are loaded, 1 % of them change at the source, and every call is counted.

    python -m benchmarks.delta [--tickets 10000] [--share 0.01] [--datasets FOLDER]

The commands are those of a user (`migrate run`, then `migrate delta` three times: without a change, with the changes,
and right after), each a process of its own against a sandbox without a rate limit. Prints a table and writes
results/delta.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.stage import dataset_of_days, serving

RESULTS = Path(__file__).parent / "results" / "delta.json"
ALLOWANCE = "1000000"
EDITS = ("order number", "order number", "order number", "status", "new activity")
"""Kinds of changes, in turn: the number without a new modified date every third time."""


def migrate(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """One command, as JSON."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} migrate {' '.join(arguments)}", err=True)
    done = subprocess.run(
        [sys.executable, "-c", "from migration_assets.cli import main; main()", *arguments, "--json"],
        env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    said = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"migrate {' '.join(arguments)} ended with {done.returncode}: {said}")
    return said


def confirmed(environment: dict[str, str]) -> None:
    """The map as it was proposed, and every point of a generated account by what keeps it silent."""
    migrate(environment, "mapping", "confirm", "--by", "benchmark")
    words = [sys.executable, "-c", "from migration_assets.cli import main; main()", "preflight", "show", "--json"]
    shown = subprocess.run(words, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False)
    for point in json.loads(shown.stdout)["points"]:
        choice = next(one for one in ("off", "exclude_by_tag", "accept", "fallback") if one in point["options"])
        why = ("--by", "benchmark", "--reason", "a generated account", "--deltas")
        migrate(environment, "preflight", "decide", point["point"], choice, *why)


def control(url: str, body: Any = None) -> Any:
    """GET without a body, POST with one."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text.strip() else None


def change(dataset: Path, ivinex: str, share: float) -> dict[str, int]:
    """Edit a share of the tickets at the source, spread over all of them; returns the kinds of edits."""
    tickets = [json.loads(line) for line in (dataset / "tabs" / "Tickets" / "records.ndjson").open()]
    activities = [json.loads(line) for line in (dataset / "tabs" / "Activities" / "records.ndjson").open()]
    kind = next(one["activity"] for one in activities if one.get("ticket"))
    statuses = sorted({one["status"] for one in tickets if one.get("status")})
    step = max(1, round(1 / share))
    made: dict[str, int] = {}
    for number, ticket in enumerate(tickets[::step]):
        edit = EDITS[number % len(EDITS)]
        made[edit] = made.get(edit, 0) + 1
        body: dict[str, Any] = {"tab": "Tickets", "collection_id": ticket["collection_id"]}
        if edit == "new activity":
            fields = {"ticket": ticket["collection_id"], "activity": kind, "body_plain": f"Late {number}"}
            body = {"tab": "Activities", "fields": fields}
        elif edit == "status":
            body["fields"] = {"status": next(one for one in statuses if one != ticket["status"])}
        else:
            body |= {"fields": {"order_number": f"#{number:05}"}, "touch": bool(number % 3)}
        control(f"{ivinex}/_sandbox/records", body)
    return made


def delta(environment: dict[str, str]) -> dict[str, Any]:
    """One `migrate delta` with what it asked of both systems."""
    addresses = {name: environment[f"{name.upper()}_BASE_URL"] for name in ("ivinex", "gorgias")}
    for address in addresses.values():
        control(f"{address}/_sandbox/stats/reset", {})
    started = time.monotonic()
    said = migrate(environment, "delta")["delta"]
    asked = {name: control(f"{address}/_sandbox/stats")["requests"] for name, address in addresses.items()}
    writes = {name: count for name, count in asked["gorgias"].items() if not name.startswith("GET ")}
    return said | {
        "seconds": round(time.monotonic() - started, 1),
        "ivinex_calls": sum(asked["ivinex"].values()),
        "gorgias_reads": sum(asked["gorgias"].values()) - sum(writes.values()),
        "gorgias_writes": sum(writes.values()),
        "by_route": asked,
    }


@click.command()
@click.option("--tickets", default=10_000, show_default=True)
@click.option("--share", default=0.01, show_default=True, help="Share of the tickets that change.")
@click.option("--datasets", type=click.Path(path_type=Path), help="Keeps the dataset for the next time.")
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, share: float, datasets: Path | None, out: Path) -> None:
    """Measure; exit code 1 where a delta cost more than the sweep, the changes and 5 %, or the last one wrote."""
    with tempfile.TemporaryDirectory() as scratch:
        dataset = dataset_of_days((datasets or Path(scratch)) / f"days-{tickets}", tickets)
        home = Path(scratch) / "home"
        home.mkdir()
        shutil.copytree(dataset / "admin_exports", home / "admin_exports")
        with serving(dataset) as environment:
            environment |= {"MIGRATION_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
            environment |= {"GORGIAS_ALLOWANCE": ALLOWANCE}
            migrate(environment, "discover")
            confirmed(environment)
            migrate(environment, "run")
            nothing = delta(environment)
            edits = change(dataset, environment["IVINEX_BASE_URL"], share)
            cells = {
                "no change": nothing,
                f"{share:.0%} changed": delta(environment),
                "right after": delta(environment),
            }
    _show(cells)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "at": f"{datetime.now(UTC):%Y-%m-%d}"}
    machine["load_average"] = round(os.getloadavg()[0], 1)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        json.dumps({"machine": machine, "tickets": tickets, "edits": edits, "cells": cells}, indent=1) + "\n"
    )
    first, last = cells[f"{share:.0%} changed"], cells["right after"]
    # A change is one look and its writes; what comes on top is the 5 %.
    changes = sum(edits.values()) + first["gorgias_writes"]
    beyond = (
        first["ivinex_calls"] + first["gorgias_reads"] + first["gorgias_writes"] - nothing["ivinex_calls"] - changes
    )
    click.echo(f"calls beyond the sweep and the changes: {beyond}")
    sys.exit(beyond > 0.05 * (nothing["ivinex_calls"] + changes) or last["gorgias_writes"] > 0)


def _show(cells: dict[str, dict[str, Any]]) -> None:
    names = ("ivinex_calls", "gorgias_reads", "gorgias_writes", "days", "left", "seconds")
    table = Table("delta", *(name.replace("_", " ") for name in names), title="What a delta costs")
    for name, cell in cells.items():
        table.add_row(name, *(str(cell[key]) for key in names))
    Console().print(table)


if __name__ == "__main__":
    main()
