"""docs/performance.md, written whole from the results that `python -m benchmarks` keeps.

It belongs here: tables and the sentences between them. It does not: a number that is not in a result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.hundred_thousand import SAMPLE, milestones

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
JOBS = ("discover", "prepare", "stage_days", "load_days", "second_pass", "verify", "verify_days", "find_changes",
        "report", "handoff")  # fmt: skip
HEAD = """\
# Performance

Written whole by `python -m benchmarks` from `benchmarks/results/`; what is changed here by hand is lost. Calls are what
the sandbox counted. Seconds are seconds of CPU of the process that works, which other work on the machine changes
little; on two cores, with the instance in SQLite. The other measurements are explained in `docs/benchmarks.md`.
"""
SIZES_TEXT = """
The fewest is what any client needs for the content as mapped (`benchmarks/fewest_calls.py`): one call an object, one
for each part with a call of its own, lists of 100 rows, uploads of 20 MB, and of the proof one call for each file and
customer that the settings have read one by one; no look at the account and no trial. Of Ivinex, with a role or without:
a look at each tab, its rows in full pages, a page behind the last row, and the last rows once more, without which a
page that the site cut would pass for the end.
"""
OPERATIONS_TEXT = """
An operation that is not named made the fewest. What is above does not grow with the tickets but with the runs: each of
them looks at the account before it writes.
"""
HOURS_TEXT = """
Computed, not measured: 100,000 tickets with 50,000 customers, 600,000 activities and 49,000 files take the calls a
record that were measured above, at 1.8 calls a second (a key, of which nine tenths are used) and two requests a second
to Ivinex, both at the same time once the map is confirmed (`benchmarks/hundred_thousand.py`). Hours after the first
request; those of the files are their own. A token of OAuth has twice the allowance of a key.

What the settings cost: `overflow: data` is a call for each customer, a third of what customers take; `overflow: field`
carries the same in the call of the values (`mapping.yaml`, docs/mapping.md). FILE_COMPARE_SHARE is the share of the
files that is downloaded and compared by bytes, a call each; of the others the proof is the address of the upload alone.
"""
PACE_TEXT = """
A whole migration at 40 calls in 20 seconds, from its first write to its last request, on a clock that jumps over what
the pacer waits and else goes by the CPU of the process (`benchmarks/paced_run.py`). The share is nine tenths of a
bucket at once (36 calls) and 1.8 calls a second from then on: more than 100 % would be taken from the shop.
"""
PEERS_TEXT = """
The same tickets, messages, customers and files on the same sandbox, moved by a plain script (httpx, tenacity) and by
dlt, as an able engineer writes them in an afternoon (`benchmarks/comparison/`). Neither reads anything back; neither
moves teams, tasks, history, `data` or fields beyond the budget, which go into one text field of the customer here
(`overflow: field`). Killed: `kill -9` five tickets after half of them, then started again.
"""
SHOPS_TEXT = """
Each shop is a file, a home and an account with 40 calls in 20 seconds of its own; all are in one `migrate ui` with
Dagster's storage and the ledgers in one PostgreSQL, and the job migrate_range of all was started at once
(`benchmarks/shops.py`). Calls are those of the load, from its first to its last; a stretch of more than 1.5 s without
one is idle: a run starts, or days are staged. The share is nine tenths of a bucket at once (36 calls) and 1.8 calls a
second from then on; what the bucket could not hold any more in idle stretches is left out of the second percentage. CPU
and memory are those of the shop's code server and its runs.
"""
DAYS_TEXT = """
As many tickets as days, staged, loaded and verified by `migrate run` (`benchmarks/days.py`), in seconds of CPU; a day
holds its ticket. Of a further day 0.012 s are Dagster's own: the events of twelve assets and twenty checks, each
0.37 ms (docs/benchmarks.md).
"""
SECTIONS = (
    ("days", "A day of one ticket", DAYS_TEXT),
    ("paced", "Pace", PACE_TEXT),
    ("shops", "Many shops at once", SHOPS_TEXT),
    ("comparison", "Beside others", PEERS_TEXT),
)
"""Of results that say their own columns: file, headline, text."""


def keep(name: str, result: dict[str, Any]) -> None:
    """One result, by which the page is written."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def size_name(tickets: int, overflow: str) -> str:
    return f"size-{tickets}" + (f"-{overflow}" if overflow else "")


