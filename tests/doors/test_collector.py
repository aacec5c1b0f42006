"""What a full collection walks, and when it walks everything."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.doors.collector import LATEST_S, MUCH, SOONEST_S, Collector


class Circle:
    """Something that only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    collector = Collector(clock)
    collector.begin()
    yield clock
    collector.end()


def left_behind() -> weakref.ref[Circle]:
    """A circle that was in use when a full collection came, and is no longer."""
    circle = Circle()
    gc.collect()
    return weakref.ref(circle)


def test_what_was_in_use_is_set_aside(clock: Clock) -> None:
    circle = left_behind()
    assert gc.get_freeze_count() > 1000
    gc.collect()
    assert circle() is not None


def test_what_came_since_is_walked(clock: Clock) -> None:
    gc.collect()
    circle = weakref.ref(Circle())
    gc.collect()
    assert circle() is None


def test_once_in_a_while_everything_is_walked(clock: Clock) -> None:
    circle = left_behind()
    clock.now = SOONEST_S - 1
    gc.collect()
    assert circle() is not None
    clock.now = SOONEST_S
    gc.collect()
    assert circle() is None


def test_in_the_end_python_walks_everything_by_itself() -> None:
    collector = Collector()
    collector.begin()
    circle = left_behind()
    collector.end()
    gc.collect()
    assert circle() is None


@given(found=st.lists(st.sampled_from([0, MUCH, MUCH + 1, 10 * MUCH])))
def test_the_more_is_found_the_sooner_it_is_walked_again(found: list[int]) -> None:
    clock = Clock()
    collector = Collector(clock)
    pause = SOONEST_S
    try:
        for collected in found:
            clock.now += pause
            collector._heed("start", {"generation": 2})
            collector._heed("stop", {"generation": 2, "collected": collected})
            pause = max(SOONEST_S, pause / 2) if collected > MUCH else min(LATEST_S, pause * 2)
            assert SOONEST_S <= collector._due - clock.now == pause <= LATEST_S
    finally:
        gc.unfreeze()
