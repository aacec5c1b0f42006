"""A courier gets a round: its parcels go out for delivery with him, each opening its delivery attempt."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.masking import mask_name, mask_phone
from doorstepd.access.sealing import Sealer
from doorstepd.database import Database
from doorstepd.errors import FailedPrecondition, InvalidRequest, NotFound, Refusal, Violation
from doorstepd.intake.ledger import Ledger, Report
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.records import CourierCard, Door, Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.stops import StoredStop

COURIER_APP = "courier_app"


@dataclass(frozen=True, slots=True)
class NewStop:
    """A stop as sent; without a door, the order's is taken."""

    parcel_id: str
    sequence: int = 0
    door: Door | None = None


@dataclass(frozen=True, slots=True)
class Courier:
    """The courier as sent: complete name and phone."""

    courier_id: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of one stop: the open attempt, or why it was refused."""

    parcel_id: str
    attempt: int = 0
    refusal: Refusal | None = None


class Dispatcher:
    """Gives rounds to couriers."""

    def __init__(self, database: Database, sealer: Sealer, ledger: Ledger, signals: Signals) -> None:
        self._database = database
        self._sealer = sealer
        self._ledger = ledger
        self._signals = signals

    async def assign(self, merchant_id: str, courier: Courier, new: Sequence[NewStop], now: datetime) -> list[Assigned]:
        """One result a stop. A stop that is refused leaves the others as they are. Repeating changes nothing."""
        changed: list[Parcel] = []
        left: set[str] = set()
        async with self._database.writing() as c:
            card = await self._courier(c, merchant_id, courier, now)
            parcels = await store.lock_parcels(c, merchant_id, [stop.parcel_id for stop in new])
            orders = await store.get_orders(c, merchant_id, {parcel.order_id for parcel in parcels.values()})
            doors = {parcel_id: orders[parcel.order_id].door for parcel_id, parcel in parcels.items()}
            results = []
            for place, stop in enumerate(new):
                parcel = parcels.get(stop.parcel_id)
                try:
                    door = _checked(parcel, stop.door or doors.get(stop.parcel_id), place)
                except Refusal as refusal:
                    results.append(Assigned(stop.parcel_id, refusal=refusal))
                    continue
                assert parcel is not None
                after = await self._open(c, parcel, card, stop, door, now)
                results.append(Assigned(stop.parcel_id, after.attempt))
                parcels[stop.parcel_id] = after
                if after.revision != parcel.revision:
                    changed.append(after)
                if parcel.courier and parcel.courier.courier_id not in (None, courier.courier_id):
                    left.add(parcel.courier.courier_id or "")
        self._tell(merchant_id, changed, left | {courier.courier_id})
        return results

    async def _courier(self, c: AsyncConnection, merchant_id: str, courier: Courier, now: datetime) -> CourierCard:
        """The courier's card; one sent without name and phone is the one that is known already."""
        if not (courier.name or courier.phone):
            known = await stops.get_courier(c, merchant_id, courier.courier_id)
            if known is not None:
                return known
        card = CourierCard(
            courier.courier_id,
            mask_name(courier.name) if courier.name else None,
            mask_phone(courier.phone) if courier.phone else None,
        )
        complete = json.dumps({"name": courier.name, "phone": courier.phone}, ensure_ascii=False)
        sealed = self._sealer.seal(merchant_id, "couriers.contact", complete)
        await stops.put_courier(c, merchant_id, card, sealed, now)
        return card

    async def _open(
        self, c: AsyncConnection, parcel: Parcel, card: CourierCard, stop: NewStop, door: Door | None, now: datetime
    ) -> Parcel:
        after = parcel
        if parcel.courier != card:
            after = await self._ledger.note(c, replace(parcel, courier=card), "assigned", now)
            await self._ledger.save(c, after, now)
        if after.status is not Status.OUT_FOR_DELIVERY:
            # A carrier's clock may be ahead of ours; the courier still sets out after what he was called for.
            event = _set_out(no_earlier(now, after.status_time))
            key = f"out.{after.attempt}.{after.revision}"
            after = (await self._ledger.enter(c, after, Report((event,), keys={0: key}), now)).parcel
        opened = StoredStop(parcel.parcel_id, after.attempt, card.courier_id or "", stop.sequence, "open", door, now)
        await stops.put(c, parcel.merchant_id, opened)
        return after

    def _tell(self, merchant_id: str, changed: list[Parcel], couriers: set[str]) -> None:
        for parcel in changed:
            self._signals.parcel_changed(merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)
        for courier_id in couriers:
            self._signals.stops_changed(merchant_id, courier_id)


def _checked(parcel: Parcel | None, door: Door | None, place: int) -> Door | None:
    if parcel is None:
        raise NotFound
    if parcel.terminal:
        raise FailedPrecondition(Violation(f"stops[{place}].parcel_id", "the parcel's journey is over"))
    if door is None:
        problem = "is missing, and the order has no point of its own"
        raise InvalidRequest(Violation(f"stops[{place}].point", problem))
    return door


def no_earlier(time: datetime, than: datetime | None) -> datetime:
    """The time, or right after `than` where that is later."""
    return time if than is None else max(time, than + timedelta(milliseconds=1))


def _set_out(now: datetime) -> TrackingEvent:
    return TrackingEvent(
        source=COURIER_APP,
        time=now,
        text="派件员已出发派送",
        status=Status.OUT_FOR_DELIVERY,
        zone=Zone.EXPLICIT,
    )
