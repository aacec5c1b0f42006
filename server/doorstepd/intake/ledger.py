"""The one way in which a parcel changes: inside a transaction that holds its lock, one numbered revision a change.

Everything here works on an open write transaction and a parcel that it has locked. The callers, one a story, decide
what to add and tell the world after the commit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.sealing import Sealer
from doorstepd.intake.masking import masked_shipment, to_keep
from doorstepd.parcels import log, store
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import ParcelState, Shipment, fold
from doorstepd.parcels.records import Parcel, StoredEvent, StoredReminder
from doorstepd.parcels.sentences import Sentence, sentence
from doorstepd.parcels.standing import stand, told, with_shipment
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.milestones import milestone
from doorstepd.reminders.texts import milestone_text

# No zone is further from another, and no carrier's clock that we know of is wrong by more.
_AHEAD = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Report:
    """What one source says about one parcel. `keys` names events by the sender's own IDs where it has them."""

    events: tuple[TrackingEvent, ...]
    shipment: Shipment | None = None
    keys: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A parcel after a report, and how much of the report was news."""

    parcel: Parcel
    recorded: int = 0
    duplicates: int = 0


class Ledger:
    """Writes reports and reminders into the books of a parcel."""

    def __init__(
        self,
        sealer: Sealer,
        channels: Sequence[str] = ("recorded",),
        kept_revisions: int = 1000,
        zone: tzinfo = UTC,
    ) -> None:
        self._zone = zone
        self._sealer = sealer
        self._channels = tuple(channels)
        self._kept = kept_revisions

    async def enter(self, c: AsyncConnection, parcel: Parcel, report: Report, now: datetime) -> Entry:
        """Adds what is new in the report, a revision for each event, and rings the milestones it reaches."""
        offered = _offered(parcel, report, now)
        known = (await log.events_of(c, parcel.merchant_id, [parcel.parcel_id])).get(parcel.parcel_id, [])
        new = self._unknown(parcel, offered, known)
        said = masked_shipment(report.shipment) if report.shipment else None
        shipments = with_shipment(parcel.shipments, said)
        if not new and shipments == parcel.shipments:
            return Entry(parcel, 0, len(offered))
        await log.add_events(c, parcel.merchant_id, new)
        every = sorted([*known, *(one.stored for one in new)], key=log.place)
        after = await self._fold_in(c, replace(parcel, shipments=shipments), every, {one.stored for one in new}, now)
        after = await self._ring_milestone(c, parcel, after, every, now)
        await self.save(c, after, now)
        return Entry(after, len(new), len(offered) - len(new))

    def _unknown(self, parcel: Parcel, offered: list[StoredEvent], known: list[StoredEvent]) -> list[log.NewEvent]:
        """Masked and sealed only what has to be kept: aggregators repeat the whole trace in every push."""
        seen = {one.event_id for one in known}
        new = {one.event_id: one for one in reversed(offered) if one.event_id not in seen}
        return [to_keep(self._sealer, parcel.merchant_id, one) for one in reversed(new.values())]

    async def note(self, c: AsyncConnection, parcel: Parcel, kind: str, now: datetime) -> Parcel:
        """A change that is no event: created, assigned. The parcel gets the next revision."""
        after = replace(parcel, revision=parcel.revision + 1, update_time=now)
        await log.append(c, now, log.NewChange(kind, after))
        return after

    async def ring(self, c: AsyncConnection, parcel: Parcel, reminder: StoredReminder, now: datetime) -> Parcel | None:
        """A reminder, its notices and its revision; None if this (parcel, attempt, kind) had its reminder already."""
        if not await reminder_store.insert_once(c, parcel.merchant_id, reminder, self._channels):
            return None
        after = replace(parcel, revision=parcel.revision + 1, update_time=now)
        await log.append(c, now, log.NewChange("reminder", after, reminder=reminder))
        return after

    async def save(self, c: AsyncConnection, parcel: Parcel, now: datetime) -> None:
        """Writes the parcel back, and forgets revisions that no watch may ask for any more."""
        await store.save(c, replace(parcel, update_time=now))
        if parcel.revision > self._kept:
            await log.trim(c, parcel.merchant_id, parcel.parcel_id, parcel.revision - self._kept + 1)

    async def _fold_in(
        self, c: AsyncConnection, parcel: Parcel, every: list[StoredEvent], new: Collection[StoredEvent], now: datetime
    ) -> Parcel:
        """One revision for each new event, oldest first, each with the parcel as it stood right after it."""
        if not new:
            return await self.note(c, _folded(parcel, every), "carrier_note", now)
        known, changes = [one for one in every if one not in new], []
        for added in (one for one in every if one in new):
            known.append(added)
            parcel = replace(_folded(parcel, known), revision=parcel.revision + 1, update_time=now)
            changes.append(log.NewChange("event", parcel, event=added))
        await log.append(c, now, *changes)
        return parcel

    async def _ring_milestone(
        self, c: AsyncConnection, before: Parcel, after: Parcel, every: list[StoredEvent], now: datetime
    ) -> Parcel:
        due = milestone(before, after, now)
        if due is None:
            return after
        text = milestone_text(after, self._sentence(after, every, now))
        reminder = StoredReminder(after.parcel_id, due.attempt, due.kind, now, text.zh, text.en, {"cause": "status"})
        return await self.ring(c, after, reminder, now) or after

    def _sentence(self, parcel: Parcel, every: list[StoredEvent], now: datetime) -> Sentence:
        deciding = next((one.event for one in every if one.event_id == parcel.event_id), None)
        expected = parcel.expected.time.astimezone(self._zone) if parcel.expected else None
        return sentence(told(parcel, deciding), expected=expected, now=now)


def _offered(parcel: Parcel, report: Report, now: datetime) -> list[StoredEvent]:
    return [
        StoredEvent(
            parcel.parcel_id, f"{event.source}/{report.keys.get(number, event.key)}", _believable(event, now), now
        )
        for number, event in enumerate(report.events)
    ]


def _believable(event: TrackingEvent, now: datetime) -> TrackingEvent:
    """A scan from the day after tomorrow is kept for the record, and decides nothing."""
    return replace(event, status=None, sub_status=None) if event.instant - now > _AHEAD else event


def _folded(parcel: Parcel, known: list[StoredEvent]) -> Parcel:
    state = fold([one.event for one in known], parcel.shipments)
    return stand(parcel, state, _decider(state, known))


def _decider(state: ParcelState, known: list[StoredEvent]) -> StoredEvent | None:
    """The stored event behind the state: of its time and, among several of one time, the one that tells the state."""
    of_that_time = [one for one in known if one.event.time == state.status_time and one.event.status is not None]

    def likeness(one: StoredEvent) -> tuple[bool, bool, int, str]:
        event = one.event
        return event.status is state.status, event.sub_status is state.sub_status, event.sequence, one.event_id

    return max(of_that_time, key=likeness, default=None)
