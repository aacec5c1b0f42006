"""A round's state is written in two parts, one of them seldom; whoever reads them goes on without losing a ring."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "reminders"))

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import LAT, LNG, NOON, PER_LAT, PER_LNG, stop

from doorstepd.intake import decisions, round_state
from doorstepd.intake.round_state import Kept
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix
from doorstepd.positions.forecast import Forecast
from doorstepd.positions.rest import Rest
from doorstepd.positions.track import Track
from doorstepd.reminders.bell import COURIER_NEAR, CourierBell, Ring
from doorstepd.reminders.reason import Cause, Reason
from doorstepd.reminders.stop import DEFAULT_GATE, PLAIN

METRES = st.floats(-3000, 3000)
STEPS = st.lists(st.tuples(st.floats(1, 40), st.floats(-250, 250), st.floats(-250, 250)), min_size=5, max_size=40)
DOORS = st.lists(st.tuples(METRES, METRES, st.sampled_from([PLAIN, DEFAULT_GATE])), min_size=1, max_size=6)


class Process:
    """A round's track and bell, and its plan as it was last written."""

    def __init__(self, doors):
        self.track, self.bell, self.walked = Track(), CourierBell(), ()
        for number, (north, east, gate) in enumerate(doors):
            self.bell.open(stop(f"P{number}", 1, north, east, 1000.0, number + 1, gate), NOON - 60)
        self.rang = []
        self.write_plan()

    def write_plan(self):
        self.plan, self.walked = round_state.plan(self.track, self.bell, Forecast()), ()

    def take(self, raw):
        taken = self.track.take(raw)
        self.walked = (*self.walked, *taken.trusted)[-2:]
        rings = self.bell.take(taken, raw.receive_time)
        self.rang += [ring.parcel_id for ring in rings]
        if rings:
            self.write_plan()

    def die(self):
        """What the next process makes of what is left."""
        kept = Kept(round_state.walk(self.track, Rest(), 7, self.walked, []), self.plan)
        state = round_state.read(kept)
        self.track, self.bell = state.track, state.bell
        self.rang += [ring.parcel_id for ring in state.unwritten]
        if state.unwritten:
            self.write_plan()


def ride(steps):
    now, north, east = NOON, -1300.0, 0.0
    for gap, up, aside in steps:
        now, north, east = now + gap, north + up + 120.0, east + aside
        yield RawFix(LAT + north / PER_LAT, LNG + east / PER_LNG, Datum.WGS84, now - 1.0, now, 8.0)


@settings(max_examples=150)
@given(STEPS, DOORS, st.sets(st.integers(0, 39)))
def test_a_round_that_dies_at_any_fixes_rings_what_one_that_lives_rings_and_nothing_twice(steps, doors, deaths):
    alive, dying = Process(doors), Process(doors)
    for number, raw in enumerate(ride(steps)):
        alive.take(raw)
        dying.take(raw)
        if number in deaths:
            dying.die()
    assert set(alive.rang) <= set(dying.rang)
    assert len(dying.rang) == len(set(dying.rang))


def test_what_must_not_be_lost_is_read_as_it_was_written():
    ring = Ring(
        "P1", 2, COURIER_NEAR, 1_700_000_000.25, Reason(Cause.INSIDE, 1000.0, 812.5, 8.0, 1.0, 3, 600.0, "none")
    )
    kept = Kept(round_state.walk(Track(), Rest(), 7, (), [ring]), round_state.plan(Track(), CourierBell(), Forecast()))
    assert round_state.read(kept).unwritten == [ring]
    assert decisions.to_list(round_state.read(kept).unwritten) == decisions.to_list([ring])


def test_the_part_that_is_written_often_is_small():
    process = Process([(0.0, 20.0 * n, DEFAULT_GATE) for n in range(200)])
    for raw in ride([(5.0, 0.0, 0.0)] * 200):
        process.take(raw)
    walk = round_state.walk(process.track, Rest(), 7, process.walked, [])
    assert len(walk) < 3000 < len(process.plan) / 5


@pytest.mark.parametrize("part", ["walk", "plan"])
def test_a_part_of_another_version_is_refused(part):
    process = Process([(0.0, 0.0, PLAIN)])
    parts = {"walk": round_state.walk(Track(), Rest(), 7, (), []), "plan": process.plan}
    parts[part] = json.dumps(json.loads(parts[part]) | {"version": round_state.VERSION + 1}).encode()
    with pytest.raises(ValueError, match="version"):
        round_state.read(Kept(**parts))
