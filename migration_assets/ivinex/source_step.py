"""What an asset of this stage works with, its stores, its settings and the site.

It belongs here: what every step is given. It does not: reading (the folders beside).
"""

from dataclasses import dataclass
from logging import Logger

from migration_assets.settings import Settings
from resources.ivinex.resource import IvinexResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@dataclass(frozen=True)
class SourceStep:
    """One step of reading the source, with its stores open; the site is connected to when it is first asked."""

    log: Logger
    ivinex: IvinexResource
    warehouse: Warehouse
    ledger: Ledger
    settings: Settings
