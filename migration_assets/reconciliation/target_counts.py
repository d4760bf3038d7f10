"""reconciliation/target_walk: after a load, one walk over Gorgias that finds what is missing, doubled or different."""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

import time
from typing import Any

import dagster as dg
import pandas as pd

from migration_assets.reconciliation.agreement import (
    CUSTOMER_FIELDS,
    DIFFERENCES,
    MESSAGE_FIELDS,
    TICKET_FIELDS,
    compare,
    compared,
)
from migration_assets.reconciliation.booked import BOOKED, copy_outcomes
from migration_assets.reconciliation.values import SAMPLE, chosen, differing
from migration_assets.reconciliation.walk import Walked, walk_customers, walk_messages, walk_tickets
from resources.gorgias.client import Reader
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

SHOWN = 20
CLAIM = f"""Gorgias agrees with what was staged, for every ticket, customer and message that the ledger knows as
created or adopted. Compared on all tickets: present, once, not in the trash, {", ".join(TICKET_FIELDS)}. On all
customers: present, once, and on those of our making {", ".join(CUSTOMER_FIELDS)}. On all messages: present, once, no
others on the ticket, {", ".join(MESSAGE_FIELDS)}; a sender is not compared where the fallback user stands in. Custom
field values: on all tickets and customers where there are at most {SAMPLE} of each, else on {SAMPLE} of each, chosen
anew by every run. Not compared here: bodies, subjects, attachments and meta of messages, meta of tickets, channels
and data of customers, and updated_datetime."""


def look(reader: Reader, ledger: Ledger, warehouse: Warehouse, salt: str) -> dict[str, Walked]:
    """Walk, compare, keep the differences in reconciliation.differences, and record doubles as conflicts.

    Args:
        salt: decides which objects are in the sample of custom field values.

    Returns:
        What was walked, by object; `values` counts the single reads.
    """
    with warehouse.transaction() as tx:
        copy_outcomes(tx, ledger)
    tickets = _ids(warehouse, "tickets")
    walked = {
        "tickets": walk_tickets(reader, warehouse, tickets),
        "customers": walk_customers(reader, warehouse, _ids(warehouse, "contacts")),
        "messages": walk_messages(reader, warehouse, tickets),
    }
    values: list[dict[str, Any]] = []
    reads = 0
    for table in ("tickets", "customers"):
        rows = chosen(warehouse, table, salt)
        reads += len(rows)
        values += differing(reader, ledger, table, rows)
    with warehouse.transaction() as tx:
        compare(tx)
        tx.append(DIFFERENCES, pd.DataFrame(values))
    _record_doubles(ledger, warehouse)
    return walked | {"values": Walked(reads, reads, reads)}


def difference_counts(warehouse: Warehouse) -> list[dict[str, Any]]:
    """object, field, kind, rows of the last walk; [] where there was none."""
    if not warehouse.exists(DIFFERENCES):
        return []
    return warehouse.rows(
        f"SELECT object, field, kind, count(*) AS rows FROM {DIFFERENCES.name} GROUP BY ALL ORDER BY ALL"
    )


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"gorgias", "duckdb"},
    pool="gorgias_api",
    deps=[
        dg.AssetKey(["gorgias", "customers"]),
        dg.AssetKey(["gorgias", "tickets"]),
        dg.AssetKey(["gorgias", "ticket_messages"]),
    ],
    metadata=DIFFERENCES.metadata(),
    check_specs=[
        dg.AssetCheckSpec(
            "target_agrees",
            asset=["reconciliation", "target_walk"],
            blocking=False,
            description=" ".join(CLAIM.split()),
        )
    ],
)
def target_walk(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """One walk over Gorgias's tickets, customers and messages, 100 to a call, compared with the staged rows."""
    store, started = warehouse.get(), time.monotonic()
    walked = look(gorgias.reader, ledger.get(), store, context.run.run_id)
    counts = difference_counts(store)
    total = sum(row["rows"] for row in counts)
    with store.transaction() as tx:
        scope = {f"{name}_compared": compared(tx, name) for name in ("tickets", "customers", "messages")}
    calls = sum(one.calls for one in walked.values())
    context.log.info(f"{calls} calls, {scope}, {total} differences")
    first = store.rows(
        f"SELECT object, source_id, gorgias_id, field, kind, detail FROM {DIFFERENCES.name} "
        f"ORDER BY object, source_id, field LIMIT {SHOWN}"
    )
    check = dg.AssetCheckResult(
        check_name="target_agrees",
        passed=total == 0,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{total} differences"
        + "".join(f"; {r['object']}.{r['field']} {r['kind']}: {r['rows']}" for r in counts),
        metadata={"differences": total, **scope, "first": dg.MetadataValue.md(_table(first))},
    )
    numbers = {f"{name}_walked": one.rows for name, one in walked.items()}
    return dg.MaterializeResult(
        metadata={
            "calls": calls,
            "seconds": round(time.monotonic() - started, 1),
            "differences": total,
            **numbers,
            **scope,
        },
        check_results=[check],
    )


def _ids(warehouse: Warehouse, name: str) -> set[int]:
    rows = warehouse.rows(
        f"SELECT DISTINCT gorgias_id FROM {BOOKED.name} WHERE object = ? AND gorgias_id IS NOT NULL",
        [name],
    )
    return {row["gorgias_id"] for row in rows}


def _record_doubles(ledger: Ledger, warehouse: Warehouse) -> None:
    for name in ("tickets", "customers"):
        doubles = warehouse.rows(
            f"SELECT source_id, gorgias_id, detail FROM {DIFFERENCES.name} WHERE object = ? AND kind = 'doubled'",
            [name],
        )
        rows = [row | {"detail": f"several objects carry this external_id: {row['detail']}"} for row in doubles]
        ledger.find_conflicts(name, "external_id (walk)", rows)


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "none"
    head = "| " + " | ".join(rows[0]) + " |\n|" + " --- |" * len(rows[0])
    return "\n".join(
        [head, *("| " + " | ".join(str(v) if v is not None else "" for v in row.values()) + " |" for row in rows)]
    )
