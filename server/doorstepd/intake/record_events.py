"""Events arrive about parcels, from a carrier's push, a query's reply, or an internal system."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.database.grouping import GroupedWrites
from doorstepd.errors import NotFound
from doorstepd.intake.courier_round import KIND
from doorstepd.intake.ledger import Entry, Ledger, Report
from doorstepd.intake.signals import Signals
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.reminders import store as reminder_store


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A parcel as carriers know it."""

    tracking_number: str
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a report."""

    parcel: Parcel
    recorded: int
    duplicates: int


class EventRecorder:
    """Records reports. Each is one transaction; a repeat, in whatever order, changes nothing."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._writes = GroupedWrites(database)
        self._ledger = ledger
        self._signals = signals

    async def record(
        self,
        merchant_id: str,
        parcel: str | ByNumber,
        report: Report,
        now: datetime,
        allowed: Callable[[Parcel], bool] = lambda _: True,
    ) -> list[Recorded]:
        """One result for each parcel concerned: several parcels may travel under one number.

        Raises NotFound when the merchant has no such parcel, or the caller may not touch it.
        """

        async def enter(c: AsyncConnection) -> list[tuple[Parcel, Entry]]:
            parcels = [one for one in await _find(c, merchant_id, parcel) if allowed(one)]
            if not parcels:
                raise NotFound
            return [(one, await self._enter(c, one, report, now)) for one in parcels]

        entries = await self._writes.run(enter)
        for before, entry in entries:
            self._tell(before, entry)
        return [Recorded(entry.parcel, entry.recorded, entry.duplicates) for _, entry in entries]

    async def _enter(self, c: AsyncConnection, parcel: Parcel, report: Report, now: datetime) -> Entry:
        entry = await self._ledger.enter(c, parcel, report, now)
        if _over(entry.parcel) or entry.parcel.attempt != parcel.attempt:
            await self._settle_stop(c, entry.parcel, report, now)
        return entry

    async def _settle_stop(self, c: AsyncConnection, after: Parcel, report: Report, now: datetime) -> None:
        """Ends the open stop. One that opened after the failure that is only told now goes on, as the next attempt."""
        stop = (await stops.of_parcels(c, after.merchant_id, [after.parcel_id])).get(after.parcel_id)
        if stop is None or stop.state != "open":
            return
        failures = [one.instant for one in report.events if one.status is Status.DELIVERY_FAILED]
        if after.status is Status.OUT_FOR_DELIVERY and all(failed < stop.open_time for failed in failures):
            rung = await reminder_store.rung(c, after.merchant_id, [after.parcel_id], KIND)
            if (after.parcel_id, stop.attempt) not in rung:  # else it would ring a second time
                await stops.renumber(c, after.merchant_id, after.parcel_id, after.attempt)
            return
        state = "delivered" if after.status is Status.DELIVERED else "failed"
        await stops.close(c, after.merchant_id, after.parcel_id, state, now)

    def _tell(self, before: Parcel, entry: Entry) -> None:
        after = entry.parcel
        if after.revision == before.revision:
            return
        self._signals.parcel_changed(after.merchant_id, after.order_id, after.parcel_id, after.revision)
        if before.courier and before.courier.courier_id and (_over(after) or after.attempt != before.attempt):
            self._signals.stops_changed(after.merchant_id, before.courier.courier_id)


async def _find(c: AsyncConnection, merchant_id: str, parcel: str | ByNumber) -> list[Parcel]:
    if isinstance(parcel, str):
        return list((await store.lock_parcels(c, merchant_id, [parcel])).values())
    found = await store.lock_by_tracking_number(c, merchant_id, parcel.tracking_number, parcel.carrier)
    return [one for one in found if not _used_again(one, found)]


def _used_again(parcel: Parcel, under_number: list[Parcel]) -> bool:
    """Whether the number went to a newer parcel after this one's journey was over."""
    if not parcel.terminal or parcel.status_time is None:
        return False
    # A parcel may be registered after its journey: a shop that moves to us brings its old orders.
    over = max(parcel.status_time, parcel.create_time)
    return any(other.create_time > over for other in under_number)


def _over(parcel: Parcel) -> bool:
    """Whether no courier is on his way with it any more."""
    return parcel.terminal or parcel.status in (
        Status.DELIVERY_FAILED,
        Status.AVAILABLE_FOR_PICKUP,
        Status.RETURN_TO_SENDER,
    )
