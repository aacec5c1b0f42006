"""The planned day, and the pushes that tell of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from doorstepd import carriers
from doorstepd.carriers.carrier import Push
from doorstepd.demo.day import Day, Planner
from doorstepd.demo.pushes import API_KEY, BUSINESS_ID, Consignment, form, journeys
from doorstepd.demo.rounds import NAMES, load
from doorstepd.names import is_id
from doorstepd.parcels.vocabulary import Status

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEYS = {"EBusinessID": BUSINESS_ID, "ApiKey": API_KEY}
WORDS = {"city": "苏州市", "city_short": "苏州", "station": "苏州姑苏三部", "courier": "李卫东", "phone": "13800005678"}


def planned(run: str = "050607") -> Day:
    rounds = [load(name) for name in NAMES]
    return Planner(run, journeys(), NOW).day(rounds, [[60.0 * n for n, _ in enumerate(one.doors)] for one in rounds])


def pushed(consignment: Consignment, now: datetime = NOW) -> Push:
    body = urlencode(form([consignment], now)).encode()
    return Push(body, "application/x-www-form-urlencoded", {})


@pytest.fixture(params=sorted(journeys()))
def consignment(request: pytest.FixtureRequest) -> Consignment:
    journey = journeys()[request.param]
    one = Consignment(journey, journey.number.format(7), "D1", WORDS)
    one.begin(NOW, timedelta(minutes=30))
    return one


def test_a_push_is_authentic_only_with_the_merchants_key(consignment: Consignment) -> None:
    consignment.scan(NOW)
    push = pushed(consignment)
    assert carriers.carrier("kdniao").authentic(push, KEYS)
    assert not carriers.carrier("kdniao").authentic(push, KEYS | {"ApiKey": "another"})


def test_every_scan_of_a_journey_moves_the_parcel_to_a_known_state(consignment: Consignment) -> None:
    before = len(consignment.journey.traces[: consignment.journey.ready])
    while consignment.scan(NOW + timedelta(minutes=before)):
        before += 1
        (result,) = carriers.carrier("kdniao").parse_push(pushed(consignment))
        assert result.unknown_codes == ()
        assert len(result.events) == before
        assert result.tracking_number == consignment.number
    assert before == len(consignment.journey.traces)


def test_scans_keep_their_order_and_none_is_in_the_future(consignment: Consignment) -> None:
    while consignment.scan(NOW):
        pass
    (result,) = carriers.carrier("kdniao").parse_push(pushed(consignment))
    times = [event.time for event in result.events]
    assert times == sorted(times)
    assert times[-1] <= NOW


@pytest.mark.parametrize("name", ["zto_door", "sf_door", "yto_door"])
def test_the_carriers_own_signature_ends_the_journey(name: str) -> None:
    journey = journeys()[name]
    one = Consignment(journey, journey.number.format(7), "D1", WORDS)
    one.begin(NOW, timedelta(minutes=30))
    one.sign(NOW)
    (result,) = carriers.carrier("kdniao").parse_push(pushed(one))
    assert result.events[-1].status is Status.DELIVERED


def test_a_carrier_says_nothing_more_of_a_parcel_that_was_handed_over(consignment: Consignment) -> None:
    consignment.sign(NOW)
    assert not consignment.scan(NOW)


def test_no_gap_is_left_in_what_a_carrier_says() -> None:
    for consignment in planned().consignments:
        consignment.begin(NOW, timedelta(minutes=30))
        while consignment.scan(NOW):
            pass
        assert "{" not in "".join(trace["AcceptStation"] for trace in consignment.track()["Traces"])


def test_a_day_has_distinct_orders_numbers_and_couriers() -> None:
    day = planned()
    assert len({order.order_id for order in day.orders}) == len(day.orders) >= 60
    numbers = Counter(one.number for one in day.consignments)
    assert max(numbers.values()) == 1
    assert len({one.courier_id for one in day.rounds}) == len(NAMES)
    assert all(is_id(order.order_id) and is_id(order.customer_id) for order in day.orders)


def test_two_runs_share_no_order_and_no_number() -> None:
    first, second = planned("050607"), planned("050608")
    assert not {order.order_id for order in first.orders} & {order.order_id for order in second.orders}
    assert not {one.number for one in first.consignments} & {one.number for one in second.consignments}


def test_the_watched_orders_exist_and_one_has_two_parcels() -> None:
    day = planned()
    parcels = {order.order_id: len(order.parcels) for order in day.orders}
    assert 2 in [parcels[orders[0]] for orders in day.watched]
    assert {name for orders in day.watched for name in orders} <= set(parcels)


def test_a_courier_brings_the_first_parcel_of_every_order_of_the_round() -> None:
    for one in planned().rounds:
        assert len(one.parcel_ids) == len(one.round.doors) == len(one.orders)
