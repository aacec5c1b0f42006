"""The timeline: several sources, one row a scan."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.fold import fold
from doorstepd.parcels.timeline import merge
from doorstepd.parcels.vocabulary import Status, SubStatus

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def told(
    source: str,
    minutes: float,
    status: Status | None,
    sub_status: SubStatus | None = None,
    text: str = "",
    **more: object,
) -> TrackingEvent:
    time = NOON + timedelta(minutes=minutes)
    return TrackingEvent(source, time, text or f"{source} {minutes}", status, sub_status, **more)  # type: ignore[arg-type]


def test_the_same_scan_from_three_sources_is_one_row_with_its_sources() -> None:
    (row,) = merge(
        [
            told("kdniao", 0, Status.DELIVERED),
            told("zto", 0, Status.DELIVERED, SubStatus.SIGNED_BY_OTHER),
            told("courier", 3, Status.DELIVERED),
        ]
    )
    assert row.sources == ("courier", "kdniao", "zto")
    assert row.event.sub_status is SubStatus.SIGNED_BY_OTHER
    assert row.conflicts == ()


def test_two_scans_of_one_source_stay_two_rows() -> None:
    assert len(merge([told("sf", 0, Status.DELIVERED), told("sf", 1, Status.DELIVERED)])) == 2


def test_an_arrival_and_a_departure_of_the_same_second_stay_apart() -> None:
    both = [
        told(source, 0, Status.IN_TRANSIT, sub_status, f"{source} {sub_status}")
        for source in ("zto", "kdniao")
        for sub_status in (SubStatus.ARRIVED, SubStatus.DEPARTED)
    ]
    assert [row.sources for row in merge(both)] == [("kdniao", "zto"), ("kdniao", "zto")]


def test_contradicting_accounts_of_one_instant_are_one_row_with_the_conflict_shown() -> None:
    other = told("kdniao", 0, Status.AVAILABLE_FOR_PICKUP)
    (row,) = merge([other, told("zto", 0, Status.DELIVERED, SubStatus.SIGNED_BY_RECIPIENT)])
    assert row.event.source == "zto"
    assert row.sources == ("zto",)
    assert row.conflicts == (other,)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_accounts_the_row_shows_the_one_that_the_parcel_is_given(turned: bool) -> None:
    both = [
        told("zto", 0, Status.DELIVERED, text="已签收"),
        told("kdniao", 0, Status.DELIVERY_FAILED, text="派送失败，客户拒收，已联系商家处理"),
        told("kuaidi100", 0, Status.DELIVERED, text="签收"),
    ]
    (row,) = merge(reversed(both) if turned else both)
    assert row.event.status is fold(both).status is Status.DELIVERED
    assert row.sources == ("kuaidi100", "zto")
    assert [one.source for one in row.conflicts] == ["kdniao"]


def test_scans_of_different_hubs_within_minutes_stay_apart() -> None:
    rows = merge(
        [
            told("zto", 0, Status.IN_TRANSIT, SubStatus.ARRIVED, places=("杭州中转部",)),
            told("kdniao", 5, Status.IN_TRANSIT, SubStatus.ARRIVED, places=("上海中心",)),
        ]
    )
    assert len(rows) == 2


def test_a_zoneless_time_meets_the_same_wall_clock_of_a_source_that_knows_its_zone() -> None:
    wall = datetime(2026, 11, 2, 18, 40)
    aware = wall.replace(tzinfo=timezone(timedelta(hours=8)))
    rows = merge(
        [
            TrackingEvent("dhl", wall, "Shipment picked up", Status.PICKED_UP, zone=Zone.UNKNOWN),
            TrackingEvent("track17", aware, "Shipment picked up", Status.PICKED_UP, zone=Zone.EXPLICIT),
        ]
    )
    assert [row.sources for row in rows] == [("dhl", "track17")]
    assert rows[0].event.source == "track17"


def test_a_local_clock_is_placed_by_the_scans_that_another_source_tells_with_their_zone() -> None:
    berlin = timezone(timedelta(hours=1))
    wall = datetime(2026, 11, 5, 8, 31)
    events = [
        TrackingEvent("dhl", wall - timedelta(hours=1), "Arrived", Status.IN_TRANSIT, zone=Zone.UNKNOWN),
        TrackingEvent("dhl", wall - timedelta(minutes=20), "Sorted", Status.IN_TRANSIT, zone=Zone.UNKNOWN),
        TrackingEvent(
            "track17",
            (wall - timedelta(hours=1)).replace(tzinfo=berlin),
            "Arrived",
            Status.IN_TRANSIT,
            zone=Zone.EXPLICIT,
        ),
        TrackingEvent(
            "track17", wall.replace(tzinfo=berlin), "With courier", Status.OUT_FOR_DELIVERY, zone=Zone.EXPLICIT
        ),
    ]
    assert fold(events).status is Status.OUT_FOR_DELIVERY
    assert [row.event.text for row in merge(events)] == ["Arrived", "Sorted", "With courier"]


drawn = st.builds(
    told,
    st.sampled_from(["zto", "kdniao", "courier"]),
    st.sampled_from([0, 0, 3, 8, 15, 40]),
    st.sampled_from([None, Status.IN_TRANSIT, Status.DELIVERED, Status.OUT_FOR_DELIVERY]),
    st.none(),
    st.sampled_from(["到达", "签收", ""]),
)


@given(st.lists(drawn, max_size=8), st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_order_or_repetition(events: list[TrackingEvent], chance: object) -> None:
    again = events + events
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert merge(again) == merge(events)


@given(st.lists(drawn, max_size=8))
def test_no_source_tells_one_row_twice_and_none_is_lost(events: list[TrackingEvent]) -> None:
    rows = merge(events)
    told_by = [[*row.sources, *(one.source for one in row.conflicts)] for row in rows]
    assert all(len(sources) == len(set(sources)) for sources in told_by)
    assert {source for sources in told_by for source in sources} == {event.source for event in events}
    assert all(one.status is not row.event.status for row in rows for one in row.conflicts)
