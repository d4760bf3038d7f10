"""Does a whole migration use the allowance of a key? On a clock that jumps (jumping_clock.py).

It belongs here: the run, and what its requests say. It does not: the pacer beside other clients (pacing.py).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.allowance_share import SIZE, WINDOW, used
from benchmarks.jumping_clock import JumpingClock, pace_by
from benchmarks.served import in_fresh_process, new_home, open_migration
from benchmarks.stage import SEED
from sandbox.generator.generate import generate_dataset
from sandbox.gorgias.app import GorgiasServer
from sandbox.ivinex.app import build_app
from sandbox.serve import on_thread

COLUMNS = (
    "tickets",
    "requests",
    "hours",
    "of allowance x share",
    "without idle stretches",
    "idle s",
    "429",
    "highest",
    "Ivinex requests meanwhile",
)


def measure_pace(tickets: int) -> dict[str, Any]:
    """In a fresh process: it replaces the pacers of its own."""
    return {"columns": COLUMNS, "rows": [in_fresh_process(paced, tickets)], "sentences": []}


def paced(tickets: int) -> tuple[Any, ...]:
    """Discover, load and verify; returns a row of COLUMNS, from the first write to the last request."""
    clock = JumpingClock()
    sent = pace_by(clock)
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder) / "dataset"
        generate_dataset(dataset, tickets=tickets, seed=SEED, days=180)
        os.environ |= new_home(dataset, Path(folder) / "home")
        server = GorgiasServer(dataset, rate=f"{SIZE}/{WINDOW:g}", clock=clock.since_1970)
        site = build_app(dataset, clock=clock.since_1970)
        with on_thread(site, server.app) as (ivinex, gorgias):
            os.environ |= {
                "MIGRATION_TARGET": "demo",
                "IVINEX_BASE_URL": ivinex, "IVINEX_USERNAME": site.state.credentials[0],
                "IVINEX_PASSWORD": site.state.credentials[1], "IVINEX_TIMEZONE": "America/Denver",
                "GORGIAS_BASE_URL": gorgias, "GORGIAS_EMAIL": server.auth[0], "GORGIAS_API_KEY": server.auth[1],
                "GORGIAS_RESERVE": "0",
            }  # fmt: skip
            since = migrate(clock)
        highest = max(one.bucket.highest for one in server.credentials.principals())
    times = [one for one in sent.times["gorgias"] if one >= since]
    beside = sum(times[0] <= one <= times[-1] for one in sent.times["ivinex"])
    found = used(times)
    shares = (f"{found.of_all:.1%}", f"{found.without_idle:.1%}")
    hours, idle = round(found.seconds / 3600, 2), round(found.idle, 1)
    return tickets, found.calls, hours, *shares, idle, sent.throttled, round(highest, 1), beside


def migrate(clock: JumpingClock) -> float:
    """Returns when the load began."""
    from migration_assets.cli.demo_sandbox import confirm_as_demo

    with open_migration() as (_, migration):
        migration.discover()
        confirm_as_demo(migration)
        begun = clock()
        migration.load()
    return begun
