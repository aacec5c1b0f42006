"""One courier's round in this process: his track, his bell, and the stops that are open.

The state is this process's while a stream is open. It is written down now and then, so that the next process goes on
from there; what it then lacks it takes from the database, whose unique key lets no reminder out twice.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from doorstepd.database import Database
from doorstepd.live.position import SEVERAL, Outlook, Position, pack_outlooks, stop_key
from doorstepd.parcels.records import Door
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.positions.eta import Ahead
from doorstepd.positions.fix import Fix, RawFix, Rejection
from doorstepd.positions.forecast import Forecast
from doorstepd.positions.nearby import Nearby
from doorstepd.positions.rest import Rest, rest_from_list
from doorstepd.positions.stops import StoredStop
from doorstepd.positions.track import Track
from doorstepd.positions.visibility import NEIGHBOUR_M
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.bell import CourierBell, Outcome, Ring
from doorstepd.reminders.reason import Cause
from doorstepd.reminders.reason_store import Decided
from doorstepd.reminders.stop import DEFAULT_GATE, PLAIN, Gate, OpenStop, stop_from_list

KIND = "courier_near"
DUE_SOON = "due_soon"
_OUTCOMES = {"delivered": Outcome.DELIVERED, "failed": Outcome.FAILED}


class Feed(Protocol):
    """Where positions go, and where a courier's state waits for the next process."""

    def moved(self, merchant_id: str, position: Position) -> None:
        """The courier's newest place; never waits."""

    def keep(self, merchant_id: str, courier_id: str, state: bytes) -> None:
        """Writes the state down; never waits."""

    async def kept(self, merchant_id: str, courier_id: str) -> bytes | None:
        """What `keep` wrote last, anywhere; None when nothing, or nobody can say."""


@dataclass(frozen=True, slots=True)
class BellPolicy:
    """How a merchant's bell rings: the circle's radius, and the gate where the order of stops is known."""

    radius_m: float = 1000.0
    gate: Gate = DEFAULT_GATE


@dataclass(slots=True)
class Batch:
    """What became of a message: per fix None or why it was not taken, and the rings that it caused."""

    rejections: list[Rejection | None] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)


