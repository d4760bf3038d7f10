"""Customers, users, teams, tags, custom fields, as the sweep read them, against their staged rows; doubled customers.

It belongs here: the order of the steps. It does not: fields and wanted rows (expected_objects.py), reading
(target/list_reads.py, target/single_reads.py).
"""

from datetime import datetime

from migration_assets.reconciliation.comparison import expected_objects as asked
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
from migration_assets.reconciliation.comparison.expected_rows import stand_in
from migration_assets.reconciliation.target.target_tables import CUSTOMERS, DEFINITIONS, LISTED, UNPARTITIONED
from resources.ledger import Ledger
from resources.warehouse import Connection, Warehouse

_DOUBLED = """
    SELECT a.partition, 'external_id' AS field, a.source_id, l.gorgias_id, 'doubles ' || a.gorgias_id AS detail
    FROM reconciliation.target_listed l JOIN asked_customers a ON a.external_id = l.external_id
    WHERE l.object = 'customers' AND a.gorgias_id <> l.gorgias_id
"""


_UNKNOWN = """
    SELECT '*' AS partition, 'external_id' AS field, NULL AS source_id, l.gorgias_id,
           'a ticket that the ledger does not know' AS detail
    FROM reconciliation.target_listed l WHERE l.object = 'tickets' AND starts_with(l.external_id, 'ivinex:')
    AND NOT EXISTS (FROM reconciliation.ids i WHERE i.object = 'tickets'
                    AND (i.source_id = l.external_id OR i.gorgias_id = l.gorgias_id))
"""


def compare_objects(warehouse: Warehouse, ledger: Ledger, at: datetime) -> None:
    """Fill verdicts, differences and coverage of everything that belongs to no day."""
    with warehouse.transaction() as tx:
        tx.ensure(CUSTOMERS, DEFINITIONS, LISTED)
        tx.execute(MACROS)
        delete_results(tx, [UNPARTITIONED])
        if tx.exists("staging.customers"):
            _customers(tx, ledger, at)
        copy_ids(tx, ledger, ("users",))
        for name, definition in asked.DEFINITIONS_COMPARED.items():
            if not tx.exists(definition.staged):
                continue
            copy_scope(tx, ledger, {name: name}, None)
            tx.execute(definition.expected, {"name": name})
            stand_in(tx, name, "asked_definitions")
            compare_fields(tx, name, asked.DEFINITION_PAIRS.format(name), definition.fields, at, "asked_definitions")
            add_objects(tx, name, Verdict.missing, asked.DEFINITIONS_LOST, at)
            record_coverage(tx, name, "asked_definitions", [UNPARTITIONED], name, at)
        copy_ids(tx, ledger, ("tickets",))
        add_objects(tx, "tickets", Verdict.extra, _UNKNOWN, at)
    record_doubles(warehouse, ledger, ("customers",), [UNPARTITIONED])
    tell_missing(warehouse, ledger, ("customers",), [UNPARTITIONED])


def _customers(tx: Connection, ledger: Ledger, at: datetime) -> None:
    copy_ids(tx, ledger, ("custom_fields",))
    copy_scope(tx, ledger, {"contacts": "customers"}, None)
    tx.execute(asked.BROUGHT)
    tx.execute(asked.EXPECTED_CUSTOMERS)
    stand_in(tx, "customers", "asked_customers")
    compare_fields(tx, "customers", asked.CUSTOMER_PAIRS, asked.CUSTOMER_FIELDS, at)
    compare_field_values(tx, "customers", asked.CUSTOMER_PAIRS, at, "a.brought_values")
    add_objects(tx, "customers", Verdict.missing, asked.CUSTOMERS_LOST, at)
    add_objects(tx, "customers", Verdict.extra, _DOUBLED, at)
    # A contact that was merged into another one's customer is booked as merged, and is no customer of its own.
    record_coverage(tx, "customers", "asked_customers", [UNPARTITIONED], "contacts", at)
