"""The bell: once an attempt, when the courier is certainly inside, and only while the attempt is open."""

import pytest
from walks import NOON, seen, stop, walk

from doorstepd.reminders.bell import CourierBell, Outcome
from doorstepd.reminders.reason import Cause


def opened(*stops) -> CourierBell:
    bell = CourierBell()
    for one in stops or (stop(),):
        bell.open(one, NOON - 600)
    return bell


def test_it_rings_when_the_courier_comes_inside_and_never_again():
    assert walk(opened(), 1200, 1100, 980, 900, 1100, 900, 0, 500, 1500, 10) == [("P1", 1, 20)]


def test_the_whole_error_circle_must_be_inside():
    bell = opened()
    assert bell.take(seen(0, 950, accuracy=60.0), NOON) == []
    assert bell.take(seen(10, 930, accuracy=60.0), NOON + 10)


def test_it_rings_at_once_for_an_attempt_that_opens_near_the_courier():
    bell = CourierBell()
    bell.take(seen(0, 300), NOON)
    (ring,) = bell.open(stop(), NOON + 20)
    assert ring.time == NOON + 20


def test_a_place_known_two_minutes_ago_does_not_ring_for_an_attempt_that_opens():
    bell = CourierBell()
    bell.take(seen(0, 300), NOON)
    assert bell.open(stop(), NOON + 110) == []
    assert walk(bell, 310, start=120) == [("P1", 1, 120)]


def test_an_attempt_that_opens_twice_rings_once():
    bell = opened()
    assert walk(bell, 500) == [("P1", 1, 0)]
    assert bell.open(stop(), NOON + 5) == []
    assert walk(bell, 400, start=10) == []


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.FAILED])
def test_an_attempt_that_is_over_stays_over(outcome):
    bell = opened()
    bell.close("P1", NOON, 1, outcome)
    bell.open(stop(), NOON + 1)
    assert walk(bell, 500, 0, start=10) == []


def test_an_attempt_whose_end_came_before_its_beginning_never_opens():
    bell = CourierBell()
    bell.close("P1", NOON, 1)
    bell.open(stop(), NOON + 1)
    assert walk(bell, 500, start=10) == []


def test_a_failed_attempt_is_followed_by_one_that_rings_anew():
    bell = opened()
    assert walk(bell, 500) == [("P1", 1, 0)]
    bell.close("P1", NOON + 5, 1, Outcome.FAILED)
    bell.open(stop(attempt=2), NOON + 300)
    assert walk(bell, 1500, 900, start=310) == [("P1", 2, 320)]


def test_the_late_end_of_a_first_attempt_does_not_end_the_second():
    bell = opened()
    bell.open(stop(attempt=2), NOON)
    bell.close("P1", NOON + 1, 1, Outcome.FAILED)
    assert walk(bell, 500, start=10) == [("P1", 2, 10)]


def test_a_parcel_given_away_rings_for_the_taker_only():
    giver, taker = opened(), CourierBell()
    giver.close("P1", NOON, 1, Outcome.REASSIGNED)
    taker.open(stop(), NOON)
    assert walk(giver, 500, start=10) == []
    assert walk(taker, 500, start=10) == [("P1", 1, 10)]


def test_a_parcel_that_rang_before_it_was_given_away_does_not_ring_again():
    taker = CourierBell()
    taker.open(stop(), NOON, rung=True)
    assert walk(taker, 500, 0, start=10) == []


def test_a_parcel_that_comes_back_to_its_giver_may_ring_there():
    bell = opened()
    bell.close("P1", NOON, 1, Outcome.REASSIGNED)
    bell.open(stop(), NOON + 5)
    assert walk(bell, 500, start=10) == [("P1", 1, 10)]


def test_a_late_fix_rings_nothing_and_a_fresh_one_that_shows_him_still_there_does():
    bell = opened()
    assert bell.take(seen(0, 200, age=300.0), NOON) == []
    assert walk(bell, 250, start=10) == [("P1", 1, 10)]


