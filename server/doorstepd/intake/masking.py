"""What is personal in an event is masked on the way in, once, so that no view can forget to."""

from dataclasses import replace

from doorstepd.access.masking import mask_name, mask_phone
from doorstepd.access.sealing import Sealer
from doorstepd.access.sentences import mask_text
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.log import NewEvent
from doorstepd.parcels.records import StoredEvent

_TEXT = "events.text"


def masked_event(event: TrackingEvent) -> TrackingEvent:
    """The event as it may be kept in the open."""
    names = (event.courier_name,) if event.courier_name else ()
    text = mask_text(event.text, names=names)
    if event.pickup_code:
        text = text.replace(event.pickup_code, "*" * len(event.pickup_code))

    def hidden(place: str | None) -> bool:
        """Whether what was read as a place is part of what the mask took for a person or a home."""
        return place is not None and place in event.text and place not in text

    return replace(
        event,
        text=text,
        places=tuple(place for place in event.places if not hidden(place)),
        next_place=None if hidden(event.next_place) else event.next_place,
        location=mask_text(event.location, names=names) if event.location else event.location,
        courier_name=mask_name(event.courier_name) if event.courier_name else None,
        courier_phone=mask_phone(event.courier_phone) if event.courier_phone else None,
        pickup_code=None,
    )


def masked_shipment(shipment: Shipment) -> Shipment:
    """What a source says of the whole parcel, as it may be kept in the open."""
    return replace(
        shipment,
        courier_name=mask_name(shipment.courier_name) if shipment.courier_name else None,
        courier_phone=mask_phone(shipment.courier_phone) if shipment.courier_phone else None,
    )


def to_keep(sealer: Sealer, merchant_id: str, stored: StoredEvent) -> NewEvent:
    """The masked event, and its text as received where the mask hid something."""
    masked = masked_event(stored.event)
    hidden = sealer.seal(merchant_id, _TEXT, stored.event.text) if masked.text != stored.event.text else None
    return NewEvent(replace(stored, event=masked), hidden)
