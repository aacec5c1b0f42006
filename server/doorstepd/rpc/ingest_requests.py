"""Reading what order systems, internal systems and couriers' apps send."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from doorstep.tracking.v1 import courier_pb2, stop_pb2

from doorstepd.carriers.text import clean, read
from doorstepd.intake.assign_stops import Courier, NewStop
from doorstepd.intake.complete_stop import Outcome
from doorstepd.intake.ledger import Report
from doorstepd.intake.register_order import NewOrder, NewParcel
from doorstepd.names import checked_id, tracking_number
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.records import Item, Recipient
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions.fix import RawFix, Rejection
from doorstepd.rpc import requests, wire

_CLOCK = timedelta(minutes=5)
_SOURCE = "internal"
_EARLIEST_FIX, _LATEST_FIX = 946_684_800, 253_402_300_799  # 2000 to 9999

_REJECTION = {
    Rejection.NOT_A_NUMBER: courier_pb2.FIX_REJECTION_INVALID_POINT,
    Rejection.LATITUDE_RANGE: courier_pb2.FIX_REJECTION_INVALID_POINT,
    Rejection.LONGITUDE_RANGE: courier_pb2.FIX_REJECTION_INVALID_POINT,
    Rejection.NULL_ISLAND: courier_pb2.FIX_REJECTION_INVALID_POINT,
    Rejection.UNTYPED_DATUM: courier_pb2.FIX_REJECTION_UNTYPED_DATUM,
    Rejection.BAD_ACCURACY: courier_pb2.FIX_REJECTION_INVALID_VALUE,
    Rejection.FROM_THE_FUTURE: courier_pb2.FIX_REJECTION_FROM_THE_FUTURE,
    Rejection.TOO_OLD: courier_pb2.FIX_REJECTION_TOO_OLD,
    Rejection.DUPLICATE: courier_pb2.FIX_REJECTION_DUPLICATE,
    Rejection.OUT_OF_ORDER: courier_pb2.FIX_REJECTION_OUT_OF_ORDER,
    Rejection.UNCERTAIN: courier_pb2.FIX_REJECTION_UNCERTAIN,
    Rejection.UNCONFIRMED: courier_pb2.FIX_REJECTION_UNCONFIRMED,
    Rejection.IMPLAUSIBLE_SPEED: courier_pb2.FIX_REJECTION_IMPLAUSIBLE,
}


def rejection(reason: Rejection, fix: Any) -> courier_pb2.FixRejection:
    """The wire's word for why this fix was not taken."""
    if reason is Rejection.TOO_OLD and not _is_a_time(fix.fix_time):
        return courier_pb2.FIX_REJECTION_INVALID_TIME
    return _REJECTION.get(reason, courier_pb2.FIX_REJECTION_IMPLAUSIBLE)  # a kind that is new here is set aside as well


def _is_a_time(stamp: Any) -> bool:
    return bool(_EARLIEST_FIX <= stamp.seconds <= _LATEST_FIX and 0 <= stamp.nanos < 1_000_000_000)


def new_order(path: str, request: Any) -> NewOrder:
    """An order to register."""
    requests.at_most(f"{path}parcels", request.parcels, 50)
    recipient = request.recipient
    return NewOrder(
        order_id=checked_id(f"{path}order_id", request.order_id),
        customer_id=checked_id(f"{path}customer_id", request.customer_id),
        parcels=_each_once(path, requests.each(f"{path}parcels", request.parcels, _new_parcel)),
        recipient=Recipient(
            requests.short(f"{path}recipient.name", recipient.name, 100),
            requests.short(f"{path}recipient.phone", recipient.phone, 32),
            requests.short(f"{path}recipient.address", recipient.address, 300),
        ),
        door=requests.door(f"{path}recipient.point", recipient.point) if recipient.HasField("point") else None,
        order_time=requests.moment(request, "order_time", path, future=_CLOCK),
    )


def _new_parcel(path: str, parcel: Any) -> NewParcel:
    requests.at_most(f"{path}items", parcel.items, 200, least=0)
    return NewParcel(
        items=tuple(requests.each(f"{path}items", parcel.items, _item)),
        carrier=_carrier(f"{path}carrier", parcel.carrier),
        tracking_number=requests.optional_id(f"{path}tracking_number", tracking_number(parcel.tracking_number)),
        parcel_id=requests.optional_id(f"{path}parcel_id", parcel.parcel_id),
    )


def _carrier(field: str, given: str) -> str:
    if len(given) > 32:
        raise requests.bad(field, "is longer than 32 characters")
    return requests.optional_id(field, given)


def _each_once(path: str, parcels: list[NewParcel]) -> tuple[NewParcel, ...]:
    seen: set[str] = set()
    for place, one in enumerate(parcels):
        if one.parcel_id and one.parcel_id in seen:
            raise requests.bad(f"{path}parcels[{place}].parcel_id", "is that of another parcel of this order")
        seen.add(one.parcel_id)
    return tuple(parcels)


