"""What a check's result shows beside its sentence: numbers for the plots, tables of rules and of first differences.

It belongs here: turning evaluations into Dagster's metadata. Counts, rules, field names and ids only: never a value
of a record.
"""

from typing import Any

import dagster as dg

from checks.evaluate import SHOWN, Evaluation


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
