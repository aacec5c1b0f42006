"""From a parcel's events to the parcel as it is kept and shown. Pure."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.fold import ParcelState, Shipment
from doorstepd.parcels.records import CourierCard, Expected, Parcel, StoredEvent
from doorstepd.parcels.vocabulary import Status, SubStatus

_CHINA = timezone(timedelta(hours=8))


def stand(parcel: Parcel, state: ParcelState, decided_by: StoredEvent | None) -> Parcel:
    """The parcel in the state that its events amount to. Changes neither revision nor update time.

    Nothing that an earlier state said of courier or time is kept: else the order of arrival would show.
    """
    if decided_by is None and state.sub_status is SubStatus.NO_INFO_YET and parcel.tracking_number:
        # Nobody has said where it is; that it has a label is known since the shop gave the number.
        state = replace(state, status=Status.INFO_RECEIVED, sub_status=SubStatus.LABEL_CREATED)
    return replace(
        parcel,
        status=state.status,
        sub_status=state.sub_status,
        status_time=decided_by.event.instant if decided_by else None,
        event_id=decided_by.event_id if decided_by else None,
        attention=state.attention,
        terminal=state.terminal,
        attempt=state.attempt,
        courier=_courier(parcel, state),
        expected=_expected(parcel, state),
    )


def told(parcel: Parcel, deciding: TrackingEvent | None) -> TrackingEvent:
    """The event whose sentence is the parcel's; a bare one where only a source's word on the whole parcel says it."""
    if deciding is not None and deciding.status is parcel.status:
        return deciding
    return TrackingEvent(
        "doorstep", parcel.status_time or parcel.create_time, "", parcel.status, parcel.sub_status, zone=Zone.EXPLICIT
    )


def with_shipment(known: tuple[Shipment, ...], said: Shipment | None) -> tuple[Shipment, ...]:
    """What each source says of the whole parcel, its newest word in place of its older one."""
    if said is None:
        return known
    older = next((one for one in known if one.source == said.source), None)
    if older is not None and older.as_of is not None and (said.as_of is None or said.as_of < older.as_of):
        return known
    return (*(one for one in known if one.source != said.source), said)


def _courier(parcel: Parcel, state: ParcelState) -> CourierCard | None:
    """The courier of the merchant's own round is known better than one read from a carrier's sentence."""
    if parcel.courier and parcel.courier.courier_id:
        return parcel.courier
    if state.courier_name or state.courier_phone:
        return CourierCard(None, state.courier_name, state.courier_phone)
    return None


def _expected(parcel: Parcel, state: ParcelState) -> Expected | None:
    if state.expected is not None:
        return Expected(moment(state.expected), "carrier")
    return parcel.expected if parcel.expected and parcel.expected.source != "carrier" else None


def moment(expected: datetime | date) -> datetime:
    """A carrier that names only a day means its end; one that names no zone means China's."""
    if isinstance(expected, datetime):
        return expected if expected.tzinfo else expected.replace(tzinfo=_CHINA)
    return datetime.combine(expected, time(23, 59), _CHINA)