class CourierRound:
    """Guarded by `lock`: two streams of one courier, and a change of his stops, take turns."""

    def __init__(self, merchant_id: str, courier_id: str, policy: BellPolicy) -> None:
        self.merchant_id = merchant_id
        self.courier_id = courier_id
        self.lock = asyncio.Lock()
        self.streams = 0
        self.stale = True  # the database knows of stops that the bell does not, or the other way round
        self.newest: Position | None = None
        self.silences: list[Decided] = []  # of attempts that ended without a ring; whoever writes them down takes them
        self._policy = policy
        self._track = Track()
        self._bell = CourierBell()
        self._open: dict[str, StoredStop] = {}
        self._nearby = Nearby()
        self._rest = Rest()
        self.forecast = Forecast()
        self._outlooks = b""
        self._told: set[str] = set()  # that they are due, or that he is near
        self._sequence = 0

    def restore(self, state: bytes) -> None:
        """Goes on from what another process wrote down."""
        kept = json.loads(state)
        self._track = Track.from_dict(kept["track"])
        self._bell = CourierBell.from_dict(kept["bell"])
        self._sequence = kept["sequence"]
        self._rest = rest_from_list(kept["rest"])
        self.forecast.restore(kept["pace"])
        # What closed while nobody held the stream is then seen to be gone, and its silence can still be explained.
        self._open = {stop.parcel_id: stop for stop in map(self._stored_stop, kept["bell"]["stops"])}

    def state(self) -> bytes:
        """What `restore` reads. Points of stops, no address."""
        kept = {"track": self._track.to_dict(), "bell": self._bell.to_dict(), "sequence": self._sequence}
        kept["rest"], kept["pace"] = self._rest.to_list(), self.forecast.to_list()
        return json.dumps(kept, separators=(",", ":")).encode()

    async def take_stops(self, database: Database, now: datetime) -> list[Ring]:
        """Brings the bell's stops in line with the database; a stop that opens near the courier rings at once."""
        self.stale = False
        async with database.reading() as c:
            present = {one.parcel_id: one for one in await stops.open_of_courier(c, self.merchant_id, self.courier_id)}
            gone = [one for parcel_id, one in self._open.items() if _key(present.get(parcel_id)) != _key(one)]
            after = await stops.states(c, self.merchant_id, {(one.parcel_id, one.attempt) for one in gone})
            rung = await reminder_store.rung(c, self.merchant_id, present, KIND)
            soon = await reminder_store.rung(c, self.merchant_id, present, DUE_SOON)
        rings: list[Ring] = []
        for one in gone:
            rings += self._close(one, after.get((one.parcel_id, one.attempt)), now)
        for one in present.values():
            if one.door is not None:
                had = (one.parcel_id, one.attempt) in rung
                rings += self._bell.open(self._open_stop(one), now.timestamp(), rung=had)
        self._open = present
        self._nearby = Nearby((name, *_place(one.door)) for name, one in present.items() if one.door)
        self.forecast.take_stops(_ahead(one) for one in present.values() if one.door)
        self._told = {one.parcel_id for one in present.values() if (one.parcel_id, one.attempt) in rung | soon}
        return rings

    def take_fixes(self, fixes: Sequence[RawFix], now: datetime) -> Batch:
        """Weighs each fix, moves the newest position, and asks the bell."""
        batch = Batch()
        moment = now.timestamp()
        for raw in fixes:
            taken = self._track.take(raw)
            batch.rejections.append(taken.rejection)
            batch.rings += self._bell.take(taken, moment)
            if taken.moves_dot and taken.trusted:
                self._move(taken.trusted[-1], moment)
        self._told.update(ring.parcel_id for ring in batch.rings)
        return batch

    def take_due(self, within_s: float, now: float) -> list[str]:
        """Parcels that should be at the door in so long and whose customers have not been told, each once."""
        due = [one for one in self.forecast.within(within_s, now) if one not in self._told]
        self._told.update(due)
        return due

    @property
    def attempts(self) -> dict[str, int]:
        """Of the parcels that are open."""
        return {parcel_id: one.attempt for parcel_id, one in self._open.items()}

    def _move(self, fix: Fix, now: float) -> None:
        if self.forecast.move(fix.lat, fix.lng, fix.fix_time, now):
            self._outlooks = pack_outlooks(
                {
                    name: Outlook(one.earliest, one.expected, one.latest, one.stops_ahead)
                    for name, one in self.forecast.shown.items()
                }
            )
        # Milliseconds as a floor: the sequence grows even where another process's count was lost.
        self._sequence = max(self._sequence + 1, int(fix.receive_time * 1000))
        doors = list(self._nearby.within(fix.lat, fix.lng, NEIGHBOUR_M).values())
        self.newest = Position(
            courier_id=self.courier_id,
            sequence=self._sequence,
            fix_time=fix.fix_time,
            receive_time=fix.receive_time,
            lat=fix.lat,
            lng=fix.lng,
            accuracy_m=fix.accuracy_m,
            speed_mps=fix.speed_mps,
            heading_deg=fix.heading_deg,
            doors_near=min(len(doors), SEVERAL),
            doors_of=b"".join(map(stop_key, doors[0])) if len(doors) == 1 else b"",
            outlooks=self._outlooks,
            resting=self._rest.see(fix.lat, fix.lng, fix.fix_time, bool(doors)),
        )

    def _close(self, stop: StoredStop, became: StoredStop | None, now: datetime) -> list[Ring]:
        outcome = _OUTCOMES.get(became.state, Outcome.REASSIGNED) if became else Outcome.REASSIGNED
        reason = self._bell.why(stop.parcel_id, now.timestamp())
        if reason and reason.cause is not Cause.RANG_ALREADY and outcome is not Outcome.REASSIGNED:
            self.silences.append(Decided(stop.parcel_id, stop.attempt, reason, now))
        if outcome is Outcome.DELIVERED and stop.door:
            self.forecast.served(*_place(stop.door), now.timestamp())
        return self._bell.close(stop.parcel_id, now.timestamp(), stop.attempt, outcome)

    def _stored_stop(self, row: Sequence[Any]) -> StoredStop:
        """A stop that the bell had open when the state was written down."""
        stop = stop_from_list(row[0])
        door, opened = Door(stop.lat, stop.lng), datetime.fromtimestamp(row[1], UTC)
        return StoredStop(stop.parcel_id, stop.attempt, self.courier_id, stop.sequence or 0, "open", door, opened)

    def _open_stop(self, stop: StoredStop) -> OpenStop:
        assert stop.door is not None
        return OpenStop(
            stop.parcel_id,
            stop.attempt,
            stop.door.latitude,
            stop.door.longitude,
            radius_m=self._policy.radius_m,
            sequence=stop.sequence or None,
            gate=self._policy.gate if stop.sequence else PLAIN,
        )


def _ahead(stop: StoredStop) -> Ahead:
    assert stop.door is not None
    return Ahead(stop.parcel_id, *_place(stop.door), stop.sequence or None)


def _place(door: Door) -> tuple[float, float]:
    return door.latitude, door.longitude


def _key(stop: StoredStop | None) -> tuple[str, int] | None:
    return (stop.parcel_id, stop.attempt) if stop else None


def may_still_ring(status: Status, attempt: int, ring: Ring) -> bool:
    """Read again in the ring's own transaction: a delivery or a failure may have come first."""
    return status is Status.OUT_FOR_DELIVERY and attempt == ring.attempt
