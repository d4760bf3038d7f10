"""Frames as plain rows: what is missing is None, whatever the frame calls it."""

import pandas as pd

from migration_assets.mapping.frames import to_rows


def test_every_kind_of_missing_value_is_none_and_the_others_stay():
    frame = pd.DataFrame(
        {
            "text": ["a", None],
            "share": [0.5, float("nan")],
            "at": [pd.Timestamp("2026-01-01"), pd.NaT],
            "count": pd.array([1, pd.NA], dtype="Int64"),
        }
    )
    assert to_rows(frame) == [
        {"text": "a", "share": 0.5, "at": pd.Timestamp("2026-01-01"), "count": 1},
        {"text": None, "share": None, "at": None, "count": None},
    ]


def test_a_frame_without_rows_has_none():
    assert to_rows(pd.DataFrame({"text": []})) == []
