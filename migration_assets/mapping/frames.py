"""Frames as plain rows, with None where a frame says NaN, NaT or NA."""

from __future__ import annotations

from typing import Any

import pandas as pd


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row; every kind of missing value is None."""
    if frame.empty:
        return []
    plain = frame.astype(object)
    return [
        {str(key): value for key, value in row.items()} for row in plain.where(frame.notna(), None).to_dict("records")
    ]
