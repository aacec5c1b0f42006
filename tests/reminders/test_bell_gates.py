"""Gates, silence of the phone, and the time to a door."""

import pytest
from walks import NOON, seen, stop, walk

from doorstepd.reminders.bell import CourierBell, Outcome
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.stop import PLAIN, Gate, GateKind, parse_gate


def round_of(count, gate, apart=50.0) -> CourierBell:
    """Doors along a street, `apart` metres from each other, to be visited in order."""
    bell = CourierBell()
    for n in range(count):
        bell.open(stop(f"P{n}", 1, apart * n, sequence=n + 1, gate=gate), NOON - 600)
    return bell


def test_only_the_next_stops_ring():
    assert [parcel for parcel, _, _ in walk(round_of(10, parse_gate("stops:3")), 0)] == ["P0", "P1", "P2", "P3"]


def test_each_stop_that_closes_lets_the_next_one_ring_at_once():
    bell = round_of(10, parse_gate("stops:3"))
    walk(bell, 0)
    (ring,) = bell.close("P0", NOON + 30)
    assert (ring.parcel_id, ring.reason.stops_ahead) == ("P4", 3)


def test_stops_that_he_passed_over_do_not_count_for_those_behind():
    bell = round_of(20, parse_gate("stops:3"))
    bell.take(seen(-60, 9000), NOON - 60)
    for n in (10, 11, 12):
        bell.close(f"P{n}", NOON - 60 + n)
    rung = {parcel for parcel, _, _ in walk(bell, 600)}
    assert {"P13", "P14", "P15"} <= rung
    assert not {"P8", "P9", "P18", "P19"} & rung


def test_one_parcel_handed_over_at_the_depot_moves_nobody_up():
    bell = round_of(20, parse_gate("stops:3"))
    bell.take(seen(-60, 9000), NOON - 60)
    bell.close("P0", NOON - 30)
    bell.close("P1", NOON - 20)
    bell.close("P15", NOON - 10)
    assert [parcel for parcel, _, _ in walk(bell, 0)] == ["P2", "P3", "P4", "P5"]


def test_two_parcels_for_one_place_are_one_stop():
    bell = CourierBell()
    for name in ("A", "B", "C"):
        bell.open(stop(name, sequence=1, gate=parse_gate("stops:0")), NOON)
    bell.open(stop("D", sequence=2, gate=parse_gate("stops:1")), NOON)
    assert [parcel for parcel, _, _ in walk(bell, 0)] == ["A", "B", "C", "D"]


def test_a_stop_whose_order_is_not_known_passes_a_gate_of_stops():
    bell = CourierBell()
    bell.open(stop(gate=parse_gate("stops:0")), NOON)
    assert walk(bell, 900) == [("P1", 1, 0)]


def test_a_stop_behind_the_gate_says_so():
    bell = round_of(10, parse_gate("stops:3"))
    walk(bell, 0)
    reason = bell.why("P9", NOON + 10)
    assert (reason.cause, reason.stops_ahead) == (Cause.GATE_CLOSED, 9)


def test_a_gate_by_time_opens_as_he_gets_through_his_stops():
    bell = round_of(60, parse_gate("eta:30m"), apart=10.0)
    rung = {parcel for parcel, _, _ in walk(bell, 0)}
    assert 3 < len(rung) < 30
    for n in range(20):
        rung |= {ring.parcel_id for ring in bell.close(f"P{n}", NOON + 60 * n + 30)}
        rung |= {ring.parcel_id for ring in bell.take(seen(60 * n + 40, 10.0 * n), NOON + 60 * n + 40)}
    assert 20 < len(rung) < 60


def test_the_time_to_a_door_grows_with_the_stops_before_it_and_is_never_negative():
    bell = round_of(8, PLAIN)
    walk(bell, 0)
    times = [bell.eta(f"P{n}") for n in range(8)]
    assert [one.seconds for one in times] == sorted(one.seconds for one in times)
    assert all(0.0 <= one.soonest_s <= one.seconds <= one.latest_s for one in times)


def test_a_slow_courier_takes_longer_to_the_same_door():
    def eta_after(minutes):
        bell = round_of(20, PLAIN)
        for n in range(10):
            bell.close(f"P{n}", NOON + n * minutes * 60)
        walk(bell, 450, start=5000)
        return bell.eta("P19").seconds

    assert eta_after(1) < eta_after(3) < eta_after(9)


def test_with_a_silent_phone_the_scan_of_a_stop_rings_the_next_two():
    bell = round_of(6, parse_gate("stops:0"), apart=900.0)
    rings = bell.close("P0", NOON, 1, Outcome.DELIVERED, scan_time=NOON - 5)
    assert [(ring.parcel_id, ring.reason.cause) for ring in rings] == [
        ("P1", Cause.SCANNED_BEFORE),
        ("P2", Cause.SCANNED_BEFORE),
    ]


@pytest.mark.parametrize(
    ("gate", "scanned", "outcome"),
    [
        (PLAIN, NOON - 5, Outcome.DELIVERED),
        (Gate(GateKind.STOPS, 0), NOON - 600, Outcome.DELIVERED),
        (Gate(GateKind.STOPS, 0), NOON - 5, Outcome.REASSIGNED),
    ],
)
def test_a_scan_rings_nothing_with_plain_distance_when_old_or_when_it_is_no_delivery(gate, scanned, outcome):
    assert round_of(6, gate, apart=900.0).close("P0", NOON, 1, outcome, scan_time=scanned) == []


def test_a_scan_says_nothing_of_stops_before_it():
    bell = round_of(6, parse_gate("stops:0"), apart=900.0)
    rings = bell.close("P3", NOON, 1, Outcome.DELIVERED, scan_time=NOON - 5)
    assert [ring.parcel_id for ring in rings] == ["P4", "P5"]


def test_while_the_phone_reports_a_scan_rings_nothing_by_itself():
    bell = round_of(6, parse_gate("stops:0"), apart=2000.0)
    bell.take(seen(0, 0), NOON)
    assert bell.close("P0", NOON + 60, 1, Outcome.DELIVERED, scan_time=NOON + 59) == []


@pytest.mark.parametrize("text", ["", "stops", "stops:-1", "stops:x", "eta:30", "eta:m", "eta:1d", "none:3", "near"])
def test_a_gate_that_cannot_be_read_says_what_one_looks_like(text):
    with pytest.raises(ValueError, match="stops:8 or eta:30m"):
        parse_gate(text)


@pytest.mark.parametrize("text", ["none", "stops:8", "eta:30m"])
def test_a_gate_reads_as_it_is_written(text):
    assert str(parse_gate(text)) == text


@pytest.mark.parametrize(
    "text", ["", "eta", "eta:", "eta:30", "eta:0m", "eta:9h9", "eta:13h", f"eta:{'9' * 40}m", "stops:"]
)
def test_a_gate_that_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="eta"):
        parse_gate(text)


@pytest.mark.parametrize("text", ["stops:-1", "stops:1000", "stops:²", "none:1", "stops:1.5"])
def test_stops_are_a_small_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="stops"):
        parse_gate(text)
