"""The phone's clock: how far it is off is learnt from lags, and a late batch is not taken for a wrong clock."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.positions.clock import PhoneClock

NOON = 1_790_000_000.0


def reports(clock, error_s, start, count, every=10.0, lags=(1.0,)):
    for n in range(count):
        sent = NOON + start + n * every
        clock.observe(sent + error_s, sent + lags[n % len(lags)])


@pytest.mark.parametrize("error", [-7200.0, -90.0, -35.0, 0.0, 35.0, 90.0, 7200.0])
def test_a_wrong_clock_is_known_after_three_reports(error):
    clock = PhoneClock()
    reports(clock, error, 0, 3)
    assert clock.offset_s == pytest.approx(1.0 - error)


@pytest.mark.parametrize("error", [-90.0, 0.0, 90.0])
@pytest.mark.parametrize("later", [-7200.0, -60.0, 60.0, 7200.0])
def test_a_clock_that_is_set_midway_is_followed(error, later):
    clock = PhoneClock()
    reports(clock, error, 0, 20)
    reports(clock, error + later, 200, 3)
    assert clock.offset_s == pytest.approx(1.0 - error - later)


@pytest.mark.parametrize("later", [-7200.0, -60.0, 60.0, 7200.0])
def test_it_tells_once_by_how_much_a_clock_was_set(later):
    clock = PhoneClock()
    reports(clock, 0.0, 0, 20)
    told = [clock.observe(NOON + second + later, NOON + second + 1) for second in range(200, 260, 10)]
    assert [moved for moved in told if moved] == [pytest.approx(-later)]


def test_the_shortest_journey_tells_most():
    clock = PhoneClock()
    reports(clock, 0.0, 0, 12, lags=(9.0, 25.0, 2.0, 14.0))
    assert clock.offset_s == pytest.approx(2.0)


def test_a_batch_held_back_is_late_and_moves_no_clock():
    clock = PhoneClock()
    reports(clock, 0.0, 0, 10)
    for n in range(100):
        clock.observe(NOON + 100 + n * 10, NOON + 1200 + n * 0.05)
    assert clock.offset_s == pytest.approx(1.0)


def test_one_report_from_next_year_moves_nothing():
    clock = PhoneClock()
    reports(clock, 0.0, 0, 10)
    clock.observe(NOON + 31_536_000, NOON + 101)
    clock.observe(0.0, NOON + 102)
    assert clock.offset_s == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(-2e5, 2e5), st.floats(0, 100)), max_size=40), st.integers(0, 40))
def test_a_clock_written_down_midway_goes_on_the_same(steps, cut):
    whole, first = PhoneClock(), PhoneClock()
    now, times = NOON, []
    for lag, gap in steps:
        now += gap
        times.append((now - lag, now))
    told = [whole.observe(*pair) for pair in times]
    part = [first.observe(*pair) for pair in times[:cut]]
    second = PhoneClock.from_dict(json.loads(json.dumps(first.to_dict())))
    assert part + [second.observe(*pair) for pair in times[cut:]] == told
    assert second.offset_s == whole.offset_s
