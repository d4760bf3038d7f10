"""The benchmarks start, count and keep their promise on a few writes; their numbers come from longer runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.acceptance
def test_the_fault_matrix_counts_what_is_doubled_and_lost(tmp_path: Path):
    out = tmp_path / "faults.json"
    options = ["--quick", "--jobs", "1", "--fault", "reset after commit", "--object", "ticket", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faults", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (cell,) = json.loads(out.read_text())["cells"]
    assert cell["gate"]["fired"] > 0
    assert (cell["gate"]["doubled"], cell["gate"]["lost"], cell["gate"]["second"]) == (0, 0, 0)
    assert cell["repeat"]["doubled"] > 0
    assert "doubled / lost" in done.stdout
