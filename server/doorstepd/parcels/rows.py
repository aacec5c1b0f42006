"""Between rows and records: the only place that knows how a record is laid out in columns and in JSON."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import RowMapping

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.records import (
    CourierCard,
    Door,
    Expected,
    Item,
    Order,
    Parcel,
    Recipient,
    StoredEvent,
    StoredReminder,
)
from doorstepd.parcels.vocabulary import Status, SubStatus

# Of a parcel, what never changes after its creation: it is not repeated in each revision.
FIXED = ("merchant_id", "parcel_id", "order_id", "number", "items", "create_time")


def order_row(order: Order, sealed: bytes | None) -> dict[str, Any]:
    """Columns of `orders`."""
    public = order.recipient_public
    return {
        "merchant_id": order.merchant_id,
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "digest": order.digest,
        "order_time": order.order_time,
        "create_time": order.create_time,
        "recipient_name": order.recipient.name,
        "recipient_phone": order.recipient.phone,
        "recipient_address": order.recipient.address,
        "recipient_public": {"name": public.name, "phone": public.phone, "address": public.address},
        "recipient_sealed": sealed,
        "latitude": order.door.latitude if order.door else None,
        "longitude": order.door.longitude if order.door else None,
    }


def order(row: RowMapping | dict[str, Any]) -> Order:
    """From a row of `orders`."""
    door = Door(row["latitude"], row["longitude"]) if row["latitude"] is not None else None
    return Order(
        merchant_id=row["merchant_id"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        digest=row["digest"],
        order_time=row["order_time"],
        create_time=row["create_time"],
        recipient=Recipient(row["recipient_name"], row["recipient_phone"], row["recipient_address"]),
        recipient_public=Recipient(**row["recipient_public"]),
        door=door,
    )


def parcel_row(parcel: Parcel) -> dict[str, Any]:
    """Columns of `parcels`."""
    courier = parcel.courier
    return {
        "merchant_id": parcel.merchant_id,
        "parcel_id": parcel.parcel_id,
        "order_id": parcel.order_id,
        "number": parcel.number,
        "items": [{"title": item.title, "quantity": item.quantity} for item in parcel.items],
        "create_time": parcel.create_time,
        "update_time": parcel.update_time,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "status": parcel.status.value,
        "sub_status": parcel.sub_status.value if parcel.sub_status else None,
        "status_time": parcel.status_time,
        "event_id": parcel.event_id,
        "attention": parcel.attention,
        "terminal": parcel.terminal,
        "attempt": parcel.attempt,
        "courier_id": courier.courier_id if courier else None,
        "courier_name": courier.name if courier else None,
        "courier_phone": courier.phone if courier else None,
        "expected_time": parcel.expected.time if parcel.expected else None,
        "expected_source": parcel.expected.source if parcel.expected else None,
        "shipments": [shipment_row(shipment) for shipment in parcel.shipments],
        "revision": parcel.revision,
    }


def parcel(row: RowMapping | dict[str, Any]) -> Parcel:
    """From a row of `parcels`, or from columns put together from a revision."""
    named = (row["courier_id"], row["courier_name"], row["courier_phone"])
    return Parcel(
        merchant_id=row["merchant_id"],
        parcel_id=row["parcel_id"],
        order_id=row["order_id"],
        number=row["number"],
        items=tuple(Item(**item) for item in row["items"]),
        carrier=row["carrier"],
        tracking_number=row["tracking_number"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        status=Status(row["status"]),
        sub_status=SubStatus(row["sub_status"]) if row["sub_status"] else None,
        status_time=row["status_time"],
        event_id=row["event_id"],
        attention=row["attention"],
        terminal=row["terminal"],
        attempt=row["attempt"],
        courier=CourierCard(*named) if any(named) else None,
        expected=Expected(row["expected_time"], row["expected_source"]) if row["expected_time"] else None,
        shipments=tuple(shipment(kept) for kept in row["shipments"]),
        revision=row["revision"],
    )


def after(parcel: Parcel) -> dict[str, Any]:
    """The parcel as a revision keeps it: JSON, without what never changes."""
    return {k: _plain(v) for k, v in parcel_row(parcel).items() if k not in FIXED}


def parcel_after(fixed: RowMapping, kept: dict[str, Any]) -> Parcel:
    """The parcel as it stood at a revision."""
    columns = {name: fixed[name] for name in FIXED} | kept
    for name in ("status_time", "expected_time", "update_time"):
        columns[name] = _moment(columns[name])
    return parcel(columns)


def event_row(merchant_id: str, stored: StoredEvent, text_sealed: bytes | None) -> dict[str, Any]:
    """Columns of `events`."""
    event = stored.event
    offset = event.time.utcoffset()
    return {
        "merchant_id": merchant_id,
        "parcel_id": stored.parcel_id,
        "source": event.source,
        "event_key": stored.event_id.partition("/")[2],
        "event_time": event.instant,
        "offset_minutes": None if offset is None else int(offset.total_seconds() // 60),
        "zone": event.zone.value,
        "status": event.status.value if event.status else None,
        "sub_status": event.sub_status.value if event.sub_status else None,
        "text": event.text,
        "text_sealed": text_sealed,
        "code": event.code,
        "location": event.location,
        "facts": {
            "places": list(event.places),
            "next_place": event.next_place,
            "courier_name": event.courier_name,
            "courier_phone": event.courier_phone,
            "recognised": event.recognised,
        }
        | ({"claim": event.claim} if event.claim else {}),
        "sequence": event.sequence,
        "receive_time": stored.receive_time,
    }


def event(row: RowMapping | dict[str, Any]) -> StoredEvent:
    """From a row of `events`."""
    facts = row["facts"]
    happened = TrackingEvent(
        source=row["source"],
        time=_local(row["event_time"], row["offset_minutes"]),
        text=row["text"],
        status=Status(row["status"]) if row["status"] else None,
        sub_status=SubStatus(row["sub_status"]) if row["sub_status"] else None,
        code=row["code"],
        location=row["location"],
        places=tuple(facts["places"]),
        next_place=facts["next_place"],
        courier_name=facts["courier_name"],
        courier_phone=facts["courier_phone"],
        zone=Zone(row["zone"]),
        sequence=row["sequence"],
        recognised=facts["recognised"],
        claim=_claim(facts.get("claim")),
    )
    return StoredEvent(row["parcel_id"], f"{row['source']}/{row['event_key']}", happened, row["receive_time"])


def event_detail(merchant_id: str, stored: StoredEvent) -> dict[str, Any]:
    """The event as a revision keeps it."""
    columns = event_row(merchant_id, stored, None)
    del columns["text_sealed"], columns["merchant_id"]
    return {"event": {k: _plain(v) for k, v in columns.items()}}


def detailed_event(kept: dict[str, Any]) -> StoredEvent:
    """The event of a revision."""
    columns = dict(kept)
    for name in ("event_time", "receive_time"):
        columns[name] = _moment(columns[name])
    return event(columns)


def reminder_detail(reminder: StoredReminder) -> dict[str, Any]:
    """The reminder as a revision keeps it."""
    return {
        "reminder": {
            "parcel_id": reminder.parcel_id,
            "attempt": reminder.attempt,
            "kind": reminder.kind,
            "ring_time": reminder.ring_time.isoformat(),
            "text_zh": reminder.text_zh,
            "text_en": reminder.text_en,
            "reason": reminder.reason,
        }
    }


def detailed_reminder(kept: dict[str, Any]) -> StoredReminder:
    """The reminder of a revision."""
    return StoredReminder(**kept | {"ring_time": datetime.fromisoformat(kept["ring_time"])})


def shipment_row(shipment: Shipment) -> dict[str, Any]:
    """A source's word on the whole parcel as JSON."""
    return {
        "source": shipment.source,
        "status": shipment.status.value if shipment.status else None,
        "sub_status": shipment.sub_status.value if shipment.sub_status else None,
        "as_of": _plain(shipment.as_of),
        "computed": shipment.computed,
        "expected": _plain(shipment.expected),
        "expected_day": not isinstance(shipment.expected, datetime),
        "courier_name": shipment.courier_name,
        "courier_phone": shipment.courier_phone,
        "reported": _plain(shipment.reported),
    }


def shipment(kept: dict[str, Any]) -> Shipment:
    """From JSON."""
    read = date.fromisoformat if kept["expected_day"] else datetime.fromisoformat
    return Shipment(
        source=kept["source"],
        status=Status(kept["status"]) if kept["status"] else None,
        sub_status=SubStatus(kept["sub_status"]) if kept["sub_status"] else None,
        as_of=_moment(kept["as_of"]),
        computed=kept["computed"],
        expected=read(kept["expected"]) if kept["expected"] else None,
        courier_name=kept["courier_name"],
        courier_phone=kept["courier_phone"],
        reported=_moment(kept["reported"]),
    )


def _claim(kept: Sequence[str] | None) -> tuple[Status, SubStatus | None] | None:
    if kept is None:
        return None
    status, sub_status = kept
    return Status(status), SubStatus(sub_status) if sub_status else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _local(instant: datetime, offset_minutes: int | None) -> datetime:
    if offset_minutes is None:
        return instant.replace(tzinfo=None)
    return instant.astimezone(timezone(timedelta(minutes=offset_minutes)) if offset_minutes else UTC)