def _item(path: str, item: Any) -> Item:
    if not 0 <= item.quantity <= 100_000:
        raise requests.bad(f"{path}quantity", "must be 1 to 100000")
    title = requests.short(f"{path}title", item.title, 200)
    if not title:
        raise requests.bad(f"{path}title", "is empty")
    return Item(title, item.quantity or 1)


def tracking(request: Any) -> tuple[str, str, str]:
    """Parcel ID, carrier ("" when not known) and tracking number."""
    return (
        checked_id("parcel_id", request.parcel_id),
        requests.optional_id("carrier", request.carrier)[:32],
        checked_id("tracking_number", tracking_number(request.tracking_number)),
    )


def report(request: Any) -> Report:
    """Events to record, each with the sender's own ID where it has one."""
    requests.at_most("events", request.events, 500)
    events = requests.each("events", request.events, _event)
    keys = {
        place: checked_id(f"events[{place}].external_id", one.external_id)
        for place, one in enumerate(request.events)
        if one.external_id
    }
    return Report(tuple(events), keys=keys)


def _event(path: str, event: Any) -> TrackingEvent:
    happened = requests.moment(event, "event_time", path, future=_CLOCK)
    if happened is None:
        raise requests.bad(f"{path}event_time", "is missing")
    text = clean(requests.short(f"{path}text", event.text, 1000))
    status, sub_status = requests.state(event.status, event.sub_status, path)
    if status is None and not text:
        raise requests.bad(f"{path}text", "is empty, and so is the status; give at least one")
    reading = read(text)
    if status is None:
        status, sub_status = reading.status, reading.sub_status
    return TrackingEvent(
        source=_SOURCE,
        time=happened,
        text=text,
        status=status,
        sub_status=sub_status,
        location=requests.short(f"{path}location", event.location, 200) or None,
        places=reading.places,
        next_place=reading.next_place,
        courier_name=reading.courier_name,
        courier_phone=reading.courier_phone,
        pickup_code=reading.pickup_code,
        zone=Zone.EXPLICIT,
        recognised=status is not Status.UNKNOWN,
    )


def courier(request: Any) -> Courier:
    """Who gets the round."""
    return Courier(
        checked_id("courier_id", request.courier_id),
        requests.short("courier_name", request.courier_name, 100),
        requests.short("courier_phone", request.courier_phone, 32),
    )


def new_stops(request: Any) -> list[NewStop]:
    """The stops of the round; each parcel once."""
    requests.at_most("stops", request.stops, 500)
    found = requests.each("stops", request.stops, _stop)
    seen: set[str] = set()
    for place, one in enumerate(found):
        if one.parcel_id in seen:
            raise requests.bad(f"stops[{place}].parcel_id", "is in this round twice")
        seen.add(one.parcel_id)
    return found


def _stop(path: str, stop: Any) -> NewStop:
    if not 0 <= stop.sequence <= 10_000:
        raise requests.bad(f"{path}sequence", "must be 1 to 10000, or 0 when the order of stops is not known")
    door = requests.door(f"{path}point", stop.point) if stop.HasField("point") else None
    return NewStop(checked_id(f"{path}parcel_id", stop.parcel_id), stop.sequence, door)


def outcome(request: Any) -> Outcome:
    """How a stop ended."""
    if request.outcome not in (stop_pb2.STOP_OUTCOME_DELIVERED, stop_pb2.STOP_OUTCOME_FAILED):
        raise requests.bad("outcome", "must be DELIVERED or FAILED")
    delivered = request.outcome == stop_pb2.STOP_OUTCOME_DELIVERED
    status, sub_status = requests.state(0, request.sub_status)
    if status not in (None, Status.DELIVERED if delivered else Status.DELIVERY_FAILED):
        raise requests.bad("sub_status", "does not belong to the outcome")
    ended = requests.moment(request, "complete_time", future=_CLOCK) or datetime.now(UTC)
    return Outcome(delivered, sub_status, ended, requests.short("note", request.note, 200))


def raw_fixes(request: Any) -> list[RawFix]:
    """A device's fixes. They are judged one by one later; only their number is checked here."""
    requests.at_most("fixes", request.fixes, 500, least=0)
    received = time.time()
    return [_raw_fix(fix, received) for fix in request.fixes]


def _raw_fix(fix: Any, received: float) -> RawFix:
    point, stamp, given = fix.point, fix.fix_time, fix.HasField
    seconds, nanos = stamp.seconds, stamp.nanos
    return RawFix(
        point.latitude,
        point.longitude,
        wire.datum_from(point.datum),
        seconds + nanos / 1e9 if _EARLIEST_FIX <= seconds <= _LATEST_FIX and 0 <= nanos < 1_000_000_000 else 0.0,
        received,
        fix.accuracy_meters if given("accuracy_meters") else None,
        fix.speed_mps if given("speed_mps") else None,
        fix.heading_degrees if given("heading_degrees") else None,
    )
