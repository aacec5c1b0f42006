"""What the database says of a courier's stops, beside those that his round knows of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorstepd.database import Database
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.stops import StoredStop
from doorstepd.reminders import preference_store
from doorstepd.reminders import store as reminder_store


@dataclass(frozen=True, slots=True)
class Ended:
    """A stop that the round knew as open: what became of it, None if it is gone, and when that was scanned."""

    stop: StoredStop
    became: StoredStop | None
    scan_time: float


@dataclass(frozen=True, slots=True)
class StopsSeen:
    """Of one moment. `rung`: the (attempt, kind) of the reminders that each open stop's parcel had."""

    present: dict[str, StoredStop]
    ended: Sequence[Ended]
    rung: Mapping[str, set[tuple[int, str]]]


async def look(
    database: Database, merchant_id: str, courier_id: str, known: Mapping[str, StoredStop], now: datetime
) -> StopsSeen:
    """The open stops, and what became of those `known` that are not; the earliest scan first. Raises Unavailable."""
    async with database.reading() as c:
        radii = await preference_store.radii_on_round(c, merchant_id, courier_id)
        present = {one.parcel_id: one for one in await stops.open_of_courier(c, merchant_id, courier_id)}
        present |= {name: replace(present[name], radius_m=radius) for name, radius in radii.items() if name in present}
        gone = [one for one in known.values() if _name(one) != _name(present.get(one.parcel_id))]
        after = await stops.states(c, merchant_id, {(one.parcel_id, one.attempt) for one in gone}) if gone else {}
        parcels = await store.get_parcels(c, merchant_id, [one.parcel_id for one in gone]) if gone else {}
        rung = await reminder_store.rung(c, merchant_id, present) if present else {}
    ended = [
        Ended(one, after.get((one.parcel_id, one.attempt)), _scan_time(parcels.get(one.parcel_id), now)) for one in gone
    ]
    return StopsSeen(present, sorted(ended, key=lambda one: one.scan_time), rung)


async def look_back(database: Database, merchant_id: str, courier_id: str, since: datetime) -> StopsSeen:
    """The stops that are open, or were at that moment, as open ones. Raises Unavailable."""
    async with database.reading() as c:
        found = [
            *await stops.open_of_courier(c, merchant_id, courier_id),
            *await stops.ended_of_courier(
                c, merchant_id, courier_id, since
            ),  # second: else one that ends now is missed
        ]
        rung = await reminder_store.rung(c, merchant_id, [one.parcel_id for one in found]) if found else {}
    return StopsSeen({one.parcel_id: replace(one, state="open") for one in found}, (), rung)


def _name(stop: StoredStop | None) -> tuple[str, int] | None:
    return (stop.parcel_id, stop.attempt) if stop else None


def _scan_time(parcel: Parcel | None, now: datetime) -> float:
    """When the scan that closed the stop was made: it may be told hours later."""
    told = parcel.status_time if parcel and parcel.status is Status.DELIVERED else None
    return min(told or now, now).timestamp()
