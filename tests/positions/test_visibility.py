"""Who may see what of a courier: each field by its rule, and beyond all rules nothing that would tell on anybody."""

import math
import random
from dataclasses import fields, replace
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstepd.positions.distance import distance_m
from doorstepd.positions.nearby import Nearby
from doorstepd.positions.rest import LONG_S, Rest, rest_from_list
from doorstepd.positions.visibility import (
    ALWAYS,
    COARSE_ACCURACY_M,
    DEFAULT_RULES,
    FIELDS,
    NEVER,
    BadRule,
    Facts,
    Mask,
    Rule,
    VisibilityRules,
    cautious_rules,
    coarse,
    parse_rules,
    visible,
)

LATITUDES = st.floats(-85, 85)
LONGITUDES = st.floats(-180, 179.999999)
VIEWS = ("self", "guest", "desk", "self.still", "guest.still", "desk.still", "somebody", "")
WAY = ("position", "distance", "place", "stops_ahead", "expected_time")
CLEAR = Facts(live=True, stops_ahead=3, seconds=600.0, distance_m=900.0, near_another=False)


def everything(rule):
    return VisibilityRules(*[rule] * len(FIELDS))


def test_close_to_the_door_a_customer_sees_everything_exactly():
    assert visible(DEFAULT_RULES, CLEAR, "self") == Mask(*[True] * len(fields(Mask)))


def test_before_his_turn_a_customer_sees_facts_but_no_place():
    far = replace(CLEAR, stops_ahead=40, seconds=3 * 3600.0)
    mask = visible(DEFAULT_RULES, far, "self")
    assert (mask.position, mask.distance, mask.place) == (False, False, False)
    assert (mask.stops_ahead, mask.expected_time) == (True, True)


@pytest.mark.parametrize("near", [{"stops_ahead": 10}, {"seconds": 45 * 60.0}])
def test_few_stops_or_little_time_are_each_enough_by_themselves(near):
    far = replace(CLEAR, stops_ahead=11, seconds=45 * 60.0 + 1)
    assert not visible(DEFAULT_RULES, far, "self").position
    assert visible(DEFAULT_RULES, replace(far, **near), "self").position


def test_what_is_not_known_satisfies_no_limit():
    unknown = Facts(live=True, near_another=False)
    rules = everything(Rule(stops=10**6, seconds=inf, metres=inf))
    assert not visible(rules, unknown, "self").anything
    assert not visible(rules, replace(unknown, seconds=nan, distance_m=nan), "self").anything


def test_near_another_customers_door_the_place_is_coarse():
    mask = visible(DEFAULT_RULES, replace(CLEAR, near_another=True), "self")
    assert (mask.position, mask.exact) == (True, False)


def test_unless_it_is_known_nobody_is_taken_to_be_far_from_others():
    assert not visible(DEFAULT_RULES, Facts(live=True, stops_ahead=0), "self").exact


def test_guests_see_coarse_places_and_no_phone():
    mask = visible(everything(ALWAYS), CLEAR, "guest")
    assert (mask.position, mask.exact, mask.courier_phone) == (True, False, False)


def test_a_resting_courier_has_no_place():
    for view in ("self", "guest", "desk"):
        mask = visible(everything(ALWAYS), replace(CLEAR, resting=True), view)
        assert (mask.position, mask.distance, mask.place) == (False, False, False)


def test_the_shops_own_staff_is_not_bound_by_the_rules_for_customers():
    mask = visible(everything(NEVER), replace(CLEAR, near_another=True), "desk")
    assert mask.position
    assert mask.exact


def test_a_rule_of_one_field_leaves_the_others_alone():
    for name in FIELDS:
        mask = visible(replace(everything(ALWAYS), **{name: NEVER}), CLEAR, "self")
        assert [field for field in FIELDS if not getattr(mask, field)] == [name]


def test_limits_on_name_and_phone_are_not_met_when_the_delivery_is_over():
    rules = replace(DEFAULT_RULES, courier_phone=Rule(stops=100, seconds=1e9, metres=1e9))
    assert visible(rules, CLEAR, "self").courier_phone
    assert not visible(rules, replace(CLEAR, live=False), "self").courier_phone


def test_a_million_random_frames_leak_nothing():
    chance = random.Random(20261122)
    rules = [ALWAYS, NEVER, *(Rule(*one) for one in ((5,), (None, 600.0), (None, None, 500.0), (3, 300.0, 100.0)))]
    sets = [VisibilityRules(*chance.choices(rules, k=len(FIELDS))) for _ in range(500)]
    numbers = [None, 0, 1, 3, 5, 6, 10, 11, 80]
    seconds = [None, 0.0, 299.0, 300.0, 601.0, 1e5, nan, inf]
    metres = [None, 0.0, 99.0, 101.0, 499.0, 501.0, 9e3, nan]
    for _ in range(1_000_000):
        some, view = chance.choice(sets), chance.choice(VIEWS)
        live, near_another, resting = chance.random() < 0.8, chance.random() < 0.4, chance.random() < 0.2
        facts = Facts(
            live, chance.choice(numbers), chance.choice(seconds), chance.choice(metres), near_another, resting
        )
        check(some, facts, view, visible(some, facts, view))


