"""One `migrate` command that also writes what CPU each of its jobs took and its peak of memory, as JSON.

    python -m benchmarks.timed_command OUT run --json

It belongs here: the clock around each job. It does not: which commands are measured (measured_size.py).
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from migration_assets.cli import main
from migration_assets.orchestration.runs import Runner


def timed(out: Path, words: list[str]) -> None:
    """Run the command; its exit code is this process's."""
    cpu: dict[str, float] = {}
    runs: list[tuple[str, int, float]] = []
    run = Runner.run

    def measured(self: Runner, job: str, days: Any = None, *more: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return run(self, job, days, *more, **named)
        finally:
            taken = time.process_time() - started
            cpu[job] = cpu.get(job, 0.0) + taken
            runs.append((job, len(days.days) if days else 0, round(taken, 2)))

    Runner.run = measured  # type: ignore[method-assign]
    sys.argv = ["migrate", *words]
    try:
        main()
    finally:
        peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        out.write_text(json.dumps({"cpu": cpu, "runs": runs, "all": time.process_time(), "peak_mib": peak}))


if __name__ == "__main__":
    timed(Path(sys.argv[1]), sys.argv[2:])