def write(page: Path) -> None:
    """The whole page."""
    page.write_text("\n\n".join(text.strip("\n") for text in _parts()) + "\n", encoding="utf-8")


def sizes() -> list[dict[str, Any]]:
    """The sizes that were measured, the smallest first."""
    found = [json.loads(path.read_text()) for path in RESULTS.glob("size-*.json")]
    return sorted(found, key=lambda one: (one["tickets"], one["overflow"]))


def name_of(size: dict[str, Any]) -> str:
    return f"{size['tickets']:,} tickets" + (f", overflow: {size['overflow']}" if size["overflow"] != "data" else "")


def _parts() -> Iterator[str]:
    yield HEAD
    found = sizes()
    if not found:
        yield "\nNo result is kept: the command has not run to its end since it keeps them.\n"
    if found:
        yield "\n## Calls\n\n" + SIZES_TEXT.strip("\n") + "\n"
        yield _table(CALLS, [calls_row(size) for size in found])
        yield "\n### Operations above their fewest\n\n" + OPERATIONS_TEXT.strip("\n") + "\n"
        yield _table(("", "operation", "made", "fewest", "why"), list(_above(found)))
        yield "\n## 100,000 tickets\n\n" + HOURS_TEXT.strip("\n") + "\n"
        hours = [_hours(size, compared) for size in found for compared in (1.0, SAMPLE)]
        yield _table(("from the calls of", "overflow", "FILE_COMPARE_SHARE", *HOURS), hours)
        yield "\n## CPU and memory\n"
        for size in found:
            yield f"\n{name_of(size)} in {size['days']} days, measured on {size['machine']['at']}:\n"
            yield _table(WORK, [_work(name, cell) for name, cell in size["commands"].items()])
    for name, head, text in SECTIONS:
        path = RESULTS / f"{name}.json"
        if path.exists():
            result = json.loads(path.read_text())
            yield f"\n## {head}\n\n" + text.strip("\n") + "\n"
            yield _table(tuple(result["columns"]), [tuple(map(str, row)) for row in result["rows"]])
            yield from (f"\n{sentence}" for sentence in result["sentences"])


CALLS = (
    "",
    "load",
    "fewest",
    "proof",
    "fewest",
    "all",
    "times the fewest",
    "a ticket",
    "forecast",
    "Ivinex pages",
    "fewest",
)
HOURS = ("map", "files, beside", "open tickets", "newest 5,000", "all loaded", "verified")
WORK = ("command", "Ivinex", "Gorgias reads", "writes", *JOBS, "other", "CPU s", "peak MiB")


def calls_row(size: dict[str, Any]) -> tuple[str, ...]:
    load, proof, calls, pages = (size[name] for name in ("load", "proof", "calls", "pages"))
    numbers = (load["made"], load["fewest"], proof["made"], proof["fewest"], calls["made"])
    ratios = (f"{calls['made'] / calls['fewest']:.3f}", f"{calls['made'] / size['tickets']:.2f}")
    asked = (size["forecast"]["calls"], f"{pages['made']:,} ({pages['made'] / pages['fewest']:.3f})", pages["fewest"])
    return (
        name_of(size),
        *(f"{one:,}" for one in numbers),
        *ratios,
        *(one if isinstance(one, str) else f"{one:,}" for one in asked),
    )


def _above(found: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for size in found:
        name = name_of(size)
        for one in size["operations"]:
            if one["made"] > one["fewest"]:
                yield name, one["name"], f"{one['made']:,}", f"{one['fewest']:,}", one["why"]
                name = ""


def _hours(size: dict[str, Any], compared: float) -> tuple[str, ...]:
    hours = asdict(milestones(size, compared)).values()
    return f"{size['tickets']:,} tickets", size["overflow"], f"{compared:g}", *(f"{value:g}" for value in hours)


def _work(name: str, cell: dict[str, Any]) -> tuple[str, ...]:
    reads = sum(number for route, number in cell["gorgias"].items() if route.startswith("GET "))
    calls = (sum(cell["ivinex"].values()), reads, sum(cell["gorgias"].values()) - reads)
    jobs = [cell["cpu"].get(job, 0.0) for job in JOBS]
    seconds = (*jobs, cell["all"] - sum(jobs), cell["all"])
    return name, *(f"{one:,}" for one in calls), *(f"{one:.1f}" for one in seconds), str(cell["peak_mib"])


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(columns)} |", "| --- |" + " ---: |" * (len(columns) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
