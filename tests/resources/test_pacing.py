"""The pacer against the sandbox's own leaky bucket, on a simulated clock: no waiting, no 429, nothing left unused."""

import heapq
import itertools
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.pacing import LEVEL_HEADER, BucketPacer, OwnLevel
from sandbox.gorgias.bucket import Allowance, LeakyBucket


class World:
    """Simulated time with one account's bucket, a paced client with latency, and another user of the account."""

    def __init__(self, limit: float = 40, window: float = 20, share: float = 0.9, **more: Any):
        self.time = 0.0
        self.bucket = LeakyBucket(Allowance(limit, window), lambda: self.time)
        self.pacer = BucketPacer(limit, window, share, lambda: self.time, self._sleep, **more)
        self.throttled: list[float] = []
        self.sent: list[float] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def _sleep(self, seconds: float) -> None:
        self.until(self.time + seconds)

    def at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), act))

    def until(self, moment: float) -> None:
        while self._events and self._events[0][0] <= moment:
            when, _, act = heapq.heappop(self._events)
            self.time = max(self.time, when)
            act()
        self.time = max(self.time, moment)

    def request(self, latency: float) -> None:
        """One paced request: it reaches the server half-way, and its answer is seen at the end."""
        self.pacer.acquire()
        left = self.time
        self.sent.append(left)

        def arrive() -> None:
            over = self.bucket.take()
            header = {LEVEL_HEADER: self.bucket.header()}
            if over:
                self.throttled.append(self.time)
                header["retry-after"] = str(int(over) + 1)
            status = 429 if over else 200
            self.at(left + latency, lambda: self.pacer.observe(status, header, latency))

        self.at(left + latency / 2, arrive)

    def other_client(self, per_second: float, seconds: float) -> None:
        for number in range(int(per_second * seconds)):
            self.at(number / per_second, self.bucket.take)


latencies = st.lists(st.floats(0.05, 0.3), min_size=1, max_size=20)


@given(
    latencies=latencies, share=st.floats(0.3, 1.0), limit=st.sampled_from([40, 80]), window=st.sampled_from([10, 20])
)
@settings(max_examples=40, deadline=None)
def test_alone_on_the_account_it_is_never_throttled_and_keeps_its_share_free(
    latencies: list[float], share: float, limit: int, window: int
):
    world = World(limit, window, share)
    for latency in itertools.islice(itertools.cycle(latencies), 300):
        world.request(latency)
    world.until(world.time + 1)
    assert world.throttled == []
    assert world.bucket.highest <= share * limit + 1


def test_it_uses_nearly_all_of_its_share():
    world = World(40, 2, 0.9)
    for number in range(800):
        world.request(0.05 + 0.25 * (number % 7) / 6)
    allowed = 0.9 * 40 + 0.9 * 20 * (world.sent[-1] - world.sent[0])
    assert world.throttled == []
    assert len(world.sent) >= 0.97 * allowed


def test_the_runs_of_a_process_keep_one_share_together():
    own, sent = OwnLevel(), 0
    world = World(40, 20, 0.9, own=own)
    for _ in range(6):
        for _ in range(40):
            world.request(0.1)
            sent += 1
        world.pacer = BucketPacer(40, 20, 0.9, lambda: world.time, world._sleep, own=own)
    assert sent <= 0.9 * (40 + 2 * world.time) + 1
    assert sent >= 0.97 * 0.9 * (40 + 2 * world.time)


def test_a_run_begins_with_the_allowance_that_the_account_told_the_run_before_it():
    own = OwnLevel()
    world = World(4000, 20, 0.9, own=own)
    world.pacer = BucketPacer(40, 20, 0.9, lambda: world.time, world._sleep, own=own)
    while len(world.sent) < 1000:
        world.request(0.01)
    before = world.time
    world.pacer = BucketPacer(40, 20, 0.9, lambda: world.time, world._sleep, own=own)
    world.request(0.01)
    assert world.time - before < 1


def test_after_a_pause_the_burst_is_used_at_once():
    world = World(40, 20, 0.9)
    world.request(0.1)
    world.until(60)
    taken, wait = world.pacer.try_acquire(100)
    assert (taken, wait) == (30, 0.0)
    taken, wait = world.pacer.try_acquire(100)
    assert taken == 0
    assert 0 < wait <= 1 / (0.9 * 2) + 0.01


def test_at_night_on_a_quiet_account_the_whole_share_is_used_at_once():
    world = World(40, 20, 0.9)
    while world.time < 3600:
        world.request(0.1)
    world.until(world.time + 60)
    assert world.pacer.try_acquire(100)[0] == 36


