"""Which reminders a change of status calls for. Pure; the bell, which follows the courier, is in `bell`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status, SubStatus

# A carrier may send a whole history at once: what happened long ago is in the timeline, but nobody is told of it now.
FRESH = timedelta(hours=12)

_KIND_OF_STATUS = {
    Status.OUT_FOR_DELIVERY: "out_for_delivery",
    Status.DELIVERED: "delivered",
    Status.DELIVERY_FAILED: "delivery_failed",
    Status.AVAILABLE_FOR_PICKUP: "ready_for_pickup",
}
_CUSTOMS_ACTION = frozenset({SubStatus.DUTY_DUE, SubStatus.DOCUMENTS_REQUIRED})


@dataclass(frozen=True, slots=True)
class Milestone:
    """A reminder that is due, of the attempt it belongs to."""

    kind: str
    attempt: int


def milestone(before: Parcel, after: Parcel, now: datetime) -> Milestone | None:
    """The reminder that the step from one state to the next calls for, if any."""
    kind = _kind(after)
    if kind is None or kind == _kind(before) or not _is_news(after, now):
        return None
    # A failure ends its attempt, so the parcel already counts the next one.
    attempt = before.attempt if after.status is Status.DELIVERY_FAILED else after.attempt
    return Milestone(kind, attempt)


def _is_news(parcel: Parcel, now: datetime) -> bool:
    if parcel.sub_status is SubStatus.STALLED:
        # Its last scan is old by nature; what counts is when the alarm was raised.
        raised = [said.reported for said in parcel.shipments if said.sub_status is SubStatus.STALLED]
        if raised:
            return any(time is None or now - time <= FRESH for time in raised)
    return parcel.status_time is not None and now - parcel.status_time <= FRESH


def _kind(parcel: Parcel) -> str | None:
    if parcel.sub_status in _CUSTOMS_ACTION:
        return "customs_action"
    if parcel.sub_status is SubStatus.STALLED:
        return "stalled"
    return _KIND_OF_STATUS.get(parcel.status)
