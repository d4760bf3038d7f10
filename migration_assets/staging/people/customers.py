"""staging.customers: contacts with one e-mail become one customer, with their organization; stubs for the missing."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from checks.evaluate import broken_rules
from checks.schemas.customers import SCHEMA
from checks.table import table_of
from migration_assets.mapping.staged_map import note_staged
from migration_assets.set_aside import first_set_aside
from migration_assets.staging.context import STAGE, StagingContext
from migration_assets.staging.mailboxes import find_mailboxes
from migration_assets.staging.people import contact_rows, customer_groups
from migration_assets.staging.people.customer_rows import customer_row
from migration_assets.staging.people.overflow import name_overflow, place_overflow
from migration_assets.staging.people.stub_contacts import stubs
from migration_assets.staging.staging_step import StagingStep
from resources.ledger import Ledger, Loss, Outcome, Quarantined
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Connection, Warehouse

CUSTOMERS_TABLE = table_of(SCHEMA)


@dataclass
class Report:
    """What became of contacts and organizations."""

    contacts: int = 0
    staged: int = 0
    stubs: int = 0
    organizations: list[Outcome] = field(default_factory=list)
    merged: list[Outcome] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    losses: dict[str, list[Loss]] = field(default_factory=lambda: {"contacts": [], "organizations": []})


def stage_customers(warehouse: Warehouse, context: StagingContext) -> Report:
    """Refill staging.customers in one transaction, in chunks."""
    report = Report()
    fields: dict[str, contact_rows.Losses] = {"contacts": Counter(), "organizations": Counter()}
    with warehouse.transaction() as tx:
        tx.replace(CUSTOMERS_TABLE, pd.DataFrame())
        report.quarantined = contact_rows.fill(tx, context, fields)
        customer_groups.group(tx)
        for groups, owned in customer_groups.members(tx):
            _stage_chunk(tx, groups, owned, context, report)
        for made in stubs(tx, context):
            report.stubs += len(made)
            placed = [place_overflow(row, context.mapping) for row in made]
            tx.append(CUSTOMERS_TABLE, pd.DataFrame(placed, columns=list(CUSTOMERS_TABLE.columns)))
        for source_id, contacts in customer_groups.organization_outcomes(tx):
            reason = "flattened into the customers of its contacts" if contacts else "no contact belongs to it"
            report.organizations.append(Outcome(source_id, "merged" if contacts else "skipped", reason))
        find_mailboxes(tx, context.mapping, context.lookups)
        report.contacts = tx.scalar("SELECT count(*) FROM ivinex.contacts")
        contact_rows.drop(tx)
        customer_groups.drop(tx)
    for name, counts in fields.items():
        counted = sorted(counts.items())
        report.losses[name] += [Loss(where, kind, record, count=count) for (where, kind, record), count in counted]
        report.losses[name] = [
            replace(one, kind=name_overflow(one.kind, context.mapping)) for one in report.losses[name]
        ]
    return report


def _stage_chunk(
    tx: Connection,
    groups: list[list[dict[str, Any]]],
    owned: dict[str, set[str]],
    context: StagingContext,
    report: Report,
) -> None:
    made = [customer_row(contacts, owned[contacts[0]["source_id"]], context) for contacts in groups]
    masked = (context.masked_row(row, "name", "field_values", "data") for row, _ in made)
    shown = [place_overflow(row, context.mapping) for row in masked]
    frame = pd.DataFrame(shown, columns=list(CUSTOMERS_TABLE.columns))
    broken = broken_rules(SCHEMA, frame)
    for position, contacts in enumerate(groups):
        first = contacts[0]["source_id"]
        if position in broken:
            reason = "; ".join(f"{column}: {rule}" for column, rule in broken[position])
            version = context.mapping.mapping_version
            for contact in contacts:
                why = reason if contact["source_id"] == first else f"as {first}: {reason}"
                report.quarantined.append(
                    Quarantined(contact["source_id"], "never_possible", why, contact["version"], None, version)
                )
        else:
            report.staged += 1
            report.merged += [Outcome(c["source_id"], "merged", f"same e-mail as {first}") for c in contacts[1:]]
            report.losses["contacts"] += made[position][1]
    tx.append(CUSTOMERS_TABLE, frame.drop(index=list(broken)))


def record_customers(ledger: Ledger, report: Report) -> None:
    """Outcomes, quarantine and losses of contacts and organizations."""
    ledger.outcomes.record_outcomes("contacts", STAGE, report.merged)
    ledger.quarantine.record("contacts", STAGE, report.quarantined)
    ledger.outcomes.record_outcomes("organizations", STAGE, report.organizations)
    for name, losses in report.losses.items():
        ledger.losses.record_losses(STAGE, name, losses)


def fill_customers(step: StagingStep) -> dict[str, Any]:
    """Customers to create: one per e-mail (lower case), the oldest contact first, with its organization's fields.

    Contacts without an e-mail get their phone as channel, those with neither a stub address. Tickets whose contact is
    missing get one stub customer per missing id. In a staging account the customers' addresses are masked.
    """
    report = stage_customers(step.warehouse, step.inputs)
    note_staged(step.warehouse, [UNPARTITIONED], step.inputs.mapping.mapping_version)
    record_customers(step.ledger, report)
    step.log.info(
        f"{report.contacts} contacts: {report.staged} customers, {len(report.merged)} merged, "
        f"{len(report.quarantined)} in quarantine; {report.stubs} stubs"
    )
    return {
        "dagster/row_count": report.staged + report.stubs,
        "source_rows": report.contacts,
        "staged": report.staged,
        "merged": len(report.merged),
        "skipped": 0,
        "quarantined": len(report.quarantined),
        "stubs": report.stubs,
        "organizations": len(report.organizations),
        **first_set_aside(step.ledger, ["contacts"]),
    }
