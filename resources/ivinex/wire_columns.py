"""Whole columns of wire values: the same rules as wire.py at the speed of pandas.

Belongs here: vectorised parsing where a column has many rows. Each function gives what its twin in wire.py gives,
value by value (a hypothesis test says so).
"""

from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd

from resources.ivinex import wire

_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_SHAPE: Final = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"


def moments(column: pd.Series, zone: ZoneInfo) -> pd.DataFrame:
    """Reads a column of local date-times as UTC.

    Args:
        column: wire values as text or None.
        zone: the site's time zone.

    Returns:
        Columns `at` (datetime64[us, UTC], NaT where there is none) and `problem` (as `wire.Parsed.problem`), with
        the index of the input.
    """
    text = column.astype("object").where(column.notna(), "").astype(str).str.strip()
    plain = text.str.fullmatch(_SHAPE) & ~text.str.startswith("0000")
    naive = pd.to_datetime(text.where(plain), format=_FORMAT, errors="coerce").astype("datetime64[us]")
    low, high = pd.Timestamp(wire.EARLIEST), pd.Timestamp(wire.LATEST) + pd.Timedelta(days=1)
    naive = naive.where((naive >= low) & (naive < high))
    at = (
        naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        .dt.tz_convert("UTC")
        .astype("datetime64[us, UTC]")
    )
    problem = pd.Series("", index=column.index, dtype="object")
    # Whatever is not an ordinary moment goes through the scalar rules; a text that recurs is read once.
    odd = at.isna() & ~text.isin([*wire.EMPTY_TEXT, "0"])
    read = {value: wire.moment(value, zone) for value in text[odd].unique()}
    if read:
        values = pd.Series({key: found.value for key, found in read.items()}, dtype="datetime64[us, UTC]")
        problems = pd.Series({key: found.problem for key, found in read.items()}, dtype="object")
        at = at.where(~odd, text.map(values))
        problem = problem.where(~odd, text.map(problems))
    return pd.DataFrame({"at": at, "problem": problem.astype("str")})
