"""The benchmarks start, count and keep their promise on a few writes; their numbers come from longer runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.edge_cells import EDITED, HTML_AFTER, LEFT, edge_cell
from benchmarks.fault_cells import Result
from benchmarks.home_cells import LOST, home_cell

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


@pytest.mark.acceptance
@pytest.mark.parametrize("cell", [partial(edge_cell, EDITED), partial(edge_cell, HTML_AFTER), partial(home_cell, LOST)])
def test_the_cells_at_the_edges_count_what_they_do(cell: Callable[[str, int], Result]):
    result = cell("ticket", 20)
    assert result.fired > 0
    assert (result.doubled, result.lost, result.second, result.conflicts, result.notes[LEFT]) == (0, 0, 0, 0, 0)
