"""When a courier will be where: never in the past, never out of order, smooth, and learnt from what was driven."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import pytest
from eta_on_rounds import replay
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstepd.live.position import Outlook, Position, pack, pack_outlooks, unpack
from doorstepd.positions.areas import Areas
from doorstepd.positions.eta import (
    NEXT_STOPS,
    Ahead,
    Estimate,
    estimate,
    in_order,
    settle,
)
from doorstepd.positions.forecast import EVERY_S, Forecast
from doorstepd.positions.legs import USUAL, Habits, Leg, learn
from doorstepd.positions.pace import Pace, Stands, Today, pace_from_list
from doorstepd.replay.rounds import find_rounds, read_round

NOW = 1.8e9
NEAR = st.floats(-0.05, 0.05)
STOPS = st.lists(st.tuples(NEAR, NEAR, st.none() | st.integers(1, 30)), max_size=40)


def ahead(rows):
    return [Ahead(f"p{n}", 31.2 + lat, 121.4 + lng, sequence) for n, (lat, lng, sequence) in enumerate(rows)]


@settings(deadline=None)
@given(STOPS, st.floats(0.4, 2.5), st.none() | st.floats(0.0, 1800.0), st.booleans())
def test_nothing_is_expected_in_the_past_or_before_the_stop_before_it(rows, factor, stand_s, stands):
    order = in_order(ahead(rows), 31.2, 121.4)
    found = estimate(order, 31.2, 121.4, NOW, USUAL, Today(factor, stand_s), stands)
    expected = [found[one.parcel_id].expected for one in order]
    assert expected == sorted(expected)
    for one in found.values():
        assert NOW <= one.earliest <= one.expected <= one.latest
        assert one.metres >= 0.0


@settings(deadline=None)
@given(STOPS)
def test_the_order_of_the_round_comes_first_and_no_stop_twice(rows):
    stops = ahead(rows)
    order = in_order(reversed(stops), 31.2, 121.4)
    assert order == in_order(stops, 31.2, 121.4)
    assert len(order) == len({one.parcel_id for one in order}) == min(NEXT_STOPS, len(stops))
    placed = [one.sequence for one in order if one.sequence is not None]
    assert placed == sorted(placed)
    assert all(one.sequence is None for one in order[len(placed) :])


def test_the_stops_ahead_are_the_open_ones_before_it_in_the_round():
    stops = [
        Ahead("a", 31.2, 121.4, 3),
        Ahead("b", 31.21, 121.4, 5),
        Ahead("c", 31.21, 121.4, 5),
        Ahead("d", 31.22, 121.4, 9),
    ]
    found = estimate(stops, 31.19, 121.4, NOW, USUAL, Today())
    assert [found[name].stops_ahead for name in "abcd"] == [0, 1, 1, 3]


def test_the_way_is_that_by_the_stops_before():
    stops = [Ahead("a", 31.2, 121.4, 1), Ahead("b", 31.19, 121.4, 2)]
    found = estimate(stops, 31.19, 121.4, NOW, USUAL, Today())
    assert found["b"].metres == pytest.approx(2 * found["a"].metres)


@settings(deadline=None)
@given(st.floats(20, 300), st.floats(0.06, 1.0), st.lists(st.floats(20, 3000), min_size=60, max_size=60))
def test_what_legs_take_is_learnt_within_a_tenth(stop_s, metre_s, metres):
    short = [Leg(20.0 + n, stop_s + metre_s * (20.0 + n)) for n in range(30)]
    legs = short + [Leg(one, stop_s + metre_s * one) for one in metres]
    habits = learn(legs)
    said, took = sum(habits.of(leg.metres) for leg in legs), sum(min(leg.seconds, 1800.0) for leg in legs)
    assert said == pytest.approx(took, rel=0.1)


def test_a_few_long_breaks_change_little():
    usual = [Leg(100.0 + 10 * (n % 50), 90.0 + 20.0 * (n % 5)) for n in range(200)]
    calm, broken = learn(usual), learn([*usual, *[Leg(300.0, 6 * 3600.0)] * 4])
    assert broken.of(400.0) <= 1.4 * calm.of(400.0)


def test_signatures_that_were_all_told_at_once_teach_nothing():
    usual = [Leg(100.0 + 10 * (n % 50), 90.0 + 20.0 * (n % 5)) for n in range(200)]
    assert learn([*usual, *[Leg(445.0, 0.004)] * 100, *[Leg(900.0, 12.0)] * 100]) == learn(usual)


@pytest.mark.parametrize(
    "legs", [[], [Leg(500.0, 100.0)] * 19, [Leg(0.0, 50.0)] * 100, [Leg(500.0, -3.0)] * 100, [Leg(445.0, 0.004)] * 100]
)
def test_little_known_is_the_usual(legs):
    assert learn(legs) == USUAL


def test_an_area_has_its_own_habits_and_others_the_merchants():
    slow = [(31.2, 121.4, Leg(100.0 + n, 600.0)) for n in range(40)]
    quick = [(30.1, 120.4, Leg(100.0 + n, 60.0)) for n in range(80)]
    areas = Areas([*slow, *quick])
    assert areas.at(31.2, 121.4).of(100.0) > 3 * areas.at(30.1, 120.4).of(100.0)
    assert areas.at(30.1, 120.4).of(100.0) < areas.at(10.0, 10.0).of(100.0) < areas.at(31.2, 121.4).of(100.0)
    assert Areas().at(31.2, 121.4) == USUAL


def test_a_slow_courier_is_expected_later_and_the_pace_survives_a_restart():
    pace = Pace()
    for n in range(12):
        pace.served(31.2 + 0.005 * n, 121.4, NOW + 1500.0 * n, USUAL)
    assert 1.5 < pace.today(USUAL).factor <= 2.5
    assert pace_from_list(pace.to_list()).today(USUAL) == pace.today(USUAL)


def test_who_stands_longer_for_each_place_is_expected_later():
    stops = [Ahead(f"p{n}", 31.2 + 0.002 * n, 121.4, n) for n in range(8)]
    brisk, slow = (estimate(stops, 31.19, 121.4, NOW, USUAL, Today(1.0, stand_s)) for stand_s in (40.0, 300.0))
    assert all(brisk[one.parcel_id].expected < slow[one.parcel_id].expected for one in stops)


def test_a_stand_counts_from_its_beginning_once_it_lasts_and_a_drive_does_not():
    stands = Stands()
    for second in range(0, 300, 10):
        stands.see(31.2, 121.4, NOW + second)
    for second in range(300, 600, 10):
        stands.see(31.2 + 0.0008 * (second - 290) / 10, 121.4, NOW + second)
    assert stands.total_s == 290.0
    assert not stands.see(31.3, 121.4, NOW + 600)


def test_a_fix_from_before_the_last_one_changes_no_stand():
    stands = Stands()
    for second in (0, 60, 30, 60, 0):
        stands.see(31.2, 121.4, NOW + second)
    assert stands.total_s == 60.0


def test_of_a_leg_that_nobody_saw_what_he_did_not_drive_he_stood():
    pace = Pace()
    pace.served(31.2, 121.4, NOW, USUAL)
    pace.served(31.21, 121.4, NOW + 600.0, USUAL)
    assert pace.stands.total_s == pytest.approx(600.0 - 1109.0 / 4.0, abs=2.0)


def test_a_stop_signed_for_twice_or_late_teaches_nothing():
    pace = Pace()
    assert pace.served(31.2, 121.4, NOW, USUAL) is None
    assert pace.served(31.2, 121.4, NOW + 60, USUAL) is None
    assert pace.served(31.3, 121.4, NOW - 60, USUAL) is None
    assert pace.today(USUAL).factor == 1.0


def test_what_is_shown_moves_smoothly_unless_a_stop_was_served():
    shown, raw = Estimate(NOW, NOW + 600, NOW + 900, 1.0, 4), Estimate(NOW, NOW + 1200, NOW + 1900, 1.0, 4)
    soon = settle(shown, raw, 15.0, NOW)
    assert shown.expected < soon.expected < shown.expected + 0.3 * 600
    assert settle(shown, raw, 600.0, NOW).expected == pytest.approx(raw.expected, abs=1.0)
    served = Estimate(NOW, NOW + 1200, NOW + 1900, 1.0, 3)
    assert settle(shown, served, 15.0, NOW) == served


@settings(deadline=None)
@given(st.floats(-3600, 7200), st.floats(0, 7200), st.floats(-10, 1e5))
def test_settling_never_shows_the_past(before, after, since):
    shown = Estimate(NOW + before - 10, NOW + before, NOW + before + 10, 0.0, 1)
    one = settle(shown, Estimate(NOW, NOW + after, NOW + 2 * after, 0.0, 1), since, NOW)
    assert NOW <= one.earliest <= one.expected <= one.latest


def test_a_forecast_is_looked_at_four_times_a_minute_and_when_stops_change():
    forecast = Forecast()
    forecast.take_stops(ahead([(0.01, 0.0, 1), (0.02, 0.0, 2)]))
    assert forecast.move(31.2, 121.4, NOW, NOW)
    assert not forecast.move(31.2, 121.4, NOW + 5, NOW + 5)
    assert forecast.move(31.2, 121.4, NOW + EVERY_S, NOW + EVERY_S)
    forecast.take_stops(ahead([(0.01, 0.0, 1)]))
    assert forecast.move(31.2, 121.4, NOW + 16, NOW + 16)
    assert set(forecast.shown) == {"p0"}


def test_what_is_due_comes_nearest_first():
    forecast = Forecast()
    forecast.take_stops(ahead([(0.3, 0.0, 3), (0.01, 0.0, 1), (0.02, 0.0, 2)]))
    forecast.move(31.2, 121.4, NOW, NOW)
    assert forecast.within(3600.0, NOW) == ["p1", "p2"]


def test_only_news_is_recorded():
    forecast = Forecast()
    forecast.take_stops(ahead([(0.01, 0.0, 1)]))
    forecast.move(31.2, 121.4, NOW, NOW)
    assert set(forecast.to_record(NOW)) == {"p0"}
    assert forecast.to_record(NOW + 10) == {}
    assert forecast.to_record(NOW + 400) == {}


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=20),
        st.tuples(*[st.integers(0, 60_000)] * 2, st.none() | st.integers(0, 900), st.integers(0, 60_000)),
        max_size=20,
    )
)
def test_an_outlook_arrives_as_it_was_sent(rows):
    sent = {
        name: Outlook(NOW - sooner, NOW, NOW + later, left, 10.0 * tens)
        for name, (sooner, later, left, tens) in rows.items()
    }
    position = Position(
        "c",
        7,
        NOW,
        NOW,
        31.2,
        121.4,
        doors_near=1,
        doors_of=b"12345678",
        outlooks=pack_outlooks(sent),
        resting=True,
        next_m=123.4,
    )
    found = unpack(pack(position))
    assert found == position
    assert {name: found.outlook(name) for name in sent} == sent
    assert found.outlook("somebody else's") is None


def test_on_recorded_rounds_it_is_nearer_than_a_guess_by_speed():
    data = Path(__file__).parents[1] / "data" / "replay" / "scenarios"
    judged = [
        row for path in find_rounds([data])[:6] for row in replay(read_round(path), Habits())[1] if row[0] <= 3600
    ]
    ours, straight = (sorted(abs(row[column]) for row in judged)[len(judged) // 2] for column in (1, 3))
    assert len(judged) > 5000
    assert ours < 0.75 * straight