def test_after_a_late_batch_he_may_be_gone_and_rings_when_he_comes_again():
    bell = opened()
    for age in range(900, 130, -10):
        assert bell.take(seen(0, 200, age=age), NOON) == []
    assert walk(bell, 3000, 1500, 800, start=10, every=60) == [("P1", 1, 130)]


def test_a_circle_crossed_between_two_fresh_fixes_rings_with_the_second():
    bell = opened(stop(north=900))
    (ring,) = walk(bell, -1500, 1500, every=120)
    assert ring == ("P1", 1, 120)


@pytest.mark.parametrize(
    ("north", "every", "why"), [(990, 120, "too shallow"), (900, 160, "too long ago"), (900, 60, "too fast")]
)
def test_a_crossing_that_proves_nothing_does_not_ring(north, every, why):
    assert walk(opened(stop(north=north)), -1500, 1500, every=every) == [], why


def test_a_way_begun_before_the_attempt_opened_does_not_ring():
    bell = CourierBell()
    walk(bell, -1500)
    bell.open(stop(north=900), NOON + 60)
    assert walk(bell, 1500, start=120) == []


def test_a_fix_that_newer_ones_overtook_rings_where_the_newest_is_within_too():
    bell = opened()
    bell.take(seen(0, 990, accuracy=30.0), NOON)
    witness = seen(10, 900, age=20.0).fix
    late = type(seen(0, 0))(witness, None, (), False, witness)
    assert [ring.parcel_id for ring in bell.take(late, NOON + 10)] == ["P1"]


@pytest.mark.parametrize("newest", [1003, 1100, 4000])
def test_a_fix_that_newer_ones_overtook_does_not_ring_where_the_newest_is_outside(newest):
    bell = opened()
    bell.take(seen(0, newest), NOON)
    witness = seen(10, 900, age=20.0).fix
    assert bell.take(type(seen(0, 0))(witness, None, (), False, witness), NOON + 10) == []


@pytest.mark.parametrize("radius", [300.0, 500.0, 2000.0, 3000.0])
def test_every_radius_has_its_own_line(radius):
    bell = opened(stop(radius_m=radius))
    assert walk(bell, radius + 30, radius - 2, radius - 20) == [("P1", 1, 20)]


def test_he_is_rung_across_the_antimeridian():
    bell, door = opened(), stop()
    bell.open(type(door)("P2", 1, 10.0, 179.999), NOON)
    taken = seen(0, 0)
    fix = type(taken.fix)(10.0, -179.999, NOON, NOON, 5.0, None, None, taken.fix.raw)
    rings = bell.take(type(taken)(fix, None, (fix,), True), NOON)
    assert [ring.parcel_id for ring in rings] == ["P2"]


def test_a_ring_keeps_its_reason_without_the_place():
    bell = opened()
    (ring,) = bell.take(seen(0, 700), NOON)
    told = ring.reason.to_dict()
    assert told["cause"] is Cause.INSIDE
    assert told["distance_m"] == pytest.approx(700, abs=2)
    assert not {"lat", "lng", "address"} & set(told)


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ((), Cause.NO_POSITION),
        ((5000, 3000, 1200), Cause.NEVER_NEAR),
        ((1500, 998), Cause.NOT_CERTAIN),
    ],
)
def test_silence_has_its_reason_too(steps, cause):
    bell = opened()
    walk(bell, *steps)
    assert bell.why("P1", NOON + 100).cause is cause


def test_a_position_that_came_too_late_is_the_reason_of_silence():
    bell = opened()
    bell.take(seen(0, 200, age=600.0), NOON)
    bell.take(seen(10, 4000, age=300.0), NOON + 10)
    reason = bell.why("P1", NOON + 20)
    assert reason.cause is Cause.TOO_OLD
    assert reason.fix_age_s == 600.0


def test_a_parcel_that_is_not_open_has_no_reason():
    assert opened().why("P9", NOON) is None
