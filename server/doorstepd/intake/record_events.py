"""Events arrive about parcels, from a carrier's push, a query's reply, or an internal system.

Those that arrive while a transaction is being written are recorded together in the next one, as if one by one.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.database import Database
from doorstepd.database.grouping import GroupedWrites
from doorstepd.errors import NotFound
from doorstepd.intake.books import Book
from doorstepd.intake.early_reports import Early, EarlyReports
from doorstepd.intake.ledger import Entry, Ledger, Report
from doorstepd.intake.settle_stops import StopSettler, is_over
from doorstepd.intake.signals import Signals
from doorstepd.names import tracking_number
from doorstepd.parcels import log, store
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.trust import undoubted_end

# So many reports are worked out before others have their turn: a few milliseconds.
_IN_ONE_GO = 8


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
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """A report that waits to be recorded."""

    merchant_id: str
    parcel: str | ByNumber
    report: Report
    now: datetime
    allowed: Callable[[Parcel], bool]
    may_be_early: bool


Step = tuple[Parcel, Entry]
"""A parcel before a report, and after it."""


class EventRecorder:
    """Records reports. A repeat, in whatever order, changes nothing."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._writes = GroupedWrites(database, self._enter_all)
        self._database = database
        self._alone = database.sqlite  # where there is one writer at a time, nobody writes an order meanwhile
        self._early = EarlyReports(ledger)
        self._ledger = ledger
        self._signals = signals

    async def record(
        self,
        merchant_id: str,
        parcel: str | ByNumber,
        report: Report,
        now: datetime,
        allowed: Callable[[Parcel], bool] = lambda _: True,
        *,
        may_be_early: bool = False,
    ) -> list[Recorded]:
        """One result for each parcel concerned: several parcels may travel under one number.

        Raises NotFound when the merchant has no such parcel, or the caller may not touch it. If the order of a number
        may still come, the report is kept for it before.
        """
        if isinstance(parcel, ByNumber):
            parcel = ByNumber(tracking_number(parcel.tracking_number), parcel.carrier)
        told = _Told(merchant_id, parcel, report, now, allowed, may_be_early)
        try:
            entries = await self._writes.run(told)
        except NotFound:
            if not may_be_early or self._alone:
                raise
            entries = await self._writes.run(told)  # the order may have been written while the report was being kept
        for before, entry in entries:
            self._tell(before, entry)
        return [Recorded(entry.parcel, entry.recorded, entry.duplicates, entry.codes) for _, entry in entries]

    async def believe_ends(self, merchant_id: str, parcel_ids: Collection[str], now: datetime) -> None:
        """Takes journeys for ended that only an unsigned report calls so: nobody can be asked whether it is true."""
        async with self._database.reading() as c:
            known = await log.events_of(c, merchant_id, parcel_ids)
        for parcel_id, stored in known.items():
            ends = [(one.event_id.partition("/")[2], undoubted_end(one.event)) for one in stored]
            sure = {key: event for key, event in ends if event is not None}
            if sure:
                await self.record(merchant_id, parcel_id, Report(tuple(sure.values()), keys=dict(enumerate(sure))), now)

    async def _enter_all(self, c: AsyncConnection, waiting: Sequence[_Told]) -> list[list[Step] | Exception]:
        shelves = {name: await self._shelf(c, name, waiting) for name in sorted({one.merchant_id for one in waiting})}
        outcomes: list[list[Step] | Exception] = []
        settling = StopSettler()
        early: list[Early] = []
        for number, one in enumerate(waiting, 1):
            outcome = self._enter(shelves[one.merchant_id], one, settling)
            outcomes.append(outcome)
            if isinstance(outcome, NotFound) and one.may_be_early and isinstance(one.parcel, ByNumber):
                early.append(Early(one.merchant_id, one.parcel.tracking_number, one.report, one.now))
            if number % _IN_ONE_GO == 0:
                await asyncio.sleep(0)
        await self._ledger.write(c, (book for shelf in shelves.values() for book in shelf.values()))
        await settling.write(c)
        await self._early.keep(c, early)
        return outcomes

    async def _shelf(self, c: AsyncConnection, merchant_id: str, waiting: Sequence[_Told]) -> dict[str, Book]:
        """The books of all parcels of the merchant that anybody speaks of, locked."""
        named = [one.parcel for one in waiting if one.merchant_id == merchant_id]
        ids = {one for one in named if isinstance(one, str)}
        numbers = {one.tracking_number for one in named if isinstance(one, ByNumber)}
        if numbers:
            locked = await store.lock_numbered(c, merchant_id, numbers, ids)
        else:
            locked = await store.lock_parcels(c, merchant_id, ids)
        return await self._ledger.open(c, merchant_id, locked.values())

    def _enter(self, shelf: dict[str, Book], one: _Told, settling: StopSettler) -> list[Step] | Exception:
        books = [book for book in _meant(shelf, one.parcel) if one.allowed(book.parcel)]
        steps = []
        for book in books:
            before = book.parcel
            entry = self._ledger.enter_in(book, one.report, one.now)
            settling.follow(book, before, one.report, one.now)
            steps.append((before, entry))
        return steps or NotFound()

    def _tell(self, before: Parcel, entry: Entry) -> None:
        after = entry.parcel
        if after.revision == before.revision:
            return
        self._signals.parcel_changed(after.merchant_id, after.order_id, after.parcel_id, after.revision)
        if before.courier and before.courier.courier_id and (is_over(after) or after.attempt != before.attempt):
            self._signals.stops_changed(after.merchant_id, before.courier.courier_id)


def _meant(shelf: dict[str, Book], named: str | ByNumber) -> list[Book]:
    if isinstance(named, str):
        return [shelf[named]] if named in shelf else []
    found = [
        book
        for book in shelf.values()
        if book.parcel.tracking_number == named.tracking_number
        and (not named.carrier or book.parcel.carrier in ("", named.carrier))
    ]
    under_number = [book.parcel for book in found]
    return [book for book in found if not _used_again(book.parcel, under_number)]


def _used_again(parcel: Parcel, under_number: list[Parcel]) -> bool:
    """Whether the number went to a newer parcel after this one's journey was over."""
    if not parcel.terminal or parcel.status_time is None:
        return False
    # A parcel may be registered after its journey: a shop that moves to us brings its old orders.
    over = max(parcel.status_time, parcel.create_time)
    return any(other.create_time > over for other in under_number)
