"""Frames as plain rows, with None where a frame says NaN, NaT or NA."""

from __future__ import annotations

from typing import Any

import pandas as pd


def to_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row; every kind of missing value is None."""
    names = [str(name) for name in frame.columns]
    columns = [_plain(values) for _, values in frame.items()]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any]:
    values, missing = column.tolist(), column.isna()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)] if missing.any() else values
