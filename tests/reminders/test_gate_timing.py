"""Bells of couriers who follow their plan: how long before the door they ring, simulated with seeds.

A zone of stops visited in order, minutes at each, a phone with noise. Plain distance rings the whole zone when he
drives in; the gate rings each door when its turn is near.
"""

import random
from math import hypot

import pytest
from walks import NOON, seen, stop

from doorstepd.reminders.bell import CourierBell
from doorstepd.reminders.stop import DEFAULT_GATE, PLAIN, parse_gate

EVERY = 10


def day_of(seed, stops, half_width, minutes, gate):
    """Leads in minutes of one courier's round: drive in from 5 km away, then door by door in order."""
    chance = random.Random(seed)
    doors = [(chance.uniform(-half_width, half_width), chance.uniform(-half_width, half_width)) for _ in range(stops)]
    doors = in_short_order(doors)
    bell, rung, leads = CourierBell(), {}, []
    for n, door in enumerate(doors):
        bell.open(stop(f"P{n}", 1, *door, sequence=n + 1, gate=gate), NOON - 60)
    now, here = NOON, (5000.0, 5000.0)
    for n, door in enumerate(doors):
        drive = hypot(door[0] - here[0], door[1] - here[1]) * 1.3 / chance.uniform(3.5, 7.0)
        stay = chance.lognormvariate(0.0, 0.5) * minutes * 60
        for second in range(0, int(drive + stay), EVERY):
            share = min(1.0, second / max(1.0, drive))
            place = [a + (b - a) * share + chance.gauss(0, 8) for a, b in zip(here, door, strict=True)]
            for ring in bell.take(seen(now + second - NOON, *place, accuracy=12.0), now + second):
                rung[ring.parcel_id] = ring.time
        now, here = now + drive + stay, door
        if f"P{n}" in rung:
            leads.append((now - rung[f"P{n}"]) / 60)
        for ring in bell.close(f"P{n}", now):
            rung[ring.parcel_id] = ring.time
    # Whoever comes first in the zone cannot be told earlier than the courier comes near.
    return leads[5:]


def in_short_order(doors):
    """Always to the nearest door left, as a planner would roughly have it."""
    left, order = list(doors), [(0.0, 0.0)]
    while left:
        nearest = min(left, key=lambda door: hypot(door[0] - order[-1][0], door[1] - order[-1][1]))
        left.remove(nearest)
        order.append(nearest)
    return order[1:]


def well_timed(gate, *, stops, half_width, minutes, days=6):
    leads = [lead for seed in range(days) for lead in day_of(seed, stops, half_width, minutes, gate)]
    return sum(5 <= lead <= 30 for lead in leads) / len(leads)


@pytest.mark.parametrize(("minutes", "at_least"), [(1.0, 0.95), (1.5, 0.95), (2.5, 0.95), (4.0, 0.9)])
def test_the_default_gate_rings_a_dense_zone_in_good_time_whatever_the_pace(minutes, at_least):
    assert well_timed(DEFAULT_GATE, stops=60, half_width=500, minutes=minutes) >= at_least


@pytest.mark.parametrize("minutes", [1.0, 2.5])
def test_the_default_gate_rings_a_wide_zone_in_good_time(minutes):
    assert well_timed(DEFAULT_GATE, stops=60, half_width=1500, minutes=minutes) >= 0.95


def test_a_gate_by_stops_fits_one_pace():
    quick, slow = (well_timed(parse_gate("stops:8"), stops=60, half_width=500, minutes=m) for m in (1.5, 4.0))
    assert quick >= 0.95
    assert slow < 0.5


def test_plain_distance_rings_a_dense_zone_far_too_early():
    assert well_timed(PLAIN, stops=60, half_width=500, minutes=2.5) < 0.5
