"""What a change tells of the courier: as much as a snapshot of that moment, and no more later."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doorstepd.access.sealing import Sealer
from doorstepd.live import Head, Position, Viewer
from doorstepd.live.position import Outlook, pack_outlooks
from doorstepd.live.topics import ParcelTopic
from doorstepd.parcels.records import Change, CourierCard, Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions.visibility import VisibilityRules, parse_rules
from doorstepd.rpc.glimpses import MerchantRules, contact, near
from doorstepd.rpc.rendering import Messages
from doorstepd.rpc.stand_ins import StandIns

NOW = datetime.now(UTC)
CUSTOMER, DESK = Viewer("m/c1", "m", "self"), Viewer("m/d1", "m", "desk")
PARCEL = Parcel(
    "m", "p", "o", 1, (), "zto", "1", NOW, NOW,
    status=Status.OUT_FOR_DELIVERY, courier=CourierCard("k1", "李*", "139****5678"),
)  # fmt: skip
CHANGE = Change(3, "event", NOW, PARCEL)
HEAD = Head(3, courier_id="k1", live=True, stops_ahead=2, parcel_id="p", destination=(31.2, 121.6))


class NoPlaces:
    """Asked for no name here."""


def messages(**rules: str) -> Messages:
    known = MerchantRules()
    known._known["m"] = (time.monotonic(), parse_rules(rules))
    return Messages(None, None, known, NoPlaces(), StandIns(Sealer({"k": bytes(32)}, "k")))  # type: ignore[arg-type]


def somewhere(courier_id: str = "k1", north: float = 0.0, age: float = 0.0, **more: object) -> Position:
    now = time.time() - age
    return Position(courier_id, 1, now, now, 31.2 + north, 121.6, **more)  # type: ignore[arg-type]


def test_a_change_near_the_door_shows_the_phone_that_the_snapshot_shows() -> None:
    shown = messages(courier_phone="stops<=3").contact(CHANGE, HEAD, None, CUSTOMER)
    assert shown == (True, True)


def test_a_change_far_from_the_door_hides_it() -> None:
    far = replace(HEAD, stops_ahead=4)
    assert messages(courier_phone="stops<=3").contact(CHANGE, far, None, CUSTOMER) == (True, False)
    assert messages(courier_phone="stops<=3").contact(CHANGE, far, None, DESK) == (True, True)


def test_the_stops_ahead_that_his_round_knows_go_before_those_of_the_parcel() -> None:
    outlook = Outlook(time.time(), time.time() + 60, time.time() + 120, stops_ahead=1)
    position = somewhere(outlooks=pack_outlooks({"p": outlook}))
    far = replace(HEAD, stops_ahead=40)
    assert messages(courier_phone="stops<=3").contact(CHANGE, far, position, CUSTOMER) == (True, True)
    assert messages(courier_phone="time<=5m").contact(CHANGE, far, position, CUSTOMER) == (True, True)


def test_metres_are_those_of_his_last_position_while_it_is_fresh() -> None:
    by_metres = messages(courier_name="metres<=500", courier_phone="metres<=500")
    assert by_metres.contact(CHANGE, HEAD, somewhere(), CUSTOMER) == (True, True)
    assert by_metres.contact(CHANGE, HEAD, somewhere(north=0.1), CUSTOMER) == (False, False)
    assert by_metres.contact(CHANGE, HEAD, somewhere(age=600), CUSTOMER) == (False, False)
    assert by_metres.contact(CHANGE, HEAD, somewhere("k2"), CUSTOMER) == (False, False)


@pytest.mark.parametrize(
    "head", [replace(HEAD, courier_id="k2"), replace(HEAD, live=False), replace(HEAD, courier_id=None)]
)
def test_of_a_courier_who_brings_it_no_longer_the_round_of_now_shows_nothing(head: Head) -> None:
    assert messages(courier_phone="stops<=3").contact(CHANGE, head, None, CUSTOMER) == (True, False)


RULES = ["always", "never", "stops<=3", "time<=5m", "metres<=500", "stops<=1 or metres<=500"]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("phone", RULES)
@pytest.mark.parametrize("view", ["self", "guest", "desk", "desk.still"])
def test_a_change_and_a_snapshot_never_differ_in_it(name: str, phone: str, view: str) -> None:
    rules: VisibilityRules = parse_rules({"courier_name": name, "courier_phone": phone})
    for head in (HEAD, replace(HEAD, stops_ahead=9), replace(HEAD, live=False)):
        for position in (None, somewhere(), somewhere(north=0.1), somewhere(age=600)):
            seen = near(replace(head, rules=rules), position, view)
            assert contact(rules, head, position, view) == (seen.courier_name, seen.courier_phone)


class Moody:
    """Renders what it is told to show."""

    def __init__(self) -> None:
        self.shown = (True, True)
        self.rendered = 0

    def contact(self, *_: object) -> tuple[bool, bool]:
        return self.shown

    def change(self, change: Change, viewer: Viewer, shown: tuple[bool, bool]) -> bytes:
        self.rendered += 1
        return repr(shown).encode()


def test_what_was_rendered_for_one_moment_is_not_sent_when_less_may_be_shown() -> None:
    topic, renderer = ParcelTopic("p", HEAD), Moody()
    topic.recent[3] = CHANGE
    for _ in range(5):
        assert b"(True, True)" in topic.rendered(CHANGE, None, CUSTOMER, renderer)  # type: ignore[arg-type]
    assert renderer.rendered == 1
    renderer.shown = (True, False)
    assert b"(True, False)" in topic.rendered(CHANGE, None, CUSTOMER, renderer)  # type: ignore[arg-type]
