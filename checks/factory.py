"""Schema -> blocking, partition-aware asset check whose result also holds across runs.

Dagster's blocking checks hold inside one run; the gate in the ledger holds until the check reports again
(dagster.md 2.1). Results are counts, rules and ids: never a value of a record.
"""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import pandera.pandas as pa

from checks.evaluate import SHOWN, Evaluation, evaluate
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

SCHEMA_CHECK = "schema"
BALANCE_CHECK = "balance"

Evaluate = Callable[[Warehouse, Ledger, list[str] | None], Mapping[str | None, Evaluation]]


def gate_name(asset_key: dg.AssetKey, check_name: str) -> str:
    """The name of a check's gate in the ledger, e.g. `staging/tickets:schema`."""
    return f"{asset_key.to_user_string()}:{check_name}"


def schema_check(
    asset_key: dg.AssetKey, schema: pa.DataFrameSchema, partitions_def: dg.PartitionsDefinition | None = None
) -> dg.AssetChecksDefinition:
    """A blocking check that holds a staged table against its schema.

    Args:
        partitions_def: the asset's own; Dagster accepts another one silently, so a test compares them.
    """
    return gate_check(
        asset_key,
        SCHEMA_CHECK,
        f"Every row of {schema.name} keeps the limits of the target: {schema.description}",
        lambda warehouse, ledger, keys: evaluate(schema, warehouse, keys),
        partitions_def,
    )


def balance_check(
    asset_key: dg.AssetKey,
    description: str,
    evaluate_balance: Evaluate,
    partitions_def: dg.PartitionsDefinition | None = None,
) -> dg.AssetChecksDefinition:
    """A blocking check that the rows read equal the rows staged, merged, skipped and quarantined."""
    return gate_check(asset_key, BALANCE_CHECK, description, evaluate_balance, partitions_def)


def gate_check(
    asset_key: dg.AssetKey,
    name: str,
    description: str,
    evaluate_slices: Evaluate,
    partitions_def: dg.PartitionsDefinition | None,
) -> dg.AssetChecksDefinition:
    """A blocking check over slices.

    In a run of one partition a failure stops what comes after it in that run. In a range run it only warns, since a
    bad day must not stop the others: the day's gate in the ledger keeps its load closed, and the day's own
    evaluation is reported to the instance, because Dagster records none per partition there.
    """

    @dg.asset_check(
        asset=asset_key,
        name=name,
        description=description,
        blocking=True,
        partitions_def=partitions_def,
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource
    ) -> dg.AssetCheckResult:
        keys = list(context.partition_keys) if partitions_def is not None else None
        store, books = warehouse.get(), ledger.get()

        def held() -> Mapping[str | None, Evaluation]:
            with store.held():
                return evaluate_slices(store, books, keys)

        return conclude(context, books, asset_key, name, keys, held)

    return check


def conclude(
    context: dg.AssetCheckExecutionContext,
    ledger: Ledger,
    asset_key: dg.AssetKey,
    name: str,
    keys: list[str] | None,
    evaluate_all: Callable[[], Mapping[str | None, Evaluation]],
    blocking: bool = True,
) -> dg.AssetCheckResult:
    """Evaluate, record each slice's gate, and say it to Dagster; an error is a result too."""
    try:
        results = evaluate_all()
    except Exception as error:
        failed = Evaluation(error=f"{type(error).__name__}: {error}")
        results = dict.fromkeys(keys if keys is not None else [None], failed)
    gate = gate_name(asset_key, name)
    ledger.record_gates([(gate, key, r.opens, r.detail) for key, r in results.items()], context.run.run_id)
    ranged = keys is not None and len(keys) > 1
    if ranged:
        report_each(context, asset_key, name, results, blocking)
    closed = sorted(str(key) for key, result in results.items() if not result.opens and key is not None)
    warns = ranged or all(result.opens for result in results.values())
    return dg.AssetCheckResult(
        passed=all(result.passed for result in results.values()),
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata={**metadata_of(*results.values()), **({"closed_partitions": closed} if ranged else {})},
    )


def metadata_of(*results: Evaluation) -> dict[str, Any]:
    """Numbers for the plots, a table of the rules that were broken, and the first differences of a comparison."""
    total = Evaluation(sum(r.rows for r in results))
    for result in results:
        total.failures.update(result.failures)
    ids = sorted({source_id for result in results for source_id in result.source_ids})
    errors = sorted({result.error for result in results if result.error})
    table = dg.TableMetadataValue(
        records=[
            dg.TableRecord({"column": column, "rule": rule, "rows": count})
            for (column, rule), count in total.failures.most_common()
        ],
        schema=dg.TableSchema(
            columns=[dg.TableColumn("column"), dg.TableColumn("rule"), dg.TableColumn("rows", "int")]
        ),
    )
    shown: dict[str, Any] = {"rows": total.rows, "failures": sum(total.failures.values())}
    if total.failures:
        shown |= {"broken_rules": table, "first_source_ids": ids[:20]}
    compared = [result.equal for result in results if result.equal is not None]
    if compared:
        shown |= {"equal": sum(compared), "share_equal": round(sum(compared) / total.rows, 6) if total.rows else 1.0}
    first = [row for result in results for row in result.first][:SHOWN]
    if first:
        columns = [dg.TableColumn(name) for name in first[0]]
        cells = [dg.TableRecord({name: str(value or "") for name, value in row.items()}) for row in first]
        shown["first_differences"] = dg.TableMetadataValue(cells, dg.TableSchema(columns=columns))
    return shown | ({"error": "; ".join(errors)} if errors else {})


def report_each(
    context: dg.AssetCheckExecutionContext,
    asset_key: dg.AssetKey,
    check_name: str,
    results: Mapping[str | None, Evaluation],
    blocking: bool = True,
) -> None:
    """Record one evaluation per partition, for runs over a range.

    As events of the run, which settle what Dagster planned for each partition; a runless evaluation can be recorded
    only once per partition. Each names the materialization it is about: automation ignores one that does not
    (dagster.md 2.1).
    """
    from dagster._core.definitions.asset_checks.asset_check_evaluation import (
        AssetCheckEvaluationTargetMaterializationData as Target,
    )

    filtered = dg.AssetRecordsFilter(asset_key=asset_key, asset_partitions=[str(key) for key in results])
    targets: dict[str | None, Target] = {}
    # Newest first; the range's own run has just materialized every one of its partitions.
    for record in context.instance.fetch_materializations(filtered, limit=len(results)).records:
        target = Target(storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp)
        targets.setdefault(record.partition_key, target)
    for key, result in results.items():
        # Accepted at run time; only its annotation leaves check evaluations out.
        context.op_execution_context.log_event(
            dg.AssetCheckEvaluation(  # type: ignore[arg-type]
                asset_key=asset_key,
                check_name=check_name,
                passed=result.passed,
                partition=key,
                blocking=blocking,
                severity=dg.AssetCheckSeverity.WARN if result.opens else dg.AssetCheckSeverity.ERROR,
                metadata=metadata_of(result),
                target_materialization_data=targets.get(key),
            )
        )
