"""What plain code may know of the step that calls it: its log, its run, its days, and what it works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from logging import Logger
from typing import Any, Protocol

from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse


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


@dataclass(frozen=True)
class TargetStep:
    """One step that works with the target, with its stores open."""

    context: StepContext
    warehouse: Warehouse
    ledger: Ledger
    gorgias: GorgiasResource
    settings: Settings
