"""What plain code may know of the step that calls it: its log, its run and its days."""

from collections.abc import Sequence
from logging import Logger
from typing import Any, Protocol


class StepContext(Protocol):
    """The part of Dagster's context that the load works with."""

    @property
    def log(self) -> Logger: ...

    @property
    def run(self) -> Any: ...

    @property
    def instance(self) -> Any: ...

    @property
    def partition_keys(self) -> Sequence[str]: ...