def check(rules, facts, view, mask):
    """What must not be, said in another way than the rule says what may be."""
    if not facts.live or view not in ("self", "guest", "desk"):
        assert not mask.anything, (facts, view)
    if facts.resting:
        assert {mask.position, mask.distance, mask.place} == {False}, (facts, view)
    if mask.exact and view != "desk":
        assert view == "self", (facts, view)
        assert not facts.near_another, (facts, view)
    if not view.startswith("desk"):
        for name in FIELDS:
            assert not getattr(mask, name) or allowed(getattr(rules, name), facts), (name, facts, view)
        assert not mask.courier_phone or view.startswith("self")


def allowed(rule, facts):
    if rule.always:
        return True
    pairs = ((rule.stops, facts.stops_ahead), (rule.seconds, facts.seconds), (rule.metres, facts.distance_m))
    return any(limit is not None and fact is not None and fact <= limit for limit, fact in pairs)


@settings(deadline=None)
@given(LATITUDES, LONGITUDES)
def test_a_coarse_place_is_within_half_a_diagonal_of_the_true_one(lat, lng):
    assert distance_m(lat, lng, *coarse(lat, lng)) <= COARSE_ACCURACY_M * 1.02


@settings(deadline=None)
@given(LATITUDES, st.floats(-170, 170), st.floats(-1, 1), st.floats(-1, 1))
def test_all_places_of_a_cell_look_the_same(lat, lng, up, right):
    middle = coarse(lat, lng)
    half = 149.0 / 111_195.0
    other = middle[0] + up * half, middle[1] + right * half / math.cos(math.radians(middle[0]))
    assert coarse(*other) == pytest.approx(middle, abs=1e-9)


@pytest.mark.parametrize(("lat", "lng"), [(90.0, 0.0), (-90.0, 179.9), (0.0, -180.0), (89.999, 10.0)])
def test_at_the_ends_of_the_earth_a_coarse_place_is_still_on_it(lat, lng):
    there = coarse(lat, lng)
    assert -90.0 <= there[0] <= 90.0
    assert -180.0 <= there[1] <= 180.0


def test_rules_are_read_as_they_are_said():
    rules = parse_rules(
        {"position": "stops<=5 or time <= 20m or metres<=2km", "courier_phone": "never", "distance": "Always"}
    )
    assert rules.position == Rule(5, 1200.0, 2000.0)
    assert (rules.courier_phone, rules.distance) == (NEVER, ALWAYS)
    assert rules.place == DEFAULT_RULES.place


@pytest.mark.parametrize(
    "said",
    ["", "sometimes", "stops<5", "stops<=-1", "stops<=1.5", "time<=", "stops<=5 and time<=3m", 5, None, ["never"]],
)
def test_a_rule_that_cannot_be_read_is_refused_by_name_and_shows_nothing(said):
    with pytest.raises(BadRule, match=r"visibility\.position"):
        parse_rules({"position": said})
    rules = cautious_rules({"position": said, "distance": "always"})
    assert (rules.position, rules.distance, rules.place) == (NEVER, ALWAYS, DEFAULT_RULES.place)


@pytest.mark.parametrize("said", [None, 3, "never", ["position"]])
def test_settings_that_are_no_rules_at_all_show_nothing(said):
    with pytest.raises(BadRule):
        parse_rules(said)
    assert cautious_rules(said) == everything(NEVER)


def test_an_unknown_field_is_refused_by_its_name_with_those_that_there_are():
    with pytest.raises(BadRule, match=r"visibility\.positon: no such field; there are position, distance"):
        parse_rules({"positon": "always"})


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), max_size=40), LATITUDES, LONGITUDES)
def test_the_doors_near_him_are_those_that_measuring_every_one_finds(offsets, lat, lng):
    doors = [(f"p{n}", max(-89.0, min(89.0, lat + dy)), lng + dx) for n, (dy, dx) in enumerate(offsets)]
    found = {one for parcels in Nearby(doors).within(lat, lng, 150.0).values() for one in parcels}
    assert found == {name for name, y, x in doors if distance_m(lat, lng, y, x) <= 150.0}


def test_standing_for_ten_minutes_away_from_all_stops_is_a_rest():
    rest = Rest()
    assert not rest.see(31.2, 121.4, 0.0, False)
    assert not rest.see(31.2001, 121.4, LONG_S - 1, False)
    assert rest.see(31.2, 121.4001, LONG_S, False)
    assert rest_from_list(rest.to_list()).see(31.2, 121.4, LONG_S + 60, False)
    assert not rest.see(31.201, 121.4, LONG_S + 61, False)


def test_standing_at_a_stop_is_work():
    rest = Rest()
    for minute in range(60):
        assert not rest.see(31.2, 121.4, 60.0 * minute, True)
    assert not rest.see(31.2, 121.4, 3600.0, False)
