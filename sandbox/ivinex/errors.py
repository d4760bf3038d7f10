"""The one error a hand-written dataset can cause. What the API answers to a client is in `answers.py`."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError


class DatasetError(ValueError):
    """A dataset folder that cannot be served.

    The message names the file, the line where there are lines, and the key.
    """

    def __init__(self, file: Path | str, problem: str, *, line: int | None = None, key: str | None = None) -> None:
        """Joins the place and the problem into one line."""
        place = f"{file}" + (f", line {line}" if line is not None else "") + (f", key {key}" if key else "")
        super().__init__(f"{place}: {problem}")


def from_validation(file: Path | str, error: ValidationError, *, line: int | None = None) -> DatasetError:
    """Turns pydantic's first complaint into a DatasetError; the others are usually its consequences."""
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return DatasetError(file, first["msg"], line=line, key=key or None)