def test_a_reserve_stays_free_however_quiet_the_account_is():
    world = World(40, 20, 0.9, reserve=lambda size: 10)
    while world.time < 3600:
        world.request(0.1)
    world.until(world.time + 60)
    assert world.pacer.try_acquire(100)[0] == 30


def test_a_reserve_larger_than_the_bucket_slows_down_and_stops_nothing():
    world = World(40, 20, 0.9, reserve=lambda size: 99)
    for _ in range(50):
        world.request(0.1)
    assert world.time < 60


@pytest.mark.parametrize(
    ("burst", "every", "after", "jitter"),
    [(7, 10, 0, 0), (7, 10, 600, 0), (7, 10, 3600, 0), (7, 10, 0, 0.5), (12, 20, 0, 0), (15, 60, 3600, 0)],
)
def test_bursts_of_a_live_helpdesk_find_room_and_what_they_leave_is_used(
    burst: int, every: float, after: float, jitter: float
):
    """A share of 0.9 alone left them 4 places, and a third of such bursts was refused."""
    world, refused, sent = World(40, 20, 0.9), [], []
    chance, moment = random.Random(1), after

    def ask() -> None:
        sent.append(world.time)
        if world.bucket.take():
            refused.append(world.time)

    while moment < after + 600:
        for _ in range(burst):
            world.at(moment, ask)
        moment += every * (1 + jitter * chance.uniform(-1, 1))
    while world.time < after + 600:
        world.request(chance.uniform(0.05, 0.3))
    own = sum(1 for one in world.sent if after + 5 <= one < after + 600)
    assert len(refused) <= 0.01 * len(sent)
    assert own >= 0.9 * min(1190 - len(sent), 0.9 * 1190)
    assert len(world.throttled) <= 1


def test_before_the_first_answer_only_one_request_leaves():
    world = World()
    assert world.pacer.try_acquire(16)[0] == 1
    assert world.pacer.try_acquire(16)[0] == 0


def test_it_makes_room_for_others_on_the_account():
    world = World(40, 2, 0.9)
    world.other_client(per_second=20 / 3, seconds=60)
    while world.time < 40:
        world.request(0.1)
    late = [moment for moment in world.throttled if moment > 3]
    own = sum(1 for moment in world.sent if 5 <= moment < 40) / 35
    assert late == []
    assert own >= 0.9 * min(20 * 2 / 3, 0.9 * 20)


def test_a_429_holds_everyone_for_the_time_that_it_names():
    world = World()
    world.request(0.1)
    world.until(30)
    world.pacer.observe(429, {"retry-after": "7"}, 0.1)
    assert world.pacer.try_acquire() == (0, pytest.approx(7))
    world.request(0.1)
    assert world.sent[-1] == pytest.approx(37, abs=0.1)
    assert world.pacer.throttled == 1


def test_a_429_without_a_time_holds_longer_each_time():
    world = World()
    world.until(30)
    holds = []
    for _ in range(3):
        world.pacer.observe(429, {}, 0.1)
        holds.append(world.pacer.try_acquire()[1])
        world.until(world.time + holds[-1] + 0.2)
    assert holds == [pytest.approx(1), pytest.approx(2), pytest.approx(4)]
    world.pacer.observe(200, {LEVEL_HEADER: "0/40"}, 0.1)
    world.pacer.observe(429, {}, 0.1)
    assert world.pacer.try_acquire()[1] == pytest.approx(1)


def test_the_limit_that_an_answer_names_is_believed():
    world = World(40, 20)
    world.until(30)
    world.pacer.observe(200, {LEVEL_HEADER: "4/80"}, 0.1)
    assert world.pacer.size == 80
    assert world.pacer.try_acquire(100)[0] == 56


def test_requests_that_left_at_once_are_counted_until_they_are_answered():
    """The first answer of a burst tells a level that the others have not reached yet."""
    world = World()
    world.until(30)
    world.pacer.observe(200, {LEVEL_HEADER: "0/40"}, 0.1)
    assert world.pacer.try_acquire(16)[0] == 16
    world.until(30.1)
    world.pacer.observe(200, {LEVEL_HEADER: "1/40"}, 0.1)
    assert world.pacer.try_acquire(100)[0] == 14


def test_an_answer_that_comes_late_does_not_undo_a_newer_one():
    world = World()
    world.until(30)
    world.pacer.observe(200, {LEVEL_HEADER: "20/40"}, 0.0)
    world.pacer.observe(200, {LEVEL_HEADER: "1/40"}, 5.0)
    assert world.pacer.try_acquire(100)[0] == 10


def test_threads_together_get_no_more_than_one_would():
    pacer = BucketPacer(40, 20, 0.9, clock=lambda: 100.0)
    pacer.observe(200, {LEVEL_HEADER: "0/40"}, 0.0)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: pacer.try_acquire(9)[0], range(8)))
    assert sum(taken) == 30
