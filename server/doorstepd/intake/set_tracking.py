"""The shop ships a parcel: its carrier and number are recorded, and tracking begins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd import names
from doorstepd.database import Database
from doorstepd.errors import FailedPrecondition, NotFound
from doorstepd.intake.early_reports import EarlyReports
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store, subscriptions
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status, SubStatus


class AlreadyTracked(FailedPrecondition):
    """The parcel has another tracking number and news under it; register what is sent anew as another parcel."""


class TrackingSetter:
    """Records carriers and tracking numbers of parcels that are registered already."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._database = database
        self._ledger = ledger
        self._early = EarlyReports(ledger)
        self._signals = signals

    async def set(self, merchant_id: str, parcel_id: str, carrier: str, tracking_number: str, now: datetime) -> Parcel:
        """The parcel as it is then. The same again changes nothing; a slip may be mended until there is news.

        Raises NotFound when the merchant has no such parcel, AlreadyTracked when its number had news already.
        """

        number = names.tracking_number(tracking_number)

        def changed(parcel: Parcel) -> Parcel:
            after = replace(parcel, tracking_number=number, carrier=carrier or parcel.carrier)
            if after == parcel:
                return parcel
            if parcel.tracking_number not in ("", number):
                if parcel.event_id is not None:
                    raise AlreadyTracked
                after = replace(after, carrier=carrier)
            return _labelled(after)

        return await self._change(merchant_id, parcel_id, changed, now)

    async def identify(self, merchant_id: str, parcel_id: str, carrier: str, now: datetime) -> Parcel:
        """Records whose number it turned out to be, where the shop did not say. Raises NotFound."""

        def changed(parcel: Parcel) -> Parcel:
            return parcel if parcel.carrier else replace(parcel, carrier=carrier)

        return await self._change(merchant_id, parcel_id, changed, now)

    async def _change(
        self, merchant_id: str, parcel_id: str, changed: Callable[[Parcel], Parcel], now: datetime
    ) -> Parcel:
        async with self._database.writing() as c:
            before = (await store.lock_parcels(c, merchant_id, [parcel_id])).get(parcel_id)
            if before is None:
                raise NotFound
            after = await self._write(c, before, changed(before), now)
        if after is not before:
            self._signals.parcel_changed(merchant_id, after.order_id, after.parcel_id, after.revision)
        return after

    async def _write(self, c: AsyncConnection, before: Parcel, wanted: Parcel, now: datetime) -> Parcel:
        if wanted == before:
            return before
        after = await self._ledger.note(c, wanted, "tracking", now)
        await self._ledger.save(c, after, now)
        if after.tracking_number != before.tracking_number:
            await subscriptions.queue(c, [after])
            after = (await self._early.replay(c, [after], now)).get((after.merchant_id, after.parcel_id), after)
        return after


def _labelled(parcel: Parcel) -> Parcel:
    """A parcel with a number has a label, if nothing better is known of it."""
    if parcel.status is Status.PENDING and parcel.event_id is None:
        return replace(parcel, status=Status.INFO_RECEIVED, sub_status=SubStatus.LABEL_CREATED)
    return parcel
