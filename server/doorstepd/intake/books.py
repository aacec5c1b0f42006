"""A parcel's books, open in memory: what a transaction has locked and read of it, and what it will write. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from doorstepd.parcels import log
from doorstepd.parcels.fold import ParcelState, Shipment, fold
from doorstepd.parcels.log import NewChange, NewEvent
from doorstepd.parcels.records import Parcel, StoredEvent, StoredReminder
from doorstepd.parcels.standing import stand


class Book:
    """One parcel's. `parcel` is how it stands; `events`, `changes` and `reminders` are what is not written yet.

    `known` is every event of the parcel, oldest first; `rung` the (attempt, kind) of every reminder that it had.
    `confirmed` are events that were kept before with a claim that nobody had signed.
    """

    __slots__ = ("changes", "confirmed", "events", "known", "parcel", "reminders", "rung")

    def __init__(self, parcel: Parcel, known: Iterable[StoredEvent] = (), rung: Iterable[tuple[int, str]] = ()) -> None:
        self.parcel = parcel
        self.known = list(known)
        self.rung = set(rung)
        self.events: list[NewEvent] = []
        self.confirmed: list[NewEvent] = []
        self.changes: list[NewChange] = []
        self.reminders: list[StoredReminder] = []

    def note(self, kind: str, after: Parcel, now: datetime) -> None:
        """A change that is no event: the parcel is as in `after`, with the next revision."""
        self._turn(kind, after, now)

    @property
    def doubtful(self) -> bool:
        """Whether something was added that its source has to confirm."""
        return any(one.stored.event.claim for one in self.events)

    def learn(self, new: Sequence[NewEvent], shipments: tuple[Shipment, ...], now: datetime) -> None:
        """Adds events that are new, a revision for each, oldest first, with the parcel as it stood right after it.

        One of the same ID as an event with a claim takes its place.
        """
        self.parcel = replace(self.parcel, shipments=shipments)
        if not new:
            self._turn("carrier_note", _folded(self.parcel, self.known), now)
        claimed = {one.event_id for one in self.known if one.event.claim}
        for added in sorted((one.stored for one in new), key=log.place):
            if added.event_id in claimed:
                self.known = [one for one in self.known if one.event_id != added.event_id]
            self.known.append(added)
            self._turn("event", _folded(self.parcel, self.known), now, event=added)
        self.known.sort(key=log.place)
        for one in new:
            (self.confirmed if one.stored.event_id in claimed else self.events).append(one)

    def ring(self, reminder: StoredReminder, now: datetime) -> bool:
        """False if this (attempt, kind) had its reminder already."""
        if (reminder.attempt, reminder.kind) in self.rung:
            return False
        self.rung.add((reminder.attempt, reminder.kind))
        self.reminders.append(reminder)
        self._turn("reminder", self.parcel, now, reminder=reminder)
        return True

    def deciding(self) -> StoredEvent | None:
        """The event that the parcel's status rests on."""
        return next((one for one in self.known if one.event_id == self.parcel.event_id), None)

    def _turn(
        self,
        kind: str,
        after: Parcel,
        now: datetime,
        event: StoredEvent | None = None,
        reminder: StoredReminder | None = None,
    ) -> None:
        self.parcel = replace(after, revision=self.parcel.revision + 1, update_time=now)
        self.changes.append(NewChange(kind, self.parcel, event, reminder))


def _folded(parcel: Parcel, known: Collection[StoredEvent]) -> Parcel:
    state = fold([one.event for one in known], parcel.shipments)
    return stand(parcel, state, _decider(state, known))


def _decider(state: ParcelState, known: Collection[StoredEvent]) -> StoredEvent | None:
    """The stored event behind the state: of its time and, among several of one time, the one that tells the state."""
    of_that_time = [one for one in known if one.event.time == state.status_time and one.event.status is not None]

    def likeness(one: StoredEvent) -> tuple[bool, bool, int, str]:
        event = one.event
        return event.status is state.status, event.sub_status is state.sub_status, event.sequence, one.event_id

    return max(of_that_time, key=likeness, default=None)
