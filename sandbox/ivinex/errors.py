"""The one error a hand-written dataset can cause. What the API answers to a client is in `answers.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class DatasetError(ValueError):
    """A dataset folder that cannot be served.

    The message names the file, the line where there are lines, and the key.
    """

    def __init__(self, file: Path | str, problem: str, *, line: int | None = None, key: str | None = None) -> None:
        """Joins the place and the problem into one line."""
        place = f"{file}" + (f", line {line}" if line is not None else "") + (f", key {key}" if key else "")
        super().__init__(f"{place}: {problem}")


def read_json(file: Path, model: type[M], needed_by: str) -> M:
    """The content of a file of the dataset.

    Raises:
        DatasetError: missing, unreadable or ill-typed, naming file and key.
    """
    try:
        return model.model_validate(orjson.loads(file.read_bytes()))
    except FileNotFoundError as error:
        raise DatasetError(file, f"is missing; {needed_by} needs it") from error
    except orjson.JSONDecodeError as error:
        raise DatasetError(file, f"is not JSON: {error.msg}", line=error.lineno) from error
    except ValidationError as error:
        raise from_validation(file, error) from error


def from_validation(file: Path | str, error: ValidationError, *, line: int | None = None) -> DatasetError:
    """Turns pydantic's first complaint into a DatasetError; the others are usually its consequences."""
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return DatasetError(file, first["msg"], line=line, key=key or None)
