"""A run makes the calls that were forecast before its first write, the fixed reads around its writes among them."""

import pytest
from plain_migration import Plain

MOST = 0.01


@pytest.mark.parametrize("verifying", [False, True], ids=["load", "verification"])
def test_a_run_makes_the_calls_that_its_forecast_says(plain: Plain, verifying: bool):
    told = sum(calls for phase, calls in plain.forecast.items() if phase.startswith("verify: ") is verifying)
    made = sum(plain.made["verification" if verifying else "load"].values())
    assert abs(told - made) <= MOST * made, f"{plain.forecast}\n{plain.made}"
