"""The five full scans: the records of a role, and what follows from them once they are read: links, days, leftovers.

It belongs here: the order of these steps for each role. It does not: reading the records (scan_tabs_of_role.py), and
how a link or a day is found.
"""

from collections.abc import Callable
from typing import Any

from checks.evaluate import Evaluation
from checks.step_result import StepResult
from migration_assets.ivinex import checks, tables
from migration_assets.ivinex.full_scan.day_assignment import record_messages_without_created_date
from migration_assets.ivinex.full_scan.days_found import DaysFound, settle_days
from migration_assets.ivinex.full_scan.scan_tabs_of_role import scan_tabs_of_role
from migration_assets.ivinex.full_scan.unattached import record_unattached
from migration_assets.ivinex.relations.model import ACTIVITY_TICKET, CONTACT_ORGANIZATION, TASK_TICKET, Relation
from migration_assets.ivinex.relations.resolve import record_unread, resolve_links
from migration_assets.ivinex.source_step import SourceStep
from migration_assets.mapping.roles import selected_roles


def scan_organizations(step: SourceStep) -> StepResult:
    """Organizations as they are now: the newest version of every record that the last two full scans met."""
    return _result(scan_tabs_of_role(step, "organization"))


def scan_tasks(step: SourceStep) -> StepResult:
    """Tasks as they are now; those on a ticket become internal notes on it, the others are documented."""
    return _result(scan_tabs_of_role(step, "task"))


def scan_contacts(step: SourceStep) -> StepResult:
    """Contacts as they are now, with `contact_organization` links from link fields and related items."""
    metadata = scan_tabs_of_role(step, "contact")
    return _result(metadata, _links(step, (CONTACT_ORGANIZATION,), "organizations"))


def scan_tickets(step: SourceStep) -> StepResult:
    """Tickets as they are now, with the day (UTC) that each belongs to; those without one are quarantined."""
    metadata = scan_tabs_of_role(step, "ticket")
    # The day of a first activity needs the links, which the activities find: they assign days again.
    step.warehouse.ensure(tables.LINKS, tables.ACTIVITY_SWEEP)
    days = _settle_days(step)
    return _result(metadata, days.metadata(), days.evaluation)


def scan_activities(step: SourceStep) -> StepResult:
    """Activities as they are now, and the tickets that activities and tasks hang on; those on none are skipped."""
    metadata = scan_tabs_of_role(step, "activity")
    links = _links(step, (ACTIVITY_TICKET, TASK_TICKET), "tickets")
    days = _settle_days(step).metadata() if _partition_fallback(step) == "first_activity" else {}
    counts = {
        "no_ticket": record_unattached(step.warehouse, step.ledger, "activity"),
        "independent_tasks": record_unattached(step.warehouse, step.ledger, "task"),
        "on_dayless_tickets": record_messages_without_created_date(step.warehouse, step.ledger),
    }
    return _result(metadata, links | days | counts)


def _result(
    metadata: dict[str, Any], more: dict[str, Any] | None = None, *found: Callable[[], Evaluation]
) -> StepResult:
    return StepResult(metadata | (more or {}), [lambda: checks.sweep_proved(metadata), *found])


def _links(step: SourceStep, relations: tuple[Relation, ...], unread: str) -> dict[str, Any]:
    links = resolve_links(step.ivinex.get(), step.warehouse, relations, step.ivinex.relations, log=step.log.info)
    record_unread(step.ledger, unread, links)
    return links.metadata()


def _partition_fallback(step: SourceStep) -> str:
    """Where the day of a ticket without a created date comes from, as the map says."""
    return selected_roles(step.settings.home).partition_fallback


def _settle_days(step: SourceStep) -> DaysFound:
    return settle_days(step.warehouse, step.ledger, step.settings, _partition_fallback(step), step.log.warning)
