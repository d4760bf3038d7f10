"""How far a verification can be relied on, by its results, their age, and what was written since."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from checks.verification import LASTS, Verification, verification

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKS = ("a:compared", "b:compared")
COLUMNS = ["check_name", "passed", "overridden", "recorded_at"]
HOUR = timedelta(hours=1)


def rows(*results: tuple[str, bool, bool, timedelta]) -> pd.DataFrame:
    """(check, passed, overridden, age)."""
    listed = [(name, passed, overridden, NOW - age) for name, passed, overridden, age in results]
    return pd.DataFrame(listed, columns=COLUMNS).astype({"passed": bool, "overridden": bool})


A, B = ("a:compared", True, False, HOUR), ("b:compared", True, False, 2 * HOUR)


@pytest.mark.parametrize(
    ("results", "written", "expected"),
    [
        ((), None, Verification.none),
        ((A,), None, Verification.none),
        ((A, B), None, Verification.fresh),
        ((A, B), 3 * HOUR, Verification.fresh),
        ((A, B), 1.5 * HOUR, Verification.stale),
        ((A, ("b:compared", True, False, LASTS + HOUR)), None, Verification.stale),
        ((A, ("b:compared", False, False, HOUR)), None, Verification.failed),
        ((("b:compared", False, False, LASTS + HOUR),), None, Verification.failed),
        ((A, ("b:compared", False, True, HOUR)), None, Verification.fresh),
        ((A, ("b:compared", False, True, LASTS + HOUR)), None, Verification.stale),
        ((A, B, ("c:other", False, False, HOUR)), None, Verification.fresh),
    ],
)
def test_the_state_follows_results_age_and_writes(results, written, expected):
    written_at = NOW - written if written is not None else None
    assert verification(rows(*results), CHECKS, written_at, NOW) is expected
