"""The track: ordered, without repeats, and neither led astray by wrong fixes nor locked out by one that it believed."""

import json
import random
from dataclasses import replace
from itertools import chain
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phone import NOON, drive, place_of, report

from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix, Rejection
from doorstepd.positions.track import Track


def trusted(taken):
    return [fix for one in taken for fix in one.trusted]


def test_the_first_fix_waits_for_a_second_that_bears_it_out():
    track = Track()
    assert track.take(report(0)).trusted == ()
    second = track.take(report(10, east=50))
    assert [place_of(fix) for fix in second.trusted] == [(0, 0), (50, 0)]
    assert second.moves_dot


def test_a_repeat_is_told_apart_however_late_it_comes():
    track = Track()
    drive(track, 0, 300)
    again = report(50, east=250)
    late = RawFix(again.lat, again.lng, again.datum, again.event_time, NOON + 900, accuracy_m=5.0)
    assert track.take(late).rejection is Rejection.DUPLICATE


def test_an_overtaken_fix_moves_nothing_and_is_a_witness():
    track = Track()
    drive(track, 0, 100)
    taken = track.take(report(85, east=425, lag=20))
    assert taken.rejection is Rejection.OUT_OF_ORDER
    assert not taken.moves_dot
    assert taken.witness is taken.fix


def test_an_old_fix_is_kept_for_the_track_and_moves_no_dot():
    track = Track()
    drive(track, 0, 100)
    taken = track.take(report(200, east=1000, lag=400))
    assert taken.rejection is None
    assert not taken.moves_dot


@pytest.mark.parametrize("run", [1, 5, 9])
@pytest.mark.parametrize("away", [1_000.0, 4_000.0, 15_000.0])
def test_a_leap_with_a_good_accuracy_is_set_aside_for_as_long_as_it_lasts(away, run):
    track = Track()
    drive(track, 0, 300)
    leaps = [track.take(report(300 + 10 * n, east=away, north=away, speed_mps=4.0)) for n in range(run)]
    assert trusted(leaps) == []
    assert {one.rejection for one in leaps} == {Rejection.IMPLAUSIBLE_SPEED}
    back = track.take(report(300 + 10 * run, east=1500 + 50 * run))
    assert back.rejection is None


def test_a_first_fix_that_was_a_leap_does_not_lock_the_truth_out():
    track = Track()
    track.take(report(-10, east=9_000, north=3_000))
    taken = drive(track, 0, 30)
    assert [place_of(fix) for fix in trusted(taken)] == [(0, 0), (50, 0), (100, 0)]


def test_what_is_borne_out_for_two_minutes_becomes_the_track():
    track = Track()
    drive(track, 0, 300)
    elsewhere = [track.take(report(300 + 10 * n, north=8_000 + 10 * n)) for n in range(14)]
    assert elsewhere[5].rejection is Rejection.IMPLAUSIBLE_SPEED
    assert elsewhere[-1].rejection is None
    assert place_of(track.newest) == (0, 8_130)


def test_a_place_that_stands_still_while_the_phone_drives_never_becomes_the_track():
    track = Track()
    drive(track, 0, 300)
    stuck = [track.take(report(300 + 10 * n, north=8_000, speed_mps=6.0)) for n in range(40)]
    assert trusted(stuck) == []


def test_out_of_a_tunnel_the_track_goes_on_at_once_though_the_phone_repeated_its_mouth():
    track = Track()
    drive(track, 0, 300, speed=15.0, speed_mps=15.0)
    inside = [track.take(report(300 + 10 * n, east=4500, speed_mps=15.0)) for n in range(10)]
    outside = [track.take(report(400 + 10 * n, east=6000 + 150 * n, speed_mps=15.0)) for n in range(3)]
    assert place_of(inside[-1].fix) == (4500, 0)
    assert [place_of(fix) for fix in trusted(outside[:2])] == [(6000, 0), (6150, 0)]


def test_a_guess_from_masts_is_set_aside():
    track = Track()
    drive(track, 0, 300)
    assert track.take(report(300, east=1_700, accuracy_m=1_500.0)).rejection is Rejection.UNCERTAIN


def test_a_phone_that_is_always_coarse_is_used_as_it_is():
    track = Track()
    taken = drive(track, 0, 600, accuracy_m=400.0)
    assert taken[-1].rejection is None


def test_a_long_silence_lets_him_be_far_away():
    track = Track()
    drive(track, 0, 300)
    first, second = track.take(report(1500, east=13_000)), track.take(report(1510, east=13_050))
    assert trusted([first, second])[-1] is second.fix


def test_scatter_that_the_phone_denies_is_noticed():
    track, chance = Track(), random.Random(1)
    for second in range(0, 1200, 10):
        track.take(report(second, second * 5 + chance.gauss(0, 30), chance.gauss(0, 30), accuracy_m=5.0))
    assert 25.0 < track.newest.accuracy_m < 90.0


@pytest.mark.parametrize("clock", [-7200.0, -90.0, 90.0, 7200.0])
def test_a_wrong_clock_does_not_make_fresh_fixes_old(clock):
    taken = drive(Track(), 0, 100, clock=clock)
    assert all(one.moves_dot for one in taken[4:])


