"""What does a hostile site cost: how much memory, and how much of the processor can a single record take?

    python -m benchmarks.hostile [--tickets 300]

The hostile profile of the generator, and on top of it one body of a megabyte for each kind of markup and text that
parsers are slow at. One process does what `migrate discover`, `run` and `delta` do. Prints a table and writes
results/hostile.json; exit code 1 where a bound is passed or a command failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.hostile_run import Cost, migrate
from benchmarks.served import in_fresh_process, served_home, write_result

RESULTS = Path(__file__).parent / "results" / "hostile.json"
SEED = 3
MOST_MIB, MOST_SECONDS = 1024, 2.0
MEGABYTE = 1_000_000
SLOW = (
    *("<!--", "<![foo[bar]]>", "<x<x>", "<b<b>", "<div>", "<b>x", "<table><tr><td>", '<p "', "<a href=x>", "<"),
    *("<font color={}>", "<html a{}=1>", "<p>&lt;", "a@b.example, ", "https://x.example/a.png ", "> ", "=?utf-8?q?"),
    *("<svg><x<x>", "<p>x</p>", "(", "\u202e\n", "<img src=data:,x>"),
)
"""Repeated to a megabyte each; `{}` is counted."""
FINE = {0, 3}
"""Exit codes of a migration that came to its end: balanced, or with something to look at."""


def dataset(folder: Path, tickets: int) -> dict[str, str]:
    """The hostile profile with the slow bodies in its last mails; returns record -> what it holds."""
    options = [f"--tickets={tickets}", f"--seed={SEED}", f"--days={tickets // 2}", "--profile=hostile"]
    subprocess.run([sys.executable, "-m", "sandbox", "generate", str(folder), *options], check=True, stdout=sys.stderr)
    path = folder / "tabs" / "Activities" / "records.ndjson"
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    # From the end: the first tickets are those that no day takes, and their messages are never looked at.
    mails = [row for row in reversed(rows) if row.get("body") and row.get("ticket") not in (None, "", "0")]
    held = {}
    for row, (piece, body) in zip(mails, _bodies(), strict=False):
        row |= {"body": body, "body_plain": ""}
        held[str(row["collection_id"])] = piece
    path.with_suffix(".new").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    path.with_suffix(".new").replace(path)
    return held


def _bodies() -> Iterator[tuple[str, str]]:
    for piece in SLOW:
        count = MEGABYTE // len(piece)
        yield piece, "".join(piece.format(number) for number in range(count)) if "{}" in piece else piece * count


@click.command()
@click.option("--tickets", default=300, show_default=True)
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, out: Path) -> None:
    """Measure; exit code 1 where a bound is passed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "dataset"
        held = dataset(folder, tickets)
        with served_home(folder) as (_, environment):
            cost = in_fresh_process(migrate, environment)
    _show(cost, held)
    slowest = [(number, round(seconds, 3), held.get(number, "")) for number, seconds in cost.records.most_common(10)]
    write_result(out, tickets=tickets, commands=cost.commands, slowest=slowest, load_average=cost.load_average)
    sys.exit(not _holds(cost))


def _holds(cost: Cost) -> bool:
    ended = all(
        code in FINE for command, (code, *_) in cost.commands.items() if command in ("discover", "run", "delta")
    )
    longest = max(cost.records.values(), default=0.0)
    most = max(peak for _, _, peak in cost.commands.values())
    return ended and longest <= MOST_SECONDS and most <= MOST_MIB


def _show(cost: Cost, held: dict[str, str]) -> None:
    table = Table("command", "exit code", "CPU s", "MiB so far", title="A hostile site")
    for command, (code, seconds, peak) in cost.commands.items():
        table.add_row(command, str(code), f"{seconds:.1f}", f"{peak:.0f}")
    Console().print(table)
    table = Table(
        "record", "CPU s", "its body repeats", title=f"The slowest of {len(cost.records)} records, over their whole way"
    )
    for number, seconds in cost.records.most_common(10):
        table.add_row(number, f"{seconds:.2f}", Text(repr(held.get(number, ""))))
    Console().print(table)
    click.echo(f"bounds: {MOST_MIB} MiB, {MOST_SECONDS:.0f} s of CPU a record; load average {cost.load_average:.1f}")


if __name__ == "__main__":
    main()
