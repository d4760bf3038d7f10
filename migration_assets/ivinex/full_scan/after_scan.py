"""What follows from the records of a role once they are read: links, days, and what hangs on no ticket.

It belongs here: the order of these steps for each role. It does not: reading the records (scan_tabs_of_role.py), and
how a link or a day is found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from checks.evaluate import Evaluation
from migration_assets.ivinex import tables
from migration_assets.ivinex.full_scan.day_assignment import record_messages_without_created_date
from migration_assets.ivinex.full_scan.days_found import settle_days
from migration_assets.ivinex.full_scan.independent_tasks import record_independent
from migration_assets.ivinex.full_scan.unattached_activities import record_unattached
from migration_assets.ivinex.relations.model import ACTIVITY_TICKET, CONTACT_ORGANIZATION, TASK_TICKET
from migration_assets.ivinex.relations.resolve import record_unread, resolve_links
from migration_assets.mapping.roles import selected_roles
from migration_assets.settings import Settings
from resources.ivinex.client import IvinexClient
from resources.ledger import Ledger
from resources.warehouse import Warehouse

CREATED_DAY: Final = "created_day"


@dataclass
class ScannedRole:
    """The stores of a full scan, and what was found out after it.

    Attributes:
        relations: how links are read (setting IVINEX_RELATIONS).
        found: name -> what a check of the asset says.
    """

    client: IvinexClient
    warehouse: Warehouse
    ledger: Ledger
    settings: Settings
    relations: str
    log: Callable[[str], None]
    warn: Callable[[str], None]
    found: dict[str, Evaluation] = field(default_factory=dict)

    def evaluation(self, name: str) -> Callable[[], dict[str | None, Evaluation]]:
        """What a check without partitions reports."""
        return lambda: {None: self.found[name]}

    @property
    def partition_fallback(self) -> str:
        """Where the day of a ticket without a created date comes from, as the map says."""
        return selected_roles(self.settings.home).partition_fallback


def links_of_contacts(scanned: ScannedRole) -> dict[str, Any]:
    """`contact_organization` links, from link fields and related items."""
    links = resolve_links(
        scanned.client, scanned.warehouse, (CONTACT_ORGANIZATION,), scanned.relations, log=scanned.log
    )
    record_unread(scanned.ledger, "organizations", links)
    return links.metadata()


def days_of_tickets(scanned: ScannedRole) -> dict[str, Any]:
    """The day of each ticket; first_activity needs the links, which the activities find: they assign days again."""
    scanned.warehouse.ensure(tables.LINKS, tables.ACTIVITY_SWEEP)
    found = settle_days(scanned.warehouse, scanned.ledger, scanned.settings, scanned.partition_fallback, scanned.warn)
    scanned.found[CREATED_DAY] = found.evaluation()
    return found.metadata()


def links_of_activities(scanned: ScannedRole) -> dict[str, Any]:
    """The tickets that activities and tasks hang on, and what hangs on none."""
    links = resolve_links(
        scanned.client, scanned.warehouse, (ACTIVITY_TICKET, TASK_TICKET), scanned.relations, log=scanned.log
    )
    record_unread(scanned.ledger, "tickets", links)
    days: dict[str, Any] = {}
    if (fallback := scanned.partition_fallback) == "first_activity":
        days = settle_days(scanned.warehouse, scanned.ledger, scanned.settings, fallback, scanned.warn).metadata()
    counts = {
        "no_ticket": record_unattached(scanned.warehouse, scanned.ledger),
        "independent_tasks": record_independent(scanned.warehouse, scanned.ledger),
        "on_dayless_tickets": record_messages_without_created_date(scanned.warehouse, scanned.ledger),
    }
    return links.metadata() | days | counts
