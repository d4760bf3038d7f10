"""The share of its account that a shop of many uses: all of it at full pace, less where it is slower."""

import pytest

from benchmarks.allowance_share import RATE, ROOM
from benchmarks.shops import Shop


def used(times: list[float]) -> tuple[float, float, float]:
    _, _, of_all, without_idle, idle = Shop("shop1", None, times).used()  # type: ignore[arg-type]
    return float(of_all.rstrip("%")), float(without_idle.rstrip("%")), idle


def full_pace(begun: float, calls: int) -> list[float]:
    """A burst, then a call as soon as there is room for it."""
    burst = round(ROOM)
    return [begun] * burst + [begun + number / RATE for number in range(1, calls - burst + 1)]


def test_full_pace_is_all_of_it():
    assert used(full_pace(0, 200)) == pytest.approx((100, 100, 0), abs=1)


def test_half_the_pace_is_half_of_it():
    times = [number * 2 / RATE for number in range(400)]
    of_all, without_idle, idle = used(times)
    assert of_all == without_idle == pytest.approx(48, abs=2)
    assert idle == 0


def test_a_stretch_without_work_counts_as_the_bucket_that_it_fills():
    first = full_pace(0, 200)
    times = [*first, *full_pace(first[-1] + 100, 200)]
    of_all, without_idle, idle = used(times)
    assert of_all < 80
    assert without_idle == pytest.approx(100, abs=1)
    assert idle == pytest.approx(100, abs=1)
