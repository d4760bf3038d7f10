"""The two pacers, on a clock that moves when somebody sleeps."""

import pytest
from turned_clock import TurnedClock

from resources.pacing import BucketPacer, SteadyPacer


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def bucket(clock: TurnedClock) -> BucketPacer:
    return BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)


@pytest.fixture
def steady(clock: TurnedClock) -> SteadyPacer:
    return SteadyPacer(8, clock=clock, sleep=clock.sleep)
