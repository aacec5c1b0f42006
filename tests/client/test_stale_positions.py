"""A followed order says whether the place it shows is one of before, whatever told of it last."""

from doorstep import WatchedOrder
from doorstep.messages import (
    PARCEL_STATUS_OUT_FOR_DELIVERY,
    POSITION_STATE_HIDDEN,
    POSITION_STATE_LIVE,
    POSITION_STATE_STALE,
    CourierPosition,
    Order,
    Parcel,
    ParcelChange,
    PositionUpdate,
    Snapshot,
    WatchUpdate,
)

PLACE = CourierPosition(courier_id="k1", sequence=1)


def parcel(*, stale: bool) -> Parcel:
    one = Parcel(parcel_id="p1", status=PARCEL_STATUS_OUT_FOR_DELIVERY, position=PLACE, position_stale=stale)
    one.courier.courier_id = "k1"
    return one


def snapshot(*, stale: bool) -> WatchUpdate:
    return WatchUpdate(snapshot=Snapshot(orders=[Order(parcels=[parcel(stale=stale)])]))


def moved(state) -> WatchUpdate:
    shown = None if state == POSITION_STATE_HIDDEN else PLACE
    return WatchUpdate(position=PositionUpdate(courier_id="k1", state=state, position=shown))


def test_an_update_of_the_position_says_whether_it_is_stale() -> None:
    picture = WatchedOrder().after(snapshot(stale=True))
    told = []
    for state in (POSITION_STATE_LIVE, POSITION_STATE_STALE, POSITION_STATE_HIDDEN):
        picture = picture.after(moved(state))
        told.append(picture.order.parcels[0].position_stale)
    assert told == [False, True, False]


def test_a_change_keeps_the_place_and_how_old_it_is() -> None:
    changed = Parcel(parcel_id="p1", status=PARCEL_STATUS_OUT_FOR_DELIVERY)
    changed.courier.courier_id = "k1"
    update = WatchUpdate(change=ParcelChange(parcel_id="p1", revision=2, parcel=changed))
    shown = WatchedOrder().after(snapshot(stale=True)).after(update).order.parcels[0]
    assert shown.position == PLACE
    assert shown.position_stale
