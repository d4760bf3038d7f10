"""What a schema says of a staged table, or of a frame that wants to become part of one. No Dagster here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from checks.table import table_of
from resources.outgoing_text import fault
from resources.warehouse import Connection, Warehouse

SHOWN = 20
CHUNK_BYTES = 32_000_000
CHUNK_ROWS = 10_000


class NotReadable(ValueError):
    """What a check should look at is not there, or not as declared."""


@dataclass
class Evaluation:
    """The result of a check over one slice.

    Attributes:
        rows: rows looked at.
        failures: (column, rule) -> rows that break it; rules over several columns have the column `row`.
        source_ids: the first `SHOWN` ids of failing rows, in order.
        error: what kept the check from looking, e.g. a missing table.
        unknown: why there is nothing to look at yet, and what to do for it. Not a failure: it closes no gate.
        sentence: what was found, in words; made from the counts where none is given.
        equal: records in which nothing differs, for comparisons.
        first: the first differences, for comparisons: ids, field and kind.
        excused: what failed is people's work since and speaks against nothing: it is told, and closes no gate.
    """

    rows: int = 0
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    source_ids: list[str] = field(default_factory=list)
    error: str = ""
    unknown: str = ""
    sentence: str = ""
    equal: int | None = None
    first: list[dict[str, Any]] = field(default_factory=list)
    excused: bool = False

    @property
    def opens(self) -> bool:
        """Whether the gate is open after it."""
        return self.passed or (self.excused and not self.error)

    @property
    def passed(self) -> bool:
        return not (self.error or self.unknown or self.failures)

    @property
    def description(self) -> str:
        """One sentence for a person: rules, columns and counts; never a value."""
        if self.error:
            return f"Not evaluated: {self.error}"
        if self.unknown:
            return f"Not looked at yet: {self.unknown}"
        if self.sentence:
            return self.sentence
        counted = f"{self.rows} rows" if self.equal is None else f"{self.rows} written, {self.equal} equal"
        listed = "; ".join(f"{column}: {rule} ({count})" for (column, rule), count in self.failures.most_common())
        return f"{counted}: {listed}" if listed else counted


def broken_rules(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> dict[int, list[tuple[str, str]]]:
    """Position of a row -> the (column, rule) pairs that it breaks.

    Raises:
        NotReadable: the frame has not the schema's columns or types, so no single row is to blame.
    """
    if frame.empty or _keeps_all(schema, frame):
        return {}
    broken: dict[int, list[tuple[str, str]]] = {}
    try:
        schema.validate(frame.reset_index(drop=True), lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        whole = cases["index"].isna()
        if whole.any():
            told = sorted({f"{row.column}: {row.check}" for row in cases[whole].itertuples()})
            raise NotReadable(f"{schema.name} does not have its declared columns: {'; '.join(told)}") from None
        of_row = cases["schema_context"] == "DataFrameSchema"
        cases = cases.assign(column=cases["column"].where(~of_row, "row")).drop_duplicates(["index", "column", "check"])
        for index, column, rule in zip(cases["index"], cases["column"], cases["check"], strict=True):
            broken.setdefault(int(index), []).append((str(column), _words(str(rule))))
    return broken


def _keeps_all(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> bool:
    """Whether no rule is broken, asked without pandera's report: that takes 4 ms a column even where all is well.

    False where it is not sure; then pandera says what is wrong and where.
    """
    if schema.strict and set(frame.columns) != set(schema.columns):
        return False
    coerced = {}
    for name, column in schema.columns.items():
        if name not in frame.columns:
            return False
        values = frame[name]
        if column.dtype is not None:
            if values.dtype != column.dtype.type:
                # Only texts are taken as they are; what else a type becomes is for pandera to say.
                if not (
                    values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty")
                ):
                    return False
                values = values.astype(column.dtype.type)
            coerced[name] = values
        missing = values.isna()
        if not column.nullable and missing.any():
            return False
        if column.unique and values.duplicated().any():
            return False
        filled = values[~missing] if missing.any() else values
        if not all(_holds(check, filled if check.ignore_na else values) for check in column.checks):
            return False
    whole = frame.assign(**coerced).reset_index(drop=True)
    return all(_holds(check, whole) for check in schema.checks)


def _holds(check: pa.Check, values: pd.Series | pd.DataFrame) -> bool:
    try:
        said = check._check_fn(values, **check._check_kwargs)
    except Exception:
        return False
    return isinstance(said, pd.Series) and bool(said.astype(bool).all())


def evaluate(
    schema: pa.DataFrameSchema, warehouse: Warehouse, keys: Sequence[str] | None = None
) -> dict[str | None, Evaluation]:
    """Hold a staged table against its schema.

    Args:
        keys: partitions; None for a table without partitions.

    Returns:
        Partition (None for the whole table) -> result. Problems of reading are results too (`error`), because a
        check that raises records nothing (dagster.md 2.1).
    """
    wanted: list[str | None] = [None] if keys is None else list(keys)
    results = {key: Evaluation() for key in wanted}
    try:
        with warehouse.transaction() as tx:
            if not tx.exists(table_of(schema)):
                raise NotReadable(f"{schema.name} was never staged")
            for frame in _buckets(schema, tx, keys):
                _judge(schema, frame, results)
    except Exception as error:
        for result in results.values():
            result.error = str(fault(error))
    return results


def joined(
    first: Mapping[str | None, Evaluation], second: Mapping[str | None, Evaluation]
) -> dict[str | None, Evaluation]:
    """Two looks at the same rows as one result a partition."""
    results = {}
    for key, result in first.items():
        other = second.get(key, Evaluation())
        ids = sorted({*result.source_ids, *other.source_ids})[:SHOWN]
        error = "; ".join(filter(None, (result.error, other.error)))
        results[key] = Evaluation(result.rows, result.failures + other.failures, ids, error)
    return results


def _buckets(schema: pa.DataFrameSchema, tx: Connection, keys: Sequence[str] | None) -> Iterator[pd.DataFrame]:
    """Read the slices in hash buckets, so that a day of large bodies fits in memory; an id has one bucket."""
    where, params = "true", []
    if keys:
        where = "partition BETWEEN ? AND ? AND partition IN (SELECT unnest(?::VARCHAR[]))"
        params = [min(keys), max(keys), list(keys)]
    sizes = " + ".join(f"coalesce(strlen({name}), 0)" for name in schema.columns if name.startswith("body_")) or "0"
    rows, size = tx.query(
        f"SELECT count(*), coalesce(sum({sizes}), 0) FROM {schema.name} WHERE {where}",  # noqa: S608
        params,
    ).iloc[0]
    buckets = int(max(rows // CHUNK_ROWS, size // CHUNK_BYTES)) + 1
    for bucket in range(buckets):
        chosen = f"hash({_identity(schema)}) % {buckets} = {bucket}"
        yield tx.query(f"SELECT * FROM {schema.name} WHERE {where} AND {chosen}", params)  # noqa: S608


def _judge(schema: pa.DataFrameSchema, frame: pd.DataFrame, results: dict[str | None, Evaluation]) -> None:
    days = frame["partition"].tolist() if None not in results else [None] * len(frame)
    for day, rows in Counter(days).items():
        results[day].rows += rows
    for position, rules in broken_rules(schema, frame).items():
        result = results[days[position]]
        result.failures.update(rules)
        listed = [*result.source_ids, str(frame[_identity(schema)].iloc[position])]
        result.source_ids = sorted(listed)[:SHOWN]


def _identity(schema: pa.DataFrameSchema) -> str:
    return "source_id" if "source_id" in schema.columns else "name"


def _words(rule: str) -> str:
    return {"not_nullable": "never empty", "field_uniqueness": "no value twice"}.get(rule, rule)
