"""The way that is left and the range of the expected time, as rules and as they leave the service."""

import time

from doorstep.tracking.v1.geo_pb2 import DATUM_WGS84, BoundingBox, Point
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from test_visibility_frames import METRE, town, valkey  # noqa: F401  (fixtures)

from doorstepd.live import Head, Position
from doorstepd.live.position import Outlook, pack_outlooks
from doorstepd.positions.visibility import Mask
from doorstepd.rpc.arrivals import arrival_of, way_left
from doorstepd.rpc.glimpses import near
from doorstepd.rpc.live_service import _box

NOW = 1_760_000_000.25
SPANS = st.floats(-4000, 4000)
EVERYTHING = Mask(*[True] * 8)
NO_PLACE = Mask(distance=True, expected_time=True)


@given(st.tuples(SPANS, SPANS, SPANS).map(sorted), st.sampled_from([EVERYTHING, NO_PLACE]))
def test_the_expected_time_is_in_its_range_and_neither_is_over(spans, mask):
    arrival = arrival_of(Outlook(*(NOW + span for span in spans)), mask, NOW)
    assert NOW <= arrival.earliest <= arrival.expected <= arrival.latest


def test_without_a_place_the_range_is_told_by_the_minute():
    arrival = arrival_of(Outlook(NOW + 61, NOW + 125, NOW + 501), NO_PLACE, NOW)
    assert [time % 60 for time in arrival] == [0, 0, 0]


def test_where_the_time_is_hidden_so_is_its_range():
    assert arrival_of(Outlook(NOW, NOW, NOW), Mask(position=True, distance=True), NOW) is None


@given(st.floats(0, 30_000), st.floats(10, 30_000), st.floats(0, 30_000), st.booleans())
def test_the_way_is_told_in_steps_and_never_shorter_than_the_straight_line(next_m, beyond_m, line, exact):
    position = Position("k", 1, NOW, NOW, 31.2, 121.6, next_m=next_m)
    way = way_left(Outlook(NOW, NOW, NOW, 1, beyond_m), position, Mask(distance=True, exact=exact), line)
    assert way >= line
    assert way == line or way % (100 if exact else 300) == 0
    assert way == line or abs(way - next_m - beyond_m) <= (50 if exact else 150)


def test_to_the_next_stop_the_way_is_the_straight_line_and_hidden_with_it():
    position = Position("k", 1, NOW, NOW, 31.2, 121.6, next_m=123.4)
    assert way_left(Outlook(NOW, NOW, NOW), position, EVERYTHING, 123.4) == 123.4
    assert way_left(Outlook(NOW, NOW, NOW), position, Mask(expected_time=True), 123.4) is None
    assert way_left(None, position, EVERYTHING, 123.4) is None


def test_an_answer_marks_a_place_as_stale_after_half_a_minute():
    head = Head(1, courier_id="k", live=True, destination=(31.21, 121.6), parcel_id="p", stops_ahead=1)
    outlooks = pack_outlooks({"p": Outlook(NOW, NOW + 60, NOW + 90, 1)})
    stale = {
        age: near(head, Position("k", 1, NOW - age, NOW, 31.2, 121.6, outlooks=outlooks), "self", NOW).stale
        for age in (1, 29, 31, 119, 121)
    }
    assert stale == {1: False, 29: False, 31: True, 119: True, 121: False}


def test_a_maps_box_may_have_a_corner_where_devices_are_not():
    box = BoundingBox(
        low=Point(latitude=0, longitude=0, datum=DATUM_WGS84), high=Point(latitude=9, longitude=9, datum=DATUM_WGS84)
    )
    assert _box(box).holds(Position("k", 1, NOW, NOW, 1.0, 1.0))


async def test_watches_and_answers_tell_the_way_by_the_stops_before_and_a_range(town):  # noqa: F811
    await town.settle()
    eyes = town.watch("next")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    (watched,), answer = eyes.positions[-1].approaches, await town.answer("next")
    assert watched.remaining_meters == 1000.0
    assert answer.approach.remaining_meters == 1000.0
    assert time.time() - 60 < watched.earliest_time.seconds <= watched.expected_time.seconds
    assert watched.expected_time.seconds < watched.latest_time.seconds == answer.approach.latest_time.seconds
    assert answer.expected_delivery.latest_time == answer.approach.latest_time
    assert answer.expected_delivery.earliest_time.seconds <= answer.expected_delivery.expected_time.seconds
    await eyes.close()


async def test_the_way_leads_through_the_stops_before_also_where_the_door_is_near(town):  # noqa: F811
    await town.settle(("far", "near"))
    eyes = town.watch("near")
    await town.drive(31.2 + 500 * METRE)
    await eventually(lambda: eyes.places)
    approach = eyes.positions[-1].approaches[0]
    there_and_back = 5559 - 500 + 5559
    assert abs(approach.distance_meters - 500) < 10
    assert abs(approach.remaining_meters - there_and_back) < 100
    await eyes.close()


async def test_a_guest_knows_the_courier_by_one_stand_in_everywhere(town):  # noqa: F811
    await town.settle()
    eyes = town.watch("near", "guest")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    answer = await town.answer("near", "guest")
    await town.complete("near")
    await eventually(lambda: eyes.positions[-1].state == 3)
    told = [answer.courier.courier_id, answer.position.courier_id]
    told += [one.courier_id for one in eyes.positions]
    told += [one.position.courier_id for one in eyes.positions if one.HasField("position")]
    told += [one.change.parcel.courier.courier_id for _, one in eyes.updates if one.HasField("change")]
    assert len(told) >= 5
    assert len(set(told)) == 1
    assert told[0] not in ("", "k1")
    await eyes.close()
