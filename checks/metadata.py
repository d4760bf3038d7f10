"""What a check's result shows beside its sentence: numbers for the plots, tables of rules and of first differences.

It belongs here: turning evaluations into Dagster's metadata. Counts, rules, field names and ids only: never a value
of a record.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from checks.evaluate import SHOWN, Evaluation


def markdown(text: str) -> dg.MarkdownMetadataValue:
    """A text that the UI shows with its tables and headings."""
    return dg.MetadataValue.md(text)


def document(path: str) -> dg.PathMetadataValue:
    """A file that the UI offers by its path."""
    return dg.MetadataValue.path(path)


def first_rows(rows: Sequence[Mapping[Any, Any]], most: int = SHOWN) -> dg.TableMetadataValue:
    """The first of these rows as a table, with the keys of the first one as columns.

    Args:
        rows: ids, field names, reasons and counts; at least one.
    """
    columns = [dg.TableColumn(name, "int" if isinstance(value, int) else "string") for name, value in rows[0].items()]
    cells = [
        dg.TableRecord({name: value if isinstance(value, int) else str(value or "") for name, value in row.items()})
        for row in rows[:most]
    ]
    return dg.TableMetadataValue(cells, dg.TableSchema(columns=columns))


def metadata_of(*results: Evaluation) -> dict[str, Any]:
    """Numbers for the plots, a table of the rules that were broken, and the first differences of a comparison."""
    total = Evaluation(sum(r.rows for r in results))
    for result in results:
        total.failures.update(result.failures)
    ids = sorted({source_id for result in results for source_id in result.source_ids})
    errors = sorted({result.error for result in results if result.error})
    shown: dict[str, Any] = {"rows": total.rows, "failures": sum(total.failures.values())}
    if total.failures:
        rules = [
            {"column": column, "rule": rule, "rows": count} for (column, rule), count in total.failures.most_common()
        ]
        shown |= {"broken_rules": first_rows(rules, len(rules)), "first_source_ids": ids[:SHOWN]}
    compared = [result.equal for result in results if result.equal is not None]
    if compared:
        shown |= {"equal": sum(compared), "share_equal": round(sum(compared) / total.rows, 6) if total.rows else 1.0}
    first = [row for result in results for row in result.first]
    if first:
        shown["first_differences"] = first_rows(first)
    return shown | ({"error": "; ".join(errors)} if errors else {})
