"""What calls come to: hours as the pacer really takes them, and what would make them fewer."""

import pytest

from migration_assets.gorgias.load.load_calls import PhaseCalls
from migration_assets.reconciliation.forecast_outlook import Pace, shorter
from resources.pacing import LEVEL_HEADER, BucketPacer
from sandbox.gorgias.bucket import Allowance, LeakyBucket


@pytest.mark.parametrize(("limit", "share"), [(40, 0.9), (80, 0.5)])
def test_hours_are_those_that_the_pacer_takes_to_five_percent(limit: int, share: float):
    """On a simulated clock against the sandbox's bucket, for more than ten minutes."""
    time, calls = [0.0], 1800
    bucket = LeakyBucket(Allowance(limit, 20), lambda: time[0])

    def sleep(seconds: float) -> None:
        time[0] += seconds

    pacer = BucketPacer(limit, 20, share, lambda: time[0], sleep)
    for _ in range(calls):
        pacer.acquire()
        assert not bucket.take()
        pacer.observe(200, {LEVEL_HEADER: bucket.header()}, 0.0)
    assert time[0] > 600
    assert Pace(limit / 20 * share).hours(calls) * 3600 == pytest.approx(time[0], rel=0.05)


def test_a_sample_that_was_slower_than_the_allowance_decides_and_a_faster_one_does_not():
    assert Pace(1.8, (50, 100.0)).real == 0.5
    assert Pace(1.8, (50, 10.0)).real == 1.8
    assert Pace(1.8, (0, 0.0)).real == 1.8


def test_what_saves_little_is_not_told():
    phases = [PhaseCalls("gorgias/tickets", 980, 980), PhaseCalls("gorgias/files", 20, 20)]
    told = " ".join(shorter(phases, Pace(1.8), 0.9, token=False))
    assert "FILES=later" not in told
    assert "GORGIAS_ACCESS_TOKEN" in told
    assert "FILES=later" in " ".join(shorter([*phases, PhaseCalls("gorgias/files", 900, 900)], Pace(1.8), 0.9, True))
