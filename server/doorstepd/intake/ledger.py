"""The one way in which a parcel changes: inside a transaction that holds its lock, one numbered revision a change.

Everything here works on an open write transaction and on parcels that it has locked. The callers, one a story, decide
what to add and tell the world after the commit. Many parcels are changed at once by opening their books, entering
reports in them, which writes nothing, and writing all books together.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.sealing import Sealer
from doorstepd.intake.books import Book
from doorstepd.intake.masking import masked_shipment, to_keep
from doorstepd.parcels import log, store
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.records import Parcel, StoredEvent, StoredReminder
from doorstepd.parcels.sentences import Sentence, sentence
from doorstepd.parcels.standing import told, with_shipment
from doorstepd.parcels.trust import Trust, doubted, doubted_shipment
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.milestones import milestone
from doorstepd.reminders.texts import milestone_text

# No zone is further from another, and no carrier's clock that we know of is wrong by more.
_AHEAD = timedelta(hours=26)
# An aggregator's own code stands for a carrier that we have no name for.
_CARRIER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Report:
    """What one source says about one parcel. `keys` names events by the sender's own IDs where it has them.

    `carrier` is whose number it is, for a parcel of which the shop did not say.
    """

    events: tuple[TrackingEvent, ...]
    shipment: Shipment | None = None
    keys: dict[int, str] = field(default_factory=dict)
    carrier: str = ""
    trust: Trust = Trust.SIGNED


@dataclass(frozen=True, slots=True)
class Entry:
    """A parcel after a report, and how much of the report was news."""

    parcel: Parcel
    recorded: int = 0
    duplicates: int = 0
    codes: tuple[str, ...] = ()
    """The carrier's code of each event that was new."""


class Ledger:
    """Writes reports and reminders into the books of parcels."""

    def __init__(
        self,
        sealer: Sealer,
        channels: Sequence[str] = ("recorded",),
        kept_revisions: int = 1000,
        zone: tzinfo = UTC,
    ) -> None:
        self._zone = zone
        self.sealer = sealer
        self._channels = tuple(channels)
        self._kept = kept_revisions

    async def open(self, c: AsyncConnection, merchant_id: str, parcels: Iterable[Parcel]) -> dict[str, Book]:
        """The books of parcels of one merchant, by ID, as they stand."""
        locked = {one.parcel_id: one for one in parcels}
        known = await log.events_of(c, merchant_id, locked)
        rung = await reminder_store.rung(c, merchant_id, locked)
        return {name: Book(one, known.get(name, ()), rung.get(name, ())) for name, one in locked.items()}

    def enter_in(self, book: Book, report: Report, now: datetime) -> Entry:
        """Adds what is new in the report, a revision for each event, and rings the milestones it reaches."""
        before, count = book.parcel, len(report.events)
        new = self._unknown(book, report, now)
        said = masked_shipment(doubted_shipment(report.shipment, report.trust)) if report.shipment else None
        shipments = with_shipment(before.shipments, said)
        if new or shipments != before.shipments:
            book.learn(new, shipments, now)
            self._ring_milestone(book, before, now)
        _identify(book, report, now)
        codes = tuple(one.stored.event.code for one in new if one.stored.event.code)
        return Entry(book.parcel, len(new), count - len(new), codes)

    async def write(self, c: AsyncConnection, books: Iterable[Book]) -> None:
        """Writes what was added to books, and forgets revisions that no watch may ask for any more."""
        changed = [book for book in books if book.changes]
        await log.add_events(c, [(book.parcel.merchant_id, one) for book in changed for one in book.events])
        await log.confirm_events(c, [(book.parcel.merchant_id, one) for book in changed for one in book.confirmed])
        await reminder_store.add(
            c, [(book.parcel.merchant_id, one) for book in changed for one in book.reminders], self._channels
        )
        await log.append(c, *(one for book in changed for one in book.changes))
        await store.save(c, *(book.parcel for book in changed))
        for book in changed:
            if book.doubtful:
                await store.ask_soon(c, book.parcel.merchant_id, [book.parcel.parcel_id], book.parcel.update_time)
            await self._trim(c, book.parcel)

    async def enter(self, c: AsyncConnection, parcel: Parcel, report: Report, now: datetime) -> Entry:
        """A report about one parcel, written at once."""
        book = (await self.open(c, parcel.merchant_id, [parcel]))[parcel.parcel_id]
        entry = self.enter_in(book, report, now)
        await self.write(c, [book])
        return entry

    async def begin(self, c: AsyncConnection, parcels: Iterable[Parcel]) -> None:
        """The first revision of parcels that are new."""
        await log.append(c, *(log.NewChange("created", one) for one in parcels))

    async def note(self, c: AsyncConnection, parcel: Parcel, kind: str, now: datetime) -> Parcel:
        """A change that is no event: assigned, another number. The parcel gets the next revision."""
        after = replace(parcel, revision=parcel.revision + 1, update_time=now)
        await log.append(c, log.NewChange(kind, after))
        return after

    async def save(self, c: AsyncConnection, parcel: Parcel, now: datetime) -> None:
        """Writes the parcel back, and forgets revisions that no watch may ask for any more."""
        await store.save(c, replace(parcel, update_time=now))
        await self._trim(c, parcel)

    async def _trim(self, c: AsyncConnection, parcel: Parcel) -> None:
        if parcel.revision > self._kept:
            await log.trim(c, parcel.merchant_id, parcel.parcel_id, parcel.revision - self._kept + 1)

    def _unknown(self, book: Book, report: Report, now: datetime) -> list[log.NewEvent]:
        """Masked and sealed only what has to be kept: aggregators repeat the whole trace in every push."""
        seen = {one.event_id: one.event.claim for one in book.known}
        new: dict[str, TrackingEvent] = {}
        for number, event in enumerate(report.events):
            event_id = f"{event.source}/{report.keys.get(number) or event.key}"
            believed = doubted(event, report.trust)
            if event_id not in seen or (seen[event_id] and not believed.claim):
                new.setdefault(event_id, believed)
        parcel = book.parcel
        return [
            to_keep(
                self.sealer, parcel.merchant_id, StoredEvent(parcel.parcel_id, event_id, _believable(event, now), now)
            )
            for event_id, event in new.items()
        ]

    def _ring_milestone(self, book: Book, before: Parcel, now: datetime) -> None:
        after = book.parcel
        due = milestone(before, after, now)
        if due is None or (due.attempt, due.kind) in book.rung:
            return
        text = milestone_text(after, self._sentence(book, now))
        book.ring(
            StoredReminder(after.parcel_id, due.attempt, due.kind, now, text.zh, text.en, {"cause": "status"}), now
        )

    def _sentence(self, book: Book, now: datetime) -> Sentence:
        parcel, deciding = book.parcel, book.deciding()
        expected = parcel.expected.time.astimezone(self._zone) if parcel.expected else None
        return sentence(told(parcel, deciding.event if deciding else None), expected=expected, now=now)


def _identify(book: Book, report: Report, now: datetime) -> None:
    """Notes whose number it turned out to be. Who could be anybody is not asked whom to ask."""
    sure = report.trust is not Trust.UNSIGNED and report.events and _CARRIER.fullmatch(report.carrier)
    if sure and not book.parcel.carrier:
        book.note("tracking", replace(book.parcel, carrier=report.carrier), now)


def _believable(event: TrackingEvent, now: datetime) -> TrackingEvent:
    """A scan from the day after tomorrow is kept for the record, and decides nothing."""
    return replace(event, status=None, sub_status=None) if event.instant - now > _AHEAD else event
