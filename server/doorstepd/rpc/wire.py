"""From records to messages: what each kind of reader sees of an order, a parcel, an event or a reminder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from doorstep.tracking.v1 import (
    courier_pb2,
    geo_pb2,
    order_pb2,
    parcel_pb2,
    reminder_pb2,
    status_pb2,
    text_pb2,
)
from google.protobuf.timestamp_pb2 import Timestamp

from doorstepd.live.frames import field
from doorstepd.live.position import Position
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.labels import foremost, label, tally
from doorstepd.parcels.reads import EventRow
from doorstepd.parcels.records import Order, Parcel, StoredReminder
from doorstepd.parcels.sentences import NOTHING_NEW, coming, told
from doorstepd.parcels.silence import nothing_heard
from doorstepd.parcels.vocabulary import Status, SubStatus, word
from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.geocoding import Words
from doorstepd.rpc.arrivals import NOWHERE, Near
from doorstepd.rpc.timelines import sentence, timeline

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_STATUS: dict[Status, Any] = {one: status_pb2.ParcelStatus.Value(f"PARCEL_STATUS_{one.name}") for one in Status}
_SUB_STATUS: dict[SubStatus, Any] = {
    one: status_pb2.ParcelSubStatus.Value(f"PARCEL_SUB_STATUS_{one.name}") for one in SubStatus
}
_STATUS_BACK: dict[int, Status] = {number: one for one, number in _STATUS.items()}
_SUB_STATUS_BACK: dict[int, SubStatus] = {number: one for one, number in _SUB_STATUS.items()}
_DATUM = {Datum.WGS84: geo_pb2.DATUM_WGS84, Datum.GCJ02: geo_pb2.DATUM_GCJ02, Datum.BD09: geo_pb2.DATUM_BD09}
_DATUM_BACK: dict[int, Datum] = {number: one for one, number in _DATUM.items()}
_ETA_SOURCE = {"carrier": parcel_pb2.ETA_SOURCE_CARRIER, "live": parcel_pb2.ETA_SOURCE_LIVE}
_KINDS, _STATES = reminder_pb2.ReminderKind.DESCRIPTOR.values, reminder_pb2.NoticeState.DESCRIPTOR.values
_REMINDER_KIND = {one.name.removeprefix("REMINDER_KIND_").lower(): one.number for one in _KINDS}
_NOTICE_STATE = {one.name.removeprefix("NOTICE_STATE_").lower(): one.number for one in _STATES}


Events = Mapping[str, Sequence[EventRow]]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a message is made: the mask ("self", "desk", "guest"), the datum of points, and the present.

    `now` is in the zone in which sentences say 明天下午; `known_as` gives the name by which couriers are told apart.
    """

    view: str
    datum: Datum
    now: datetime
    known_as: Callable[[str], str] = str


