"""When a parcel has been quiet for so long that its carrier should be asked. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status, SubStatus


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long silence is usual: asked after `first`, then ever more rarely, but at least every `most`."""

    first: timedelta
    most: timedelta


_SLOW = Rhythm(timedelta(hours=4), timedelta(hours=12))
_MOVING = Rhythm(timedelta(hours=2), timedelta(hours=8))
_RHYTHMS: dict[Status, Rhythm] = {
    Status.OUT_FOR_DELIVERY: Rhythm(timedelta(minutes=20), timedelta(hours=2)),
    Status.PICKED_UP: _MOVING,
    Status.IN_TRANSIT: _MOVING,
    Status.DELIVERY_FAILED: _MOVING,
    Status.EXCEPTION: _MOVING,
}
# Number and parcel may have been mixed up, or it is lost: it is no use to ask for ever.
GIVE_UP = timedelta(days=60)


def first_question(parcel: Parcel, heard: datetime) -> datetime | None:
    """When to ask if nothing more is heard after `heard`; None when there is nothing left, or no number, to ask for."""
    if not parcel.tracking_number or parcel.terminal or parcel.status in (Status.DELIVERED, Status.CANCELLED):
        return None
    return heard + _rhythm(parcel.status).first


def next_question(parcel: Parcel, asked: datetime, fruitless: int) -> datetime | None:
    """When to ask again after `fruitless` questions in a row that brought no news, the last of them at `asked`."""
    if first_question(parcel, asked) is None or asked - parcel.update_time > GIVE_UP:
        return None
    rhythm = _rhythm(parcel.status)
    return asked + min(rhythm.first * (1 << min(fruitless, 10)), rhythm.most)


def nothing_heard(parcel: Parcel) -> bool:
    """Whether the parcel has a number under which nobody, neither carrier nor aggregator, has told anything yet."""
    waiting = parcel.status in (Status.PENDING, Status.INFO_RECEIVED)
    told = any((one.status, one.sub_status) not in _NOTHING_TOLD for one in parcel.shipments)
    return bool(parcel.tracking_number) and waiting and parcel.event_id is None and not told


_NOTHING_TOLD = frozenset({(Status.PENDING, None), (Status.PENDING, SubStatus.NO_INFO_YET)})
"""What carriers answer who know the number and have nothing to say of it yet."""


def _rhythm(status: Status) -> Rhythm:
    return _RHYTHMS.get(status, _SLOW)
