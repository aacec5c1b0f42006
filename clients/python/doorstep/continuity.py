"""What a watch may show, as plain rules: every change once and in order, and no position older than one already shown.

Nothing here knows of links or clocks; `link_opened` tells that what follows came over a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from doorstep.tracking.v1.courier_pb2 import CourierPosition
from doorstep.tracking.v1.live_service_pb2 import FleetUpdate, ParcelChange, PositionUpdate, Snapshot, WatchUpdate
from doorstep.tracking.v1.parcel_pb2 import Parcel


class Admission(Enum):
    """What to do with a message."""

    SHOW = auto()
    # It was shown before, or is older than something shown.
    SKIP = auto()
    # A change before it is missing.
    HOLE = auto()


@dataclass(frozen=True, slots=True)
class _Shown:
    sequence: int
    fix_time: tuple[int, int]
    numbering: int


class NewestPositions:
    """The newest position shown of each courier.

    Sequences never run backwards on a stream. A server that lost its memory may number from 1 again; then, and only
    when the link or the server's bus was lost in between, a lower sequence counts as newer if it was measured later.
    """

    def __init__(self) -> None:
        self._shown: dict[str, _Shown] = {}
        self._numbering = 0

    def numbering_may_restart(self) -> None:
        self._numbering += 1

    def is_older(self, position: CourierPosition) -> bool:
        """Whether something newer was shown; the very position that was shown last is not older."""
        shown = self._shown.get(position.courier_id)
        if shown is None or position.sequence >= shown.sequence:
            return False
        return shown.numbering == self._numbering or _fix_time(position) <= shown.fix_time

    def note(self, position: CourierPosition) -> None:
        self._shown[position.courier_id] = _Shown(position.sequence, _fix_time(position), self._numbering)


class Continuity:
    """Judges the messages of WatchOrder and WatchParcels, over as many links as it takes."""

    def __init__(self) -> None:
        self._revisions: dict[str, int] = {}
        self._positions = NewestPositions()
        self._last_updates: dict[str, PositionUpdate] = {}
        self._after_gap = False
        self._hole: tuple[str, int] | None = None
        self.hole_repeats = False

    def link_opened(self) -> None:
        self._positions.numbering_may_restart()

    def forget_revisions(self) -> None:
        """The next snapshot says where everything stands, whatever was seen before it."""
        self._after_gap = True

    def admit(self, update: WatchUpdate) -> Admission:
        """Judges one message and remembers it if it is to be shown. Takes positions that are too old out of it."""
        match update.WhichOneof("update"):
            case "snapshot":
                return self._admit_snapshot(update.snapshot)
            case "change":
                return self._admit_change(update.change)
            case "position":
                return self._admit_position(update.position)
            case "gap":
                self.forget_revisions()
            case "link_state":
                self._positions.numbering_may_restart()
            case _:
                return Admission.SKIP
        return Admission.SHOW

    def _admit_snapshot(self, snapshot: Snapshot) -> Admission:
        if self._after_gap:
            self._revisions.clear()
            self._after_gap = False
        for parcel in _parcels_of(snapshot):
            self._revisions[parcel.parcel_id] = max(parcel.revision, self._revisions.get(parcel.parcel_id, 0))
            self._admit_parcel(parcel)
        self._last_updates.clear()
        self._hole, self.hole_repeats = None, False
        return Admission.SHOW

    def _admit_change(self, change: ParcelChange) -> Admission:
        last = self._revisions.get(change.parcel_id)
        if last is not None and change.revision <= last:
            return Admission.SKIP
        if last is not None and change.revision > last + 1:
            self.hole_repeats = self._hole == (change.parcel_id, last)
            self._hole = (change.parcel_id, last)
            return Admission.HOLE
        self._revisions[change.parcel_id] = change.revision
        self._admit_parcel(change.parcel)
        return Admission.SHOW

    def _admit_parcel(self, parcel: Parcel) -> None:
        if not parcel.HasField("position"):
            return
        if self._positions.is_older(parcel.position):
            parcel.ClearField("position")
            parcel.ClearField("position_stale")
            parcel.ClearField("approach")
        else:
            self._positions.note(parcel.position)

    def _admit_position(self, update: PositionUpdate) -> Admission:
        if update.HasField("position"):
            if self._positions.is_older(update.position):
                return Admission.SKIP
            self._positions.note(update.position)
        # The same position again is worth showing only if it grew stale, was hidden, or something came nearer.
        courier_id = update.courier_id or update.position.courier_id
        if self._last_updates.get(courier_id) == update:
            return Admission.SKIP
        self._last_updates[courier_id] = update
        return Admission.SHOW


class FleetContinuity:
    """Judges the frames of WatchFleet. A fleet watch has no resume token: each link begins with the whole map."""

    def __init__(self) -> None:
        self._newest = NewestPositions()
        self._on_map: dict[str, CourierPosition] = {}
        self._degraded = False
        self._link_is_new = False

    def link_opened(self) -> None:
        self._link_is_new = True
        self._newest.numbering_may_restart()

    def admit(self, frame: FleetUpdate) -> Admission:
        """Leaves in the frame what is new, and adds the couriers that left the map while there was no link."""
        if frame.degraded != self._degraded:
            self._newest.numbering_may_restart()
        left = {*frame.left_courier_ids, *self._vanished(frame)} & self._on_map.keys()
        fresh = [position for position in frame.positions if self._is_fresh(position, left)]
        worth_showing = bool(fresh or left or frame.degraded != self._degraded)
        self._degraded = frame.degraded
        _refill(frame, fresh, left)
        return Admission.SHOW if worth_showing else Admission.SKIP

    def _vanished(self, frame: FleetUpdate) -> set[str]:
        if not self._link_is_new:
            return set()
        self._link_is_new = False
        return self._on_map.keys() - {position.courier_id for position in frame.positions}

    def _is_fresh(self, position: CourierPosition, left: set[str]) -> bool:
        courier_id = position.courier_id
        if courier_id in left or self._newest.is_older(position) or self._on_map.get(courier_id) == position:
            return False
        self._newest.note(position)
        self._on_map[courier_id] = position
        return True


def _refill(frame: FleetUpdate, fresh: list[CourierPosition], left: set[str]) -> None:
    del frame.positions[:]
    frame.positions.extend(fresh)
    frame.left_courier_ids[:] = sorted(left)


def _parcels_of(snapshot: Snapshot) -> Iterable[Parcel]:
    for order in snapshot.orders:
        yield from order.parcels
    yield from snapshot.parcels


def _fix_time(position: CourierPosition) -> tuple[int, int]:
    return position.fix_time.seconds, position.fix_time.nanos
