"""How far a report may be believed that nobody signed. Pure.

Whoever learns the address that a carrier pushes to can push whatever he likes where the carrier does not sign. That a
parcel moves may be told so; what costs a customer money or ends a journey may not.
"""

from dataclasses import replace
from enum import StrEnum

from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.vocabulary import SubStatus, is_terminal

# What asks the customer for money or documents, and the same without the asking.
_PLAIN = {
    SubStatus.DUTY_DUE: SubStatus.CUSTOMS_PROCESSING,
    SubStatus.DOCUMENTS_REQUIRED: SubStatus.CUSTOMS_PROCESSING,
    SubStatus.HELD_FOR_PAYMENT: SubStatus.HELD,
}


class Trust(StrEnum):
    """Who answers for a report."""

    SIGNED = "signed"
    """Signed by the source, or its answer to a question of ours."""

    UNSIGNED = "unsigned"
    """Anybody may have sent it, and the source can be asked whether it did."""

    UNSIGNED_ALONE = "unsigned_alone"
    """Anybody may have sent it, and there is nobody to ask: there will be nothing better."""


def doubted(event: TrackingEvent, trust: Trust) -> TrackingEvent:
    """The event as far as it is believed; what is not is kept as its claim, for the source to confirm.

    A demand becomes plain progress, without the words of it, which may name somebody else's account. An end of the
    journey decides nothing, unless nobody could confirm it.
    """
    if trust is Trust.SIGNED or event.status is None:
        return event
    claim = (event.status, event.sub_status)
    if event.sub_status in _PLAIN:
        return replace(event, sub_status=_PLAIN[event.sub_status], text="", claim=claim)
    if trust is Trust.UNSIGNED and is_terminal(*claim):
        return replace(event, status=None, sub_status=None, claim=claim)
    return event


def doubted_shipment(shipment: Shipment, trust: Trust) -> Shipment:
    """The word on the whole parcel, without a state that is not believed."""
    if trust is Trust.SIGNED or shipment.status is None:
        return shipment
    ends = trust is Trust.UNSIGNED and is_terminal(shipment.status, shipment.sub_status)
    return replace(shipment, status=None, sub_status=None) if ends or shipment.sub_status in _PLAIN else shipment


def undoubted_end(event: TrackingEvent) -> TrackingEvent | None:
    """The event with its claim believed, if that is an end of the journey; None if it claims none."""
    if event.claim is None or not is_terminal(*event.claim):
        return None
    status, sub_status = event.claim
    return replace(event, status=status, sub_status=sub_status, claim=None)
