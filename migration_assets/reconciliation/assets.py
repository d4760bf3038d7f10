"""The assets of the stage reconciliation: what Gorgias holds against what was to be there.

Here stand assets and nothing else: what they call is in the folders beside, and knows no Dagster.
"""

import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import dagster as dg
import pandas as pd

from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.balance.balance import OUTCOMES
from migration_assets.reconciliation.balance.idempotency_check import (
    IDEMPOTENCY_TOTALS,
    NOTHING_TO_WRITE,
    PLANNED,
    evaluate_idempotency,
    plan_again,
    would_write,
)
from migration_assets.reconciliation.changes.change_detection import anything_loaded, changes, deleted_since, watermark
from migration_assets.reconciliation.changes.change_list import CHANGE_LIST_RECORDED_AS, GONE, STAGE
from migration_assets.reconciliation.checks import DAILY, STRANGERS, WITHOUT_DAY, strangers
from migration_assets.reconciliation.comparison.compare_days import compare_days
from migration_assets.reconciliation.comparison.compare_objects import compare_objects
from migration_assets.reconciliation.comparison.differences import DIFFERENCES, found_in, of_slices
from migration_assets.reconciliation.comparison.events import EventEvidence, explain
from migration_assets.reconciliation.comparison.surveys import explain_surveys
from migration_assets.reconciliation.comparison.ticket_comparison import TICKET_COMPARISON_OBJECTS, read_since_written
from migration_assets.reconciliation.forecast import FORECAST, make_forecast, run_ranges
from migration_assets.reconciliation.report.report import BALANCE, GATES, balance, gates, source_of
from migration_assets.reconciliation.report.report_data import collect
from migration_assets.reconciliation.report.report_files import write_handoff
from migration_assets.reconciliation.report.report_metadata import report_metadata
from migration_assets.reconciliation.report.report_verdict import decide_verdict
from migration_assets.reconciliation.target.call_counts import CallCounter
from migration_assets.reconciliation.target.customer_proof import customer_proofs
from migration_assets.reconciliation.target.object_comparison import OBJECT_COMPARISON_OBJECTS, read_objects_back
from migration_assets.reconciliation.target.target_tables import MESSAGES, TICKETS, UNPARTITIONED
from migration_assets.reconciliation.target.ticket_read_back import read_back
from migration_assets.settings_resource import SettingsResource
from resources.gorgias.downloads import FileReader
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.planner import PlannedAction
from resources.ledger import LedgerResource, Loss
from resources.warehouse import WarehouseResource


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"duckdb"},
    deps=[
        dg.AssetKey(["ivinex", "ticket_sweep"]),
        dg.AssetKey(["ivinex", "activity_sweep"]),
        dg.AssetKey(["staging", "customers"]),
        dg.AssetKey(["gorgias", "customer_changes"]),
    ],
)
def change_list(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
) -> dg.MaterializeResult:
    """Records that changed at the source since they were loaded, by created day, kept in the ledger with a watermark.

    Found by content and not by a modified date. What was deleted at the source is told as a loss and stays in Gorgias.
    Calls no API. Before the first load the list is empty.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    if not anything_loaded(open_ledger):
        open_ledger.list_changes([], watermark(open_warehouse))
        return dg.MaterializeResult(metadata={"records": 0, "days": 0, "gone": 0, "loaded": False})
    found, missing, mark = (
        changes(open_warehouse, open_ledger),
        deleted_since(open_warehouse),
        watermark(open_warehouse),
    )
    records = open_ledger.list_changes(found, mark)
    for object, name in CHANGE_LIST_RECORDED_AS.items():
        rows = [row for row in missing if row["object"] == object]
        open_ledger.record_losses(
            STAGE, name, [Loss("*", GONE, row["source_id"], partition=row["partition"]) for row in rows]
        )
    days = {row["partition"] for row in found if row["partition"]}
    kinds = Counter(f"{row['object']}_{row['kind']}" for row in found)
    context.log.info(f"{records} records on {len(days)} days changed up to {mark}; {len(missing)} gone at the source")
    numbers = {"records": records, "days": len(days), "gone": len(missing), **dict(sorted(kinds.items()))}
    return dg.MaterializeResult(metadata=numbers | {"loaded": True, "watermark": mark})


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"gorgias", "duckdb"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["reconciliation", "target_sweep"]),
        dg.AssetKey(["gorgias", "tickets"]),
        dg.AssetKey(["gorgias", "ticket_messages"]),
    ],
    metadata=TICKETS.metadata(),
)
def readback(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Every loaded ticket of the day read back whole, with messages and custom field values, and the files on it.

    Where the account's list rows show values (recorded: they do), the day is a slice of the full scan, without a call;
    else each ticket is one call. Files up to FILE_COMPARE_MAX_BYTES are read and hashed, one call each.
    """
    open_warehouse, keys = warehouse.get(), list(context.partition_keys)
    meter = CallCounter(lambda: gorgias.connection.requests)
    chosen = settings.get()
    with closing(FileReader(gorgias.connection, chosen.file_compare_max_bytes)) as files:
        share = chosen.file_compare_share
        tickets = read_back(gorgias.reader, ledger.get(), open_warehouse, meter, keys, files, share)
    messages = open_warehouse.scalar(f"SELECT count(*) FROM {MESSAGES.name} WHERE list_contains(?, partition)", [keys])  # noqa: S608
    return dg.MaterializeResult(
        metadata={"tickets": tickets, "messages": messages, "calls": meter.used, "calls_minimum": meter.minimum}
    )


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"gorgias", "duckdb"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[
        dg.AssetKey(["reconciliation", "readback"]),
        dg.AssetKey(["reconciliation", "target_sweep"]),
        dg.AssetKey(["staging", "tickets"]),
        dg.AssetKey(["staging", "messages"]),
    ],
    metadata=DIFFERENCES.metadata(),
    check_specs=[one.check.spec for one in DAILY],
)
def comparison(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
) -> dg.MaterializeResult:
    """Every ticket and message of the day, every field, with a verdict; what differs is kept by id, field and kind.

    Of what differs Gorgias's events are read: what somebody set since is told and speaks against nothing. Doubles
    become conflicts. A day that was written after it was read back is not compared: it waits for its read-back.
    """
    open_warehouse, open_ledger, keys = warehouse.get(), ledger.get(), list(context.partition_keys)
    compared = read_since_written(open_warehouse, open_ledger, keys)
    compare_days(open_warehouse, open_ledger, compared, datetime.now(UTC))
    evidence = EventEvidence(gorgias.reader, open_ledger, open_warehouse)
    explain(evidence, TICKET_COMPARISON_OBJECTS, compared)
    explain_surveys(evidence, compared)
    numbers: dict[str, int] = {}
    for row in of_slices(open_warehouse, TICKET_COMPARISON_OBJECTS, keys):
        for name in ("written", "compared", "equal"):
            numbers[f"{row['object']}_{name}"] = numbers.get(f"{row['object']}_{name}", 0) + row[name]
    return dg.MaterializeResult(
        metadata=numbers
        | {
            "events_read": evidence.lookups,
            "differences": len(found_in(open_warehouse, TICKET_COMPARISON_OBJECTS, keys)),
        },
        check_results=[one.report(context, open_warehouse, open_ledger, keys) for one in DAILY],
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
    check_specs=[*(one.check.spec for one in WITHOUT_DAY), STRANGERS.spec],
)
def target_sweep(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Every list of Gorgias once, 100 rows a call, and customers of whose channels no answer told; then compared.

    Users, teams, tags, custom fields and customers are held field by field against their staged rows. Tickets are
    listed for doubles, and kept whole where their rows show custom field values; then their messages are listed too.
    """
    open_warehouse, open_ledger, started = warehouse.get(), ledger.get(), time.monotonic()
    meter = CallCounter(lambda: gorgias.connection.requests)
    chosen = settings.get()
    read_objects_back(
        gorgias.reader, open_ledger, open_warehouse, meter, chosen.gorgias_fallback_user, chosen.customer_read_share
    )
    compare_objects(open_warehouse, open_ledger, datetime.now(UTC))
    evidence = EventEvidence(gorgias.reader, open_ledger, open_warehouse)
    explain(evidence, OBJECT_COMPARISON_OBJECTS, [UNPARTITIONED])
    rows = of_slices(open_warehouse, OBJECT_COMPARISON_OBJECTS, [UNPARTITIONED])
    for name, minimum, used in meter.rows:
        context.log.info(f"{name}: {used} calls, the fewest possible are {minimum}")
    return dg.MaterializeResult(
        metadata={
            "calls": meter.used,
            "calls_minimum": meter.minimum,
            "events_read": evidence.lookups,
            "seconds": round(time.monotonic() - started, 1),
            **{
                f"customers_by_{name.replace(' ', '_')}": count
                for name, count in customer_proofs(open_warehouse).items()
            },
            **{f"{row['object']}_{name}": row[name] for row in rows for name in ("written", "compared", "equal")},
        },
        check_results=[
            *(one.report(context, open_warehouse, open_ledger, [UNPARTITIONED]) for one in WITHOUT_DAY),
            STRANGERS.report(context, open_ledger, lambda: {None: strangers(open_warehouse)}),
        ],
    )


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"duckdb"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["gorgias", name]) for name in ("users", "customers", "tickets", "ticket_messages")],
    metadata=PLANNED.metadata(),
    check_specs=[NOTHING_TO_WRITE.spec],
)
def second_pass(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Every payload built again and held against the ledger; nothing is sent. A whole load leaves nothing to write."""
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    plan_again(gorgias.reader, open_ledger, open_warehouse, settings.get().gorgias_fallback_user)
    totals = {row["need"]: row["rows"] for row in open_warehouse.rows(IDEMPOTENCY_TOTALS)}
    left, planned = would_write(open_warehouse), sum(totals.values())
    writes = sum(row["rows"] for row in left)
    return dg.MaterializeResult(
        metadata={"planned": planned, "writes": writes} | {str(one): totals.get(one, 0) for one in PlannedAction},
        check_results=[
            NOTHING_TO_WRITE.report(context, open_ledger, lambda: {None: evaluate_idempotency(planned, writes, left)})
        ],
    )


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"html", "json"},
    deps=[dg.AssetKey(["reconciliation", name]) for name in ("target_sweep", "comparison", "second_pass")],
    check_specs=[BALANCE.spec, GATES.spec],
)
def report(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The verdict, the balance per object and partition, charts, losses, quarantine and conflicts.

    Open handoff/index.html, which lists it and the documents for the admin. Next: the job handoff makes those.
    """
    chosen, open_warehouse = settings.get(), warehouse.get()
    with open_warehouse.held():
        evidence = collect(ledger.get(), open_warehouse, mapping_file.load(chosen.home / FILE), source_of(chosen))
    write_handoff(chosen.home / "handoff", evidence)
    context.log.info(decide_verdict(evidence).headline)
    for row in evidence.totals:
        ends = ", ".join(f"{getattr(row, name)} {name}" for name in OUTCOMES if getattr(row, name))
        context.log.info(f"{row.object}: {row.source} = {ends or 0}{'' if row.balanced else ': NOT BALANCED'}")
    return dg.MaterializeResult(
        metadata=report_metadata(evidence, chosen.home / "handoff"),
        check_results=[
            BALANCE.report(context, None, lambda: {None: balance(evidence.rows)}),
            GATES.report(context, None, lambda: {None: gates(evidence)}),
        ],
    )


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"duckdb"},
    deps=[dg.AssetKey(["staging", name]) for name in ("customers", "tickets", "messages", "attachments")],
    metadata=FORECAST.metadata(),
)
def forecast(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Calls of the rest of the migration by phase, from staged rows and the ledger: what is there costs nothing.

    With hours, the freeze of the final delta, billable tickets, storage, and what would make it shorter. Nothing is
    asked of Gorgias. The job forecast_load stages what is not staged, and ends with this.
    """
    open_warehouse = warehouse.get()
    made = make_forecast(open_warehouse, ledger.get(), gorgias, settings.get(), run_ranges(open_warehouse))
    at = datetime.now(UTC)
    rows = [(one.phase, one.records, one.calls, made.pace.hours(one.calls), at) for one in made.phases]
    frame = pd.DataFrame(rows, columns=list(FORECAST.columns)).astype({"made_at": "datetime64[us, UTC]"})
    open_warehouse.replace(FORECAST, frame)
    for sentence in made.sentences():
        context.log.info(sentence)
    shown = frame[["phase", "records", "calls", "hours"]].round(2)
    return dg.MaterializeResult(
        metadata={
            **made.as_numbers(),
            "phases": dg.MetadataValue.md(shown.to_markdown(index=False)),
            "what_it_means": dg.MetadataValue.md("\n\n".join(made.sentences())),
        }
    )
