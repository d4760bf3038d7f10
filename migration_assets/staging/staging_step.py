"""What an asset of this stage works with: its stores, its settings, its days, and the map with its lookups.

It belongs here: what every step is given. It does not: what the lookups are (context.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from logging import Logger

from migration_assets.settings import Settings
from migration_assets.staging.context import StagingContext, read_context
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@dataclass(frozen=True)
class StagingStep:
    """One step of staging, with its stores open.

    Attributes:
        days: partitions of the run; none where the table has no days.
    """

    log: Logger
    days: Sequence[str]
    warehouse: Warehouse
    ledger: Ledger
    settings: Settings

    @cached_property
    def inputs(self) -> StagingContext:
        """Read when they are first asked for, then the same for the whole step.

        Raises:
            MappingError, NotConfirmed: as `load_confirmed`.
        """
        return read_context(self.settings, self.ledger, self.warehouse)
