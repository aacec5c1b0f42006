"""The fold: one set of events has one state, however it arrived."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.fold import Shipment, fold, in_order
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
SUB_STATUSES_OF = {status: [None, *(s for s, of in STATUS_OF.items() if of is status)] for status in Status}


def event(
    hour: float, status: Status | None, sub_status: SubStatus | None = None, source: str = "zto", **more: object
) -> TrackingEvent:
    text = str(more.pop("text", f"row of hour {hour}"))
    time = START + timedelta(hours=hour)
    if more.get("zone") is Zone.UNKNOWN:
        time = time.replace(tzinfo=None)
    return TrackingEvent(source, time, text, status, sub_status, **more)  # type: ignore[arg-type]


@st.composite
def events(draw: st.DrawFn) -> TrackingEvent:
    status = draw(st.sampled_from([*Status, None]))
    return event(
        draw(st.integers(0, 8)),
        status,
        draw(st.sampled_from(SUB_STATUSES_OF[status])) if status else None,
        draw(st.sampled_from(["zto", "kdniao", "courier"])),
        text=draw(st.sampled_from(["到达", "离开", "签收"])),
        sequence=draw(st.integers(0, 2)),
        code=draw(st.sampled_from([None, "1", "2"])),
        **draw(st.sampled_from([{}, {}, {"zone": Zone.UNKNOWN}])),
    )


alarms = st.builds(
    lambda hour, status, computed, source: Shipment(source, status, None, START + timedelta(hours=hour), computed),
    st.integers(0, 8),
    st.sampled_from([Status.EXCEPTION, Status.IN_TRANSIT, Status.AVAILABLE_FOR_PICKUP]),
    st.booleans(),
    st.sampled_from(["zto", "kdniao"]),
)

JOURNEY = (
    event(0, Status.INFO_RECEIVED, SubStatus.LABEL_CREATED),
    event(5, Status.PICKED_UP),
    event(9, Status.IN_TRANSIT, SubStatus.DEPARTED),
    event(9, None, text="短信已发送"),
    event(30, Status.OUT_FOR_DELIVERY, courier_name="李四", courier_phone="13800005678"),
    event(33, Status.DELIVERED, SubStatus.SIGNED_BY_RECIPIENT),
)


def test_every_permutation_of_a_journey_folds_to_the_same_state() -> None:
    expected = fold(JOURNEY)
    assert expected.status is Status.DELIVERED
    assert expected.courier_phone == "13800005678"
    assert all(fold(order) == expected for order in permutations(JOURNEY))


@given(st.lists(events(), max_size=8), st.lists(alarms, max_size=3), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(rows: list[TrackingEvent], said: list[Shipment], chance: object) -> None:
    shuffled = rows + rows[: len(rows) // 2]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled, said[::-1] + said[:1]) == fold(rows, said)


@given(st.lists(events(), max_size=8))
def test_folding_a_folded_timeline_again_gives_the_same(rows: list[TrackingEvent]) -> None:
    assert fold(fold(rows).timeline) == fold(rows)


@given(st.lists(events(), max_size=8), st.lists(alarms, max_size=3))
def test_after_a_delivery_there_is_only_delivered_or_return(rows: list[TrackingEvent], said: list[Shipment]) -> None:
    state = fold([event(-1, Status.DELIVERED), *rows], said)
    assert state.status in (Status.DELIVERED, Status.RETURN_TO_SENDER)


@given(st.lists(events(), max_size=8))
def test_informational_rows_never_change_the_state(rows: list[TrackingEvent]) -> None:
    bare = fold([row for row in rows if row.status])
    full = fold(rows)
    assert (full.status, full.sub_status, full.attempt) == (bare.status, bare.sub_status, bare.attempt)


@given(st.lists(events(), max_size=8))
def test_a_sub_status_belongs_to_its_status(rows: list[TrackingEvent]) -> None:
    state = fold(rows)
    assert state.sub_status is None or STATUS_OF[state.sub_status] is state.status


def test_nothing_known_is_pending() -> None:
    state = fold([])
    assert (state.status, state.sub_status, state.latest) == (Status.PENDING, SubStatus.NO_INFO_YET, None)


def test_the_event_time_decides_and_not_the_arrival() -> None:
    late = [event(30, Status.OUT_FOR_DELIVERY), event(9, Status.IN_TRANSIT)]
    assert fold(late).status is Status.OUT_FOR_DELIVERY


def test_events_of_one_instant_keep_the_order_of_their_source() -> None:
    first = event(1, Status.OUT_FOR_DELIVERY, text="a", sequence=0)
    second = event(1, Status.IN_TRANSIT, text="b", sequence=1)
    assert fold([second, first]).status is Status.IN_TRANSIT


def test_the_same_instant_in_another_zone_is_the_same_event() -> None:
    local = START.astimezone(__import__("zoneinfo").ZoneInfo("Asia/Shanghai"))
    one = TrackingEvent("zto", START, "到达 【上海】", Status.IN_TRANSIT)
    other = replace(one, time=local, text="到达【上海】", zone=Zone.EXPLICIT)
    assert len(in_order([one, other])) == 1


def test_a_station_scan_after_the_signature_does_not_undo_it() -> None:
    rows = [
        event(1, Status.DELIVERED, text="已签收"),
        event(2, Status.AVAILABLE_FOR_PICKUP, SubStatus.AT_STATION, text="暂存驿站"),
        event(3, Status.DELIVERED, SubStatus.COLLECTED_FROM_PICKUP_POINT, text="已取出"),
    ]
    state = fold(rows)
    assert (state.status, state.sub_status) == (Status.DELIVERED, SubStatus.COLLECTED_FROM_PICKUP_POINT)
    assert fold(rows[:2]).status is Status.DELIVERED
    assert len(state.timeline) == 3


def test_an_explicit_correction_undoes_a_delivery() -> None:
    rows = [event(1, Status.DELIVERED), event(2, Status.IN_TRANSIT, text="误签收更正,快件仍在途中")]
    assert fold(rows).status is Status.IN_TRANSIT


def test_a_computed_alarm_wins_until_a_newer_event() -> None:
    rows = [event(1, Status.IN_TRANSIT, SubStatus.ARRIVED)]
    alarm = Shipment("kdniao", Status.EXCEPTION, SubStatus.STALLED, START + timedelta(hours=1), computed=True)
    assert fold(rows, [alarm]).sub_status is SubStatus.STALLED
    assert fold([*rows, event(2, Status.IN_TRANSIT, SubStatus.DEPARTED)], [alarm]).sub_status is SubStatus.DEPARTED


def test_the_newest_word_of_a_source_replaces_its_older_ones() -> None:
    at = START + timedelta(hours=1)
    old = Shipment("kdniao", Status.EXCEPTION, SubStatus.STALLED, at, computed=True, reported=at)
    new = Shipment("kdniao", Status.IN_TRANSIT, None, at, reported=at + timedelta(hours=1))
    rows = [event(1, Status.IN_TRANSIT, SubStatus.ARRIVED)]
    assert fold(rows, [new, old]).sub_status is SubStatus.ARRIVED


def test_a_shipment_status_that_is_no_alarm_counts_only_where_the_latest_event_is_unknown() -> None:
    said = Shipment("kdniao", Status.OUT_FOR_DELIVERY, None, START + timedelta(hours=2))
    known = [event(2, Status.IN_TRANSIT)]
    unknown = [event(1, Status.IN_TRANSIT), event(2, Status.UNKNOWN, SubStatus.UNMAPPED, recognised=False)]
    assert fold(known, [said]).status is Status.IN_TRANSIT
    assert fold(unknown, [said]).status is Status.OUT_FOR_DELIVERY


def test_an_event_that_was_not_understood_leaves_a_known_state() -> None:
    rows = [event(1, Status.OUT_FOR_DELIVERY), event(2, Status.UNKNOWN, SubStatus.UNMAPPED)]
    assert fold(rows).status is Status.OUT_FOR_DELIVERY
    assert fold(rows, unknown_moves=True).status is Status.UNKNOWN


def test_a_vaguer_echo_of_another_source_does_not_blur_the_detail() -> None:
    rows = [
        event(1, Status.DELIVERED, SubStatus.SIGNED_BY_OTHER),
        event(1.01, Status.DELIVERED, source="kdniao", text="已签收"),
    ]
    assert fold(rows).sub_status is SubStatus.SIGNED_BY_OTHER


@pytest.mark.parametrize(
    ("statuses", "attempt"),
    [
        ([Status.OUT_FOR_DELIVERY], 1),
        ([Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED], 2),
        ([Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.DELIVERY_FAILED], 2),
        ([Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.OUT_FOR_DELIVERY], 2),
        ([Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED] * 2, 3),
    ],
)
def test_a_failed_delivery_opens_the_next_attempt(statuses: list[Status], attempt: int) -> None:
    assert fold([event(hour, status) for hour, status in enumerate(statuses)]).attempt == attempt


def test_the_collecting_courier_is_forgotten_once_the_parcel_moves() -> None:
    collected = event(1, Status.PICKED_UP, courier_name="张三", courier_phone="13800001111")
    assert fold([collected]).courier_name == "张三"
    assert fold([collected, event(2, Status.IN_TRANSIT, SubStatus.DEPARTED)]).courier_name is None
