"""What holds for the bell whatever a courier, his phone, the network and the scans do."""

import json
from math import inf, nan

from hypothesis import given, settings
from hypothesis import strategies as st
from walks import LAT, LNG, NOON, PER_LAT, PER_LNG, stop

from doorstepd.positions.datum import Datum
from doorstepd.positions.distance import geodesic_m
from doorstepd.positions.fix import RawFix
from doorstepd.positions.track import Track
from doorstepd.reminders.bell import CourierBell, Outcome
from doorstepd.reminders.stop import DEFAULT_GATE, PLAIN, Gate, GateKind

GATES = st.sampled_from([PLAIN, DEFAULT_GATE, Gate(GateKind.STOPS, 0), Gate(GateKind.ETA, 900)])
PARCELS = st.sampled_from(["P1", "P2", "P3", "P4", "P5"])
METRES = st.floats(-4000, 4000)
STOP = st.builds(
    stop, PARCELS, st.integers(1, 3), METRES, METRES, st.sampled_from([300.0, 1000.0]), st.integers(1, 5), GATES
)
WILD = st.sampled_from([nan, inf, 0.0, -1.0, 90.0, 91.0, 180.0, 1e9])
LATITUDE = st.one_of(METRES.map(lambda north: LAT + north / PER_LAT), WILD)
LONGITUDE = st.one_of(METRES.map(lambda east: LNG + east / PER_LNG), WILD)
LAG = st.one_of(st.floats(0.3, 30), st.sampled_from([-90.0, 90.0, 600.0, 5e7, -5e7, nan]))
ACCURACY = st.one_of(st.none(), st.floats(3, 60), st.sampled_from([0.0, -1.0, 1e9, 2000.0, nan]))
ACTIONS = st.one_of(
    st.tuples(st.just("fix"), LATITUDE, LONGITUDE, LAG, ACCURACY),
    st.tuples(st.just("open"), STOP),
    st.tuples(st.just("close"), PARCELS, st.integers(1, 3), st.sampled_from(Outcome)),
)
DAYS = st.lists(st.tuples(st.floats(0, 120), ACTIONS), max_size=60)


class Server:
    """A track and a bell as one process holds them; `moved` is the same in another process."""

    def __init__(self):
        self.track, self.bell = Track(), CourierBell()

    def moved(self):
        other = Server()
        other.track = Track.from_dict(json.loads(json.dumps(self.track.to_dict())))
        other.bell = CourierBell.from_dict(json.loads(json.dumps(self.bell.to_dict())))
        return other

    def act(self, now, action):
        match action:
            case ("fix", lat, lng, lag, accuracy):
                raw = RawFix(lat, lng, Datum.WGS84, now - lag, now, accuracy)
                return self.bell.take(self.track.take(raw), now)
            case ("open", one):
                return self.bell.open(one, now)
            case ("close", parcel_id, attempt, outcome):
                return self.bell.close(parcel_id, now, attempt, outcome)


def timed(day):
    now = NOON
    for gap, action in day:
        now += gap
        yield now, action


@settings(max_examples=300)
@given(DAYS)
def test_an_attempt_rings_only_while_it_is_open_and_once(day):
    server, held, over, rung = Server(), {}, set(), set()
    for now, action in timed(day):
        if action[0] == "close" and action[3] is not Outcome.REASSIGNED:
            over.add(action[1:3])
        for ring in server.act(now, action):
            key = (ring.parcel_id, ring.attempt)
            assert key in held or (action[0] == "open" and key == (action[1].parcel_id, action[1].attempt))
            assert key not in over
            # A stop that was given away and came back is a new watch; the server says whether it rang.
            assert key not in rung
            rung.add(key)
        if action[0] == "open":
            held[action[1].parcel_id, action[1].attempt] = True
        if action[0] == "close" and action[3] is Outcome.REASSIGNED:
            rung.discard(action[1:3])


@settings(max_examples=150)
@given(DAYS)
def test_the_state_survives_every_step_with_the_same_rings(day):
    one, two = Server(), Server()
    for now, action in timed(day):
        two = two.moved()
        assert two.act(now, action) == one.act(now, action)


PATH = st.lists(st.tuples(st.floats(1, 60), st.floats(-400, 400), st.floats(-400, 400)), max_size=60)


@settings(max_examples=150)
@given(PATH, st.lists(st.tuples(METRES, METRES), min_size=1, max_size=12))
def test_a_stop_that_was_not_looked_at_could_not_have_rung(path, doors):
    """The odometer lets the bell skip far stops; a bell of one stop, told nothing else, must agree with it."""
    stops = [stop(f"P{n}", 1, *door) for n, door in enumerate(doors)]
    together = rings_of(stops, path)
    apart = [ring for one in stops for ring in rings_of([one], path)]
    assert sorted(together) == sorted(apart)
    assert {parcel_id for parcel_id, _ in together} >= surely_inside(stops, path)


def rings_of(stops, path):
    server = Server()
    for one in stops:
        server.bell.open(one, NOON - 60)
    rings = []
    for now, raw in fixes(path):
        rings += server.bell.take(server.track.take(raw), now)
    return [(ring.parcel_id, ring.time) for ring in rings]


def surely_inside(stops, path):
    """Those within 900 m of a trusted fix, by the geodesic and without any short cut."""
    track, inside = Track(), set()
    for _, raw in fixes(path):
        for fix in track.take(raw).trusted[-1:]:
            near = {
                one.parcel_id
                for one in stops
                if geodesic_m(one.lat, one.lng, fix.lat, fix.lng) + fix.accuracy_m <= one.radius_m - 100
            }
            inside |= near
    return inside


def fixes(path):
    now, east, north = NOON, 1500.0, 1500.0
    for gap, more_east, more_north in path:
        now, east, north = now + gap, east + more_east, north + more_north
        yield now, RawFix(LAT + north / PER_LAT, LNG + east / PER_LNG, Datum.WGS84, now - 1, now, 5.0)


FAR = st.tuples(st.floats(-150, 150), st.floats(-150, 150))


@given(st.lists(FAR, min_size=12, max_size=40), st.integers(8, 30), st.integers(1, 11))
def test_a_courier_who_stays_away_never_rings_though_his_phone_leaps_to_the_door(around, at, run):
    server = Server()
    server.bell.open(stop(), NOON)
    rings = []
    for n, (east, north) in enumerate(around):
        leaps = at <= n < at + run
        place = (0.0, 0.0) if leaps else (4000 + east, 3000 + north)
        now = NOON + 10 * n
        raw = RawFix(LAT + place[1] / PER_LAT, LNG + place[0] / PER_LNG, Datum.WGS84, now - 1, now, 5.0)
        rings += server.bell.take(server.track.take(raw), now)
    assert rings == []


@given(DAYS, st.permutations(range(5)))
def test_the_order_in_which_stops_open_changes_no_ring(day, order):
    stops = [stop(f"P{n}", 1, 700.0 * n, 300.0 * n, sequence=n) for n in range(5)]
    path = [pair for pair in timed(day) if pair[1][0] == "fix"]
    one, two = Server(), Server()
    for n in range(5):
        one.bell.open(stops[n], NOON - 60)
        two.bell.open(stops[order[n]], NOON - 60)
    for now, action in path:
        assert one.act(now, action) == two.act(now, action)
