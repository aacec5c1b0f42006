"""What couriers' rounds decide reaches the database: behind the acknowledgements, and many decisions at a time.

A decision stays with its round until the commit that holds it, so a database that is away loses none, and a process
that dies loses none that the next finds in the round's state. That a reminder exists once is the database's business.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd import metrics
from doorstepd.database import Database
from doorstepd.database.grouping import GroupedWrites
from doorstepd.errors import Unavailable
from doorstepd.intake.books import Book
from doorstepd.intake.courier_round import CourierRound
from doorstepd.intake.decisions import Decision, DueSoon, Expected
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.near_reminders import due_soon, near
from doorstepd.intake.signals import Signals
from doorstepd.logs import describe_failure
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel, StoredReminder
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import eta_store, stops
from doorstepd.positions.stops import StoredStop
from doorstepd.reminders import reason_store
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.bell import Ring
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.reason_store import Decided

log = structlog.get_logger(__name__)

_IN_ONE_JOB = 4
"""A transaction takes up to 64 jobs: so many reminders are a few milliseconds in which nobody else has a turn."""

_SOONEST_RETRY_S, _LATEST_RETRY_S = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class _Job:
    """Some decisions of one round, oldest first."""

    merchant_id: str
    courier_id: str
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """One merchant's part of a transaction: what it has locked and read, and the reasons that it will write."""

    books: dict[str, Book]
    held: dict[str, StoredStop]
    reasons: list[Decided] = field(default_factory=list)

    def book(self, job: _Job, parcel_id: str, attempt: int) -> Book | None:
        """The parcel's, if it is still on its way with this courier in this attempt; a delivery may have come first."""
        book, stop = self.books.get(parcel_id), self.held.get(parcel_id)
        if book is None or stop is None or stop.state != "open" or stop.courier_id != job.courier_id:
            return None
        parcel = book.parcel
        return book if parcel.status is Status.OUT_FOR_DELIVERY and parcel.attempt == attempt else None


@dataclass(frozen=True, slots=True)
class _Rung:
    """Whose customer has a new reminder, and of what."""

    parcel: Parcel
    decision: Ring | DueSoon


class DecisionWriter:
    """One a process. Rounds write at the same time, the decisions of one round in their order."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals) -> None:
        self._writes: GroupedWrites[_Job, list[_Rung]] = GroupedWrites(database, self._write)
        self._ledger = ledger
        self._signals = signals
        self._tasks: dict[CourierRound, asyncio.Task[None]] = {}

    def soon(self, it: CourierRound) -> None:
        """Has what the round decided written; never waits."""
        if it.unwritten and it not in self._tasks:
            self._tasks[it] = asyncio.create_task(self._follow(it), name="write-decisions")

    async def settled(self, it: CourierRound, within: float) -> None:
        """Waits until everything that the round has decided is written, but no longer than so many seconds."""
        if (task := self._tasks.get(it)) is not None:
            await asyncio.wait({task}, timeout=within)

    async def _follow(self, it: CourierRound) -> None:
        at_most, wait = _IN_ONE_JOB, _SOONEST_RETRY_S
        try:
            while some := tuple(it.unwritten[:at_most]):
                try:
                    rung = await self._writes.run(_Job(it.merchant_id, it.courier_id, some))
                except Unavailable:
                    await asyncio.sleep(random.uniform(0.5, 1.0) * wait)
                    wait = min(2 * wait, _LATEST_RETRY_S)
                    continue
                except Exception as error:
                    if at_most > 1:
                        at_most = 1  # so that one that cannot be written takes no other with it
                        continue
                    log.error("decision.not_written", decision=type(some[0]).__name__, **describe_failure(error))
                    rung = []
                del it.unwritten[: len(some)]
                self._tell(rung)
        finally:
            del self._tasks[it]

    def _tell(self, rung: Iterable[_Rung]) -> None:
        for one in rung:
            parcel = one.parcel
            self._signals.parcel_changed(parcel.merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)
            if isinstance(one.decision, Ring):
                metrics.RINGS.labels(one.decision.reason.cause.value).inc()

    async def _write(self, c: AsyncConnection, jobs: Sequence[_Job]) -> list[list[_Rung]]:
        """For each job the parcels whose customers have a new reminder."""
        now = datetime.now(UTC)
        rung: dict[int, list[_Rung]] = {}
        pages: dict[str, _Page] = {}
        for merchant_id in sorted({job.merchant_id for job in jobs}):  # in one order, so that processes do not deadlock
            its = [job for job in jobs if job.merchant_id == merchant_id]
            page = pages[merchant_id] = await self._open(c, merchant_id, its)
            for job in its:
                rung[id(job)] = _entered(page, job, now)
            await asyncio.sleep(0)  # SQLite's statements do not wait, so others would
        await self._ledger.write(c, [book for page in pages.values() for book in page.books.values()])
        for merchant_id, page in pages.items():
            await reason_store.put(c, merchant_id, sorted(page.reasons, key=lambda one: (one.parcel_id, one.attempt)))
            await self._write_expected(c, merchant_id, jobs)
        return [rung[id(job)] for job in jobs]

    async def _open(self, c: AsyncConnection, merchant_id: str, jobs: Sequence[_Job]) -> _Page:
        wanted = {one.parcel_id for job in jobs for one in job.decisions if isinstance(one, Ring | DueSoon)}
        locked = await store.lock_parcels(c, merchant_id, wanted) if wanted else {}
        rung = await reminder_store.rung(c, merchant_id, locked) if locked else {}
        held = await stops.of_parcels(c, merchant_id, locked) if locked else {}
        return _Page({name: Book(one, (), rung.get(name, ())) for name, one in locked.items()}, held)

    async def _write_expected(self, c: AsyncConnection, merchant_id: str, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            for one in job.decisions:
                if isinstance(one, Expected) and job.merchant_id == merchant_id:
                    await eta_store.record(c, merchant_id, one.attempts, one.made, one.time)


def _entered(page: _Page, job: _Job, now: datetime) -> list[_Rung]:
    """Enters what the job's round decided in the books; whose customers have a new reminder of it."""
    rung = []
    for one in job.decisions:
        if isinstance(one, Decided):
            page.reasons.append(one)
        elif isinstance(one, Ring | DueSoon):
            book = page.book(job, one.parcel_id, one.attempt)
            if book is not None and book.ring(_reminder(book.parcel, one), now):
                rung.append(_Rung(book.parcel, one))
            if isinstance(one, Ring):
                page.reasons.extend(_reasons(one, book, now))
    return rung


def _reminder(parcel: Parcel, one: Ring | DueSoon) -> StoredReminder:
    return near(parcel, one) if isinstance(one, Ring) else due_soon(parcel, one)


def _reasons(ring: Ring, book: Book | None, now: datetime) -> list[Decided]:
    """Why it rang; where the attempt ended before that was written, that it was too late."""
    if book is None:
        return [Decided(ring.parcel_id, ring.attempt, replace(ring.reason, cause=Cause.TOO_OLD), now)]
    rang = any(one.kind == ring.kind and one.attempt == ring.attempt for one in book.reminders)
    return [Decided(ring.parcel_id, ring.attempt, ring.reason, now)] if rang else []