def timestamp(moment: datetime | None) -> Timestamp | None:
    """None stays None, which leaves a field unset."""
    if moment is None:
        return None
    # What `FromDatetime` does, ten times as fast; an order has some twenty of them.
    whole, part = divmod((moment - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=whole, nanos=part * 1000)


def moment(seconds: float) -> Timestamp:
    """From seconds since the epoch, to the microsecond."""
    whole, part = divmod(round(seconds * 1_000_000), 1_000_000)
    return Timestamp(seconds=whole, nanos=part * 1000)


def status_from(number: int) -> Status | None:
    """The status of the wire; None for UNSPECIFIED and for numbers of a later version."""
    return _STATUS_BACK.get(number)


def sub_status_from(number: int) -> SubStatus | None:
    """The sub-status of the wire; None for UNSPECIFIED and for numbers of a later version."""
    return _SUB_STATUS_BACK.get(number)


def datum_from(number: int) -> Datum | None:
    """The datum of the wire; None for UNSPECIFIED."""
    return _DATUM_BACK.get(number)


def status_number(status: Status) -> Any:
    """The wire's number of a status."""
    return _STATUS[status]


def text(words: object) -> text_pb2.LocalizedText:
    """Anything with `zh` and `en`."""
    return text_pb2.LocalizedText(zh=words.zh, en=words.en)  # type: ignore[attr-defined]


def order(
    reader: Reader, record: Order, parcels: Sequence[Parcel], events: Events, near: Mapping[str, Near]
) -> order_pb2.Order:
    """An order with its parcels; `events`, oldest first, and `near` by parcel ID."""
    return order_pb2.Order.FromString(order_bytes(reader, record, parcels, events, near))


def order_bytes(
    reader: Reader, record: Order, parcels: Sequence[Parcel], events: Events, near: Mapping[str, Near]
) -> bytes:
    """As `order`, serialised: joined from parts, so that no timeline is ever copied from message to message."""
    shown = [
        _parcel(reader, one, record, _deciding(one, events.get(one.parcel_id, ())), near.get(one.parcel_id, NOWHERE))
        for one in parcels
    ]
    message = order_pb2.Order(
        order_id=record.order_id,
        customer_id=record.customer_id if reader.view != "guest" else "",
        status=_STATUS[foremost(parcels).status],
        sentence=shown[0].sentence if len(parcels) == 1 else text(tally(parcels)),
        order_time=timestamp(record.order_time),
        create_time=timestamp(record.create_time),
    )
    parts = [message.SerializeToString()]
    for one in shown:
        its_timeline = timeline(events.get(one.parcel_id, ()), guest=reader.view == "guest")
        parts.append(field(order_pb2.Order.PARCELS_FIELD_NUMBER, one.SerializeToString() + its_timeline))
    return b"".join(parts)


def parcel(
    reader: Reader,
    record: Parcel,
    its_order: Order | None,
    events: Sequence[EventRow] = (),
    near: Near = NOWHERE,
    deciding: EventRow | None = None,
) -> parcel_pb2.Parcel:
    """A parcel with its events, newest first. `deciding`: the event that the status rests on, if not among them."""
    message = _parcel(reader, record, its_order, deciding or _deciding(record, events), near)
    message.MergeFromString(timeline(events, guest=reader.view == "guest"))
    return message


def _deciding(record: Parcel, events: Sequence[EventRow]) -> EventRow | None:
    source, _, key = (record.event_id or "").partition("/")
    return next((one for one in reversed(events) if one.event_key == key and one.source == source), None)


def _parcel(
    reader: Reader, record: Parcel, its_order: Order | None, deciding: EventRow | None, near: Near
) -> parcel_pb2.Parcel:
    """Without its events."""
    message = parcel_pb2.Parcel(
        parcel_id=record.parcel_id,
        order_id=record.order_id,
        number=record.number,
        label=text(label(record)),
        items=[parcel_pb2.Item(title=item.title, quantity=item.quantity) for item in record.items],
        carrier=record.carrier,
        tracking_number=record.tracking_number,
        status=_STATUS[record.status],
        sub_status=_SUB_STATUS[record.sub_status] if record.sub_status else None,
        status_text=_words(record.status, record.sub_status),
        sentence=_sentence(record, deciding, reader),
        status_time=timestamp(record.status_time),
        needs_attention=record.attention,
        terminal=record.terminal,
        attempt=record.attempt,
        revision=record.revision,
        create_time=timestamp(record.create_time),
        update_time=timestamp(record.update_time),
    )
    _add_people(message, record, its_order, reader, near)
    if record.expected and not record.terminal:
        message.expected_delivery.expected_time.FromDatetime(record.expected.time.astimezone(UTC))
        message.expected_delivery.source = _ETA_SOURCE[record.expected.source]
    _add_near(message, record, near, reader)
    return message


def position(live: Position, datum: Datum, place: Words | None = None) -> courier_pb2.CourierPosition:
    """A position in the datum asked for; `place` is the same in words."""
    latitude, longitude = from_wgs84(live.lat, live.lng, datum)
    return courier_pb2.CourierPosition(
        courier_id=live.courier_id,
        point=geo_pb2.Point(latitude=latitude, longitude=longitude, datum=_DATUM[datum]),
        fix_time=moment(live.fix_time),
        sequence=live.sequence,
        accuracy_meters=live.accuracy_m,
        speed_mps=live.speed_mps,
        heading_degrees=live.heading_deg,
        receive_time=moment(live.receive_time),
        place=text(place) if place else None,
    )


def approach(parcel_id: str, near: Near) -> parcel_pb2.Approach:
    """How near; what is hidden or unknown stays unset."""
    arrival = near.arrival
    return parcel_pb2.Approach(
        parcel_id=parcel_id,
        distance_meters=None if near.distance_m is None else round(near.distance_m, 1),
        remaining_meters=None if near.remaining_m is None else round(near.remaining_m, 1),
        stops_ahead=near.stops_ahead,
        expected_time=moment(arrival.expected) if arrival else None,
        earliest_time=moment(arrival.earliest) if arrival else None,
        latest_time=moment(arrival.latest) if arrival else None,
    )


def reminder(record: StoredReminder, notices: Iterable[dict[str, object]] = ()) -> reminder_pb2.Reminder:
    """A reminder with its reason and what became of its notices."""
    return reminder_pb2.Reminder(
        reminder_id=record.reminder_id,
        parcel_id=record.parcel_id,
        attempt=record.attempt,
        kind=_REMINDER_KIND[record.kind],  # type: ignore[arg-type]
        ring_time=timestamp(record.ring_time),
        text=text_pb2.LocalizedText(zh=record.text_zh, en=record.text_en),
        reason=reminder_reason(record.reason),
        notices=[_notice(one) for one in notices],
    )


def reminder_reason(why: Mapping[str, Any]) -> reminder_pb2.ReminderReason:
    """The numbers behind a bell, and what they say."""
    reason = reminder_pb2.ReminderReason(
        distance_meters=why.get("distance_m"),
        accuracy_meters=why.get("accuracy_m"),
        radius_meters=why.get("radius_m"),
        stops_ahead=why.get("stops_ahead"),
        rule_version=why.get("rule_version", ""),
    )
    if "explanation_zh" in why:
        reason.explanation.zh, reason.explanation.en = why["explanation_zh"], why["explanation_en"]
    return reason


def _notice(row: dict[str, object]) -> reminder_pb2.Notice:
    return reminder_pb2.Notice(
        channel=str(row["channel"]),
        state=_NOTICE_STATE[str(row["state"])],  # type: ignore[arg-type]
        send_time=timestamp(row["send_time"]),  # type: ignore[arg-type]
        drop_reason=str(row["drop_reason"] or ""),
    )


@cache
def _words(status: Status, sub_status: SubStatus | None) -> text_pb2.LocalizedText:
    return text(word(status, sub_status))


def _sentence(record: Parcel, deciding: EventRow | None, reader: Reader) -> text_pb2.LocalizedText:
    expected = record.expected.time.astimezone(reader.now.tzinfo) if record.expected else None
    when = coming(expected, reader.now)
    if deciding is not None and deciding.status == record.status:
        return sentence(deciding, when, guest=reader.view == "guest")
    if nothing_heard(record):
        return text(NOTHING_NEW)
    # Nothing happened yet, or a source speaks of the whole parcel: only the state itself is known.
    bare = TrackingEvent("doorstep", record.status_time or record.create_time, "", record.status, record.sub_status)
    return text(told(bare, when))


def _add_people(
    message: parcel_pb2.Parcel, record: Parcel, its_order: Order | None, reader: Reader, near: Near
) -> None:
    guest = reader.view == "guest"
    if record.courier is not None:
        message.courier.courier_id = reader.known_as(record.courier.courier_id or "")
        message.courier.display_name = (record.courier.name or "") if near.courier_name else ""
        message.courier.masked_phone = (record.courier.phone or "") if near.courier_phone and not guest else ""
    if its_order is not None:
        shown = its_order.recipient_public if guest else its_order.recipient
        message.recipient.name, message.recipient.phone = shown.name, shown.phone
        message.recipient.address = shown.address


def _add_near(message: parcel_pb2.Parcel, record: Parcel, near: Near, reader: Reader) -> None:
    if near.position is not None:
        message.position.CopyFrom(position(near.position, reader.datum, near.place))
        message.position.courier_id = reader.known_as(near.position.courier_id)
        message.position_stale = near.stale
    if near.arrival is not None:
        expected = message.expected_delivery
        expected.expected_time.CopyFrom(moment(near.arrival.expected))
        expected.source = parcel_pb2.ETA_SOURCE_LIVE
        expected.earliest_time.CopyFrom(moment(near.arrival.earliest))
        expected.latest_time.CopyFrom(moment(near.arrival.latest))
    if near[1:5] != NOWHERE[1:5]:
        message.approach.CopyFrom(approach(record.parcel_id, near))
