"""Tickets and messages of days, as read back, against their staged rows; and doubles, which become conflicts.

It belongs here: the order of the steps. It does not: fields and wanted rows (expected_tickets.py), the asset
(ticket_comparison.py).
"""

from collections.abc import Sequence
from datetime import datetime

from migration_assets.reconciliation.comparison import expected_tickets as asked
from migration_assets.reconciliation.comparison.comparator import (
    add_objects,
    compare_field_values,
    compare_fields,
    copy_ids,
    copy_scope,
    delete_results,
    record_coverage,
    record_doubles,
    tell_missing,
)
from migration_assets.reconciliation.comparison.comparison_rules import MACROS, Verdict
from migration_assets.reconciliation.comparison.expected_files import expect_files
from migration_assets.reconciliation.comparison.expected_rows import stand_in
from migration_assets.reconciliation.target.account_acts import ANSWERS, ASKED_BY_SURVEY
from migration_assets.reconciliation.target.target_tables import (
    CUSTOMERS,
    DEFINITIONS,
    LISTED,
    MESSAGES,
    SURVEYS,
    TICKETS,
)
from resources.ledger import Ledger
from resources.warehouse import Warehouse

DOUBLED = """
    SELECT k.partition, 'external_id' AS field, k.source_id, l.gorgias_id, 'doubles ' || k.gorgias_id AS detail
    FROM reconciliation.target_listed l JOIN asked_tickets k ON k.external_id = l.external_id
    WHERE l.object = 'tickets' AND k.gorgias_id <> l.gorgias_id
"""


def compare_days(warehouse: Warehouse, ledger: Ledger, keys: Sequence[str], at: datetime) -> None:
    """Fill verdicts, differences and coverage of these days. What was not read back is not compared, and counted so."""
    days = {"keys": list(keys)}
    with warehouse.transaction() as tx:
        tx.ensure(TICKETS, MESSAGES, CUSTOMERS, DEFINITIONS, LISTED, SURVEYS)
        tx.execute(MACROS)
        delete_results(tx, keys)
        if not tx.exists("staging.tickets"):
            return
        copy_ids(tx, ledger, ("customers", "users", "teams", "custom_fields", "tags"))
        copy_scope(tx, ledger, {"tickets": "tickets", "messages": "messages", "files": "files"}, keys)
        expect_files(tx, ledger, keys)
        tx.execute(asked.FOLLOWED_TAGS)
        tx.execute(asked.EXPECTED_TICKETS, days)
        stand_in(tx, "tickets", "asked_tickets")
        tx.execute(asked.EXPECTED_MESSAGES, days)
        stand_in(tx, "messages", "asked_messages")
        tx.execute(asked.PAIRED)
        compare_fields(tx, "tickets", asked.TICKET_PAIRS, asked.TICKET_FIELDS, at)
        compare_field_values(tx, "tickets", asked.TICKET_PAIRS, at)
        add_objects(tx, "tickets", Verdict.missing, asked.TICKETS_LOST, at)
        add_objects(tx, "tickets", Verdict.extra, DOUBLED, at)
        compare_fields(tx, "messages", asked.MESSAGE_PAIRS, asked.MESSAGE_FIELDS, at)
        add_objects(tx, "messages", Verdict.missing, asked.MESSAGES_LOST, at)
        add_objects(tx, "messages", Verdict.extra, asked.MESSAGES_EXTRA, at)
        add_objects(tx, "messages", Verdict.extra, ANSWERS, at)
        add_objects(tx, "messages", Verdict.extra, ASKED_BY_SURVEY, at)
        for name in ("tickets", "messages"):
            record_coverage(tx, name, f"asked_{name}", keys, name, at)
    record_doubles(warehouse, ledger, ("tickets", "messages"), keys)
    tell_missing(warehouse, ledger, ("tickets", "messages"), keys)
