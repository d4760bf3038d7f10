"""What every asset of an export says of a file that is there, or is not: a log line, a loss, a check.

It belongs here: that. It does not: reading a file (export_files.py, json_export.py).
"""

from collections.abc import Mapping
from pathlib import Path

from checks.step_result import StepResult
from migration_assets.ivinex import checks
from migration_assets.ivinex.exports.export_files import record_missing
from migration_assets.ivinex.source_step import SourceStep


def filled_export(
    step: SourceStep, object: str, file: Path, numbers: Mapping[str, int], problem: str, consequence: str
) -> StepResult:
    """
    Args:
        object: as the ledger names it.
        numbers: of the rows that were read, for the UI; `dagster/row_count` among them.
        problem: what is missing, of `missing_export_message`; empty where the file is there.
        consequence: what cannot be done without the file.
    """
    record_missing(step.ledger, object, file, problem)
    if problem:
        step.log.warning(f"{problem}. {consequence} without it.")
    rows = numbers["dagster/row_count"]
    return StepResult({**numbers, "problem": problem}, [lambda: checks.export_seen(file.name, rows, problem)])