def test_a_clock_set_back_midway_does_not_stop_the_track():
    track = Track()
    drive(track, 0, 300, clock=90.0)
    taken = drive(track, 300, 400)
    assert all(one.moves_dot for one in taken[2:])


def test_times_before_the_phone_was_built_and_after_it_is_scrap_are_refused():
    track = Track()
    drive(track, 0, 100)
    ancient = RawFix(31.2, 121.5, Datum.WGS84, 0.0, NOON + 101)
    coming = RawFix(31.2, 121.5, Datum.WGS84, NOON + 2.3e9, NOON + 102)
    assert track.take(ancient).rejection is Rejection.TOO_OLD
    assert track.take(coming).rejection is Rejection.FROM_THE_FUTURE


def test_three_hundred_kilometres_an_hour_is_nobodys_speed():
    taken = drive(Track(), 0, 600, speed=83.0)
    assert trusted(taken) == []


WILD = st.sampled_from([nan, inf, -inf, 0.0, -1.0, 90.0, -90.0, 91.0, 180.0, -180.0, 180.0001, 1e9, 1e308, 5.0])
TIMES = st.one_of(st.floats(NOON - 600, NOON + 600), st.sampled_from([0.0, 4.1e9, nan, inf, -1e300]))
HINT = st.one_of(st.none(), WILD, st.floats(0, 300))
REPORT = st.builds(
    RawFix,
    st.one_of(WILD, st.floats(30.9, 31.5)),
    st.one_of(WILD, st.floats(121.0, 121.9)),
    st.one_of(st.none(), st.sampled_from(Datum)),
    TIMES,
    st.floats(NOON, NOON + 600),
    HINT,
    HINT,
    HINT,
)


@given(st.lists(REPORT, max_size=30))
def test_no_numbers_break_it(reports):
    track = Track()
    for raw in sorted(reports, key=lambda one: one.receive_time):
        taken = track.take(raw)
        assert (taken.fix is None) <= (taken.rejection is not None)
        assert not taken.moves_dot or taken.trusted
        assert all(-90 <= fix.lat <= 90 for fix in taken.trusted)


@settings(max_examples=60)
@given(st.lists(REPORT, max_size=25), st.integers(0, 25), st.randoms(use_true_random=False))
def test_a_track_written_down_midway_goes_on_the_same(wild, cut, chance):
    even = [report(10 * n, east=50 * n, lag=chance.uniform(0.3, 20)) for n in range(20)]
    steps = sorted(chain(wild, even), key=lambda one: one.receive_time)
    whole, first = Track(), Track()
    expected = [whole.take(raw) for raw in steps]
    part = [first.take(raw) for raw in steps[:cut]]
    second = Track.from_dict(json.loads(json.dumps(first.to_dict())))
    assert [*map(told, part), *(told(second.take(raw)) for raw in steps[cut:])] == [*map(told, expected)]


@pytest.mark.parametrize("cut", range(0, 50, 3))
def test_rivals_are_remembered_by_the_next_process(cut):
    steps = [report(10 * n, east=50 * n) for n in range(20)]
    steps += [report(200 + 10 * n, north=8_000 + 10 * n) for n in range(30)]
    whole, track = Track(), Track()
    expected = [told(whole.take(raw)) for raw in steps]
    part = [told(track.take(raw)) for raw in steps[:cut]]
    track = Track.from_dict(json.loads(json.dumps(track.to_dict())))
    assert part + [told(track.take(raw)) for raw in steps[cut:]] == expected


def told(taken):
    """All but the raw reports, whose impossible hints are not written down."""
    fixes = [(fix.lat, fix.lng, fix.fix_time, fix.accuracy_m, fix.speed_mps) for fix in taken.trusted]
    return taken.rejection, taken.moves_dot, taken.witness is None, fixes


@pytest.mark.parametrize(("decimals", "worse_than_m"), [(3, 150.0), (4, 15.0)])
def test_a_phone_that_cuts_its_degrees_is_taken_to_be_as_bad_as_that_once_it_is_a_habit(decimals, worse_than_m):
    track = Track()
    cut = [RawFix(31.0 + n * 10.0**-decimals, 121.0 + 10.0**-decimals, *rest) for n, rest in enumerate(reports(20))]
    cut = [replace(raw, lat=round(raw.lat, decimals), lng=round(raw.lng, decimals)) for raw in cut]
    taken = [track.take(raw).fix.accuracy_m for raw in cut]
    assert max(taken[:8]) < 15.0
    assert min(taken[9:]) >= worse_than_m


def test_one_round_place_said_again_and_again_is_no_habit():
    track = Track()
    taken = [track.take(RawFix(31.2, 121.5, *rest)).fix.accuracy_m for rest in reports(20)]
    assert max(taken) < 15.0


def reports(count):
    """Datum, times and accuracy of so many reports, one in 20 s."""
    return [(Datum.WGS84, NOON + 20.0 * n, NOON + 20.0 * n + 1.0, 5.0) for n in range(count)]
