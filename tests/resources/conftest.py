"""The two pacers on a clock that moves when somebody sleeps, and servers that answer as a test says."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sleeping_clock import Clock
from small_servers import Speak, speaking

from resources.pacing import BucketPacer, SteadyPacer


@pytest.fixture
def speaker() -> Iterator[Callable[[Speak], str]]:
    """Serves whatever a function says, at the address that it gives."""
    with ExitStack() as stack:
        yield lambda speak: stack.enter_context(speaking(speak))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bucket(clock: Clock) -> BucketPacer:
    return BucketPacer(40, 20.0, clock=clock, sleep=clock.sleep)


@pytest.fixture
def steady(clock: Clock) -> SteadyPacer:
    return SteadyPacer(8, clock=clock, sleep=clock.sleep)
