"""Recorded rounds and their timetables."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.demo.rounds import FASTEST_MPS, NAMES, Moment, load, timetable
from doorstepd.positions.distance import haversine_m


@st.composite
def recordings(draw: st.DrawFn) -> list[Moment]:
    seconds, lat, lng = 0.0, 31.0, 121.0
    moments = [Moment(seconds, lat, lng)]
    for _ in range(draw(st.integers(1, 30))):
        seconds += draw(st.floats(0.5, 90.0))
        lat += draw(st.floats(-0.003, 0.003))
        lng += draw(st.floats(-0.003, 0.003))
        moments.append(Moment(seconds, lat, lng))
    return moments


@given(recordings())
def test_at_speed_one_a_round_is_played_as_recorded(moments: list[Moment]) -> None:
    assert timetable(moments, 1.0) == pytest.approx([one.seconds for one in moments])


@given(recordings(), st.floats(1.0, 60.0))
def test_a_faster_round_is_never_slower_than_recorded(moments: list[Moment], speed: float) -> None:
    due = timetable(moments, speed)
    assert all(
        later - sooner <= after.seconds - before.seconds + 1e-9
        for (sooner, later), (before, after) in zip(pairwise(due), pairwise(moments), strict=True)
    )


@given(recordings(), st.floats(1.0, 60.0))
def test_no_leg_is_played_faster_than_recorded_and_allowed(moments: list[Moment], speed: float) -> None:
    due = timetable(moments, speed)
    for (sooner, later), (before, after) in zip(pairwise(due), pairwise(moments), strict=True):
        metres = haversine_m(before.lat, before.lng, after.lat, after.lng)
        recorded = metres / (after.seconds - before.seconds)
        assert metres <= max(FASTEST_MPS, recorded) * (later - sooner) * (1 + 1e-9)


@given(recordings(), st.floats(0.1, 1.0))
def test_a_slower_round_takes_its_whole_time(moments: list[Moment], speed: float) -> None:
    assert timetable(moments, speed)[-1] == pytest.approx(moments[-1].seconds / speed)


@pytest.mark.parametrize("name", NAMES)
def test_a_round_is_in_order_and_each_door_is_beside_the_way(name: str) -> None:
    recorded = load(name)
    assert all(before.seconds < after.seconds for before, after in pairwise(recorded.moments))
    assert all(before.done < after.done for before, after in pairwise(recorded.doors))
    for door in recorded.doors:
        there = recorded.moments[door.done]
        assert haversine_m(door.lat, door.lng, there.lat, there.lng) < 60


@pytest.mark.parametrize("name", NAMES)
def test_the_courier_sets_out_beyond_a_kilometre_of_the_door_that_rings(name: str) -> None:
    recorded = load(name)
    door, start = recorded.doors[recorded.bell], recorded.moments[0]
    assert haversine_m(door.lat, door.lng, start.lat, start.lng) > 985
