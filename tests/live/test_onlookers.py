"""What a frame shows is what the rules and the generated messages say, whatever is remembered from frame to frame."""

from dataclasses import fields, replace

from doorstep.tracking.v1.courier_pb2 import CourierPosition
from doorstep.tracking.v1.parcel_pb2 import Approach
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.live import Head, Position
from doorstepd.live.ports import Glimpse
from doorstepd.live.position import SEVERAL, Outlook, pack_outlooks, stop_key
from doorstepd.positions.datum import Datum
from doorstepd.positions.geocoding import Words
from doorstepd.positions.visibility import ALWAYS, NEVER, Facts, Rule, VisibilityRules, visible
from doorstepd.rpc import position_bytes, wire
from doorstepd.rpc.glimpses import near
from doorstepd.rpc.onlookers import Onlooker, glimpse_of, limits_of, limits_passed
from doorstepd.rpc.place_names import GOOD_FOR_S, PlaceNames

NOW = 1_760_000_000.25
SECONDS = st.sampled_from([60.0, 300.0, 2700.0])
METRES = st.sampled_from([50.0, 1000.0, 2000.0])
RULES = st.builds(
    VisibilityRules,
    *[
        st.just(ALWAYS)
        | st.just(NEVER)
        | st.builds(Rule, st.none() | st.integers(0, 3), st.none() | SECONDS, st.none() | METRES)
        for _ in fields(VisibilityRules)
    ],
)
VIEWS = st.sampled_from(["self", "guest", "desk", "self.still", "nobody"])
ANY_NUMBER = st.none() | st.sampled_from([0.0, 60.0, 60.1, 1000.0]) | st.floats(0, 5000) | st.just(float("nan"))
FACTS = st.builds(
    Facts, st.booleans(), st.none() | st.integers(0, 5), ANY_NUMBER, ANY_NUMBER, st.booleans(), st.booleans()
)
OUTLOOKS = st.none() | st.builds(
    lambda expected, sooner, later, ahead, beyond: Outlook(
        expected - sooner, expected, expected + later, ahead, beyond
    ),
    st.integers(int(NOW) - 100, int(NOW) + 4000).map(float),
    st.integers(0, 600),
    st.integers(0, 6000),
    st.none() | st.integers(0, 5),
    st.just(0.0) | st.floats(0, 20_000),
)
DEGREES = st.floats(31.19, 31.21)
OPTIONAL = st.none() | st.floats(0, 360)
POSITIONS = st.builds(
    Position,
    courier_id=st.sampled_from(["k1", "k2"]),
    sequence=st.integers(0, 2**63),
    fix_time=st.floats(NOW - 100, NOW),
    receive_time=st.floats(NOW - 100, NOW),
    lat=DEGREES,
    lng=st.just(121.6),
    accuracy_m=OPTIONAL,
    speed_mps=OPTIONAL,
    heading_deg=OPTIONAL,
    doors_near=st.sampled_from([0, 1, SEVERAL]),
    doors_of=st.sampled_from([stop_key("p1"), stop_key("p2")]),
    outlooks=OUTLOOKS.map(lambda one: pack_outlooks({"p1": one} if one else {})),
    resting=st.booleans(),
    next_m=st.none() | st.floats(0, 20_000),
)
HEADS = st.builds(
    Head,
    revision=st.just(1),
    courier_id=st.just("k1"),
    destination=st.none() | st.just((31.2, 121.6)),
    live=st.booleans(),
    stops_ahead=st.none() | st.integers(0, 5),
    parcel_id=st.just("p1"),
    rules=RULES,
)


@given(RULES, FACTS, FACTS, VIEWS)
def test_facts_on_the_same_side_of_every_limit_are_shown_alike(
    rules: VisibilityRules, facts: Facts, other: Facts, view: str
) -> None:
    seconds, metres = limits_of(rules)
    same = replace(
        facts,
        seconds=other.seconds if _alike(seconds, facts.seconds, other.seconds) else facts.seconds,
        distance_m=other.distance_m if _alike(metres, facts.distance_m, other.distance_m) else facts.distance_m,
    )
    assert visible(rules, same, view) == visible(rules, facts, view)


def _alike(limits: tuple[float, ...], one: float | None, other: float | None) -> bool:
    return limits_passed(limits, one) == limits_passed(limits, other)


@given(HEADS, st.lists(POSITIONS, min_size=1, max_size=6), VIEWS)
def test_an_onlooker_tells_of_each_position_what_a_read_would_tell(
    head: Head, positions: list[Position], view: str
) -> None:
    onlooker = Onlooker("p1", head, view)
    for position in positions:
        glimpse, body = onlooker.look(position, NOW)
        read = near(head, position, view, NOW)
        assert (glimpse in (Glimpse.NOTHING, Glimpse.NO_PLACE)) == (read.position is None)
        if glimpse:
            assert Approach.FromString(body) == wire.approach("p1", read)
        else:
            assert (body, *read[1:5]) == (b"", None, None, None, None)
        if read.position is not None:
            assert (glimpse in (Glimpse.EXACT, Glimpse.EXACT_UNNAMED)) == (read.position.lat == position.lat)
            assert (glimpse in (Glimpse.EXACT, Glimpse.COARSE)) == read.position.named


@given(RULES, FACTS, VIEWS)
def test_a_glimpse_of_nothing_is_a_mask_of_nothing(rules: VisibilityRules, facts: Facts, view: str) -> None:
    mask = visible(rules, facts, view)
    assert bool(glimpse_of(mask)) == mask.anything


@given(POSITIONS, st.sampled_from(Datum), st.none() | st.builds(Words, st.text(), st.text()))
def test_a_position_by_hand_is_the_generated_one(position: Position, datum: Datum, place: Words | None) -> None:
    body = position_bytes.position(position, datum, place)
    assert CourierPosition.FromString(body) == wire.position(position, datum, place)


class Street:
    """Names a place by its latitude, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def name(self, courier: object, lat: float, lng: float) -> Words:
        self.asked += 1
        return Words(f"{lat}", f"{lng}")


def test_a_place_is_named_anew_when_the_courier_has_moved_or_some_time_has_passed() -> None:
    street, clock = Street(), [0.0]
    names = PlaceNames(street, lambda: clock[0])
    here = Position("k1", 1, NOW, NOW, 31.2, 121.6)
    for near_by in (here, here._replace(lat=31.2001), here):
        assert names.of(near_by) == Words("31.2", "121.6")
    assert names.of(here._replace(lat=31.2003)) == Words("31.2003", "121.6")
    assert names.of(here._replace(courier_id="k2")) == Words("31.2", "121.6")
    assert street.asked == 3
    clock[0] = GOOD_FOR_S
    assert names.of(here._replace(lat=31.2002)) == Words("31.2002", "121.6")
