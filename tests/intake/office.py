"""The write paths over a database, with nobody listening: what one process of the service has."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from databases import opened
from sqlalchemy import select

from doorstepd.access.sealing import Sealer
from doorstepd.database import Database
from doorstepd.database.tables import outbox, reminders, revisions
from doorstepd.intake.assign_stops import Assigned, Courier, Dispatcher, NewStop
from doorstepd.intake.complete_stop import Completed, Outcome, StopCompleter
from doorstepd.intake.courier_round import BellPolicy
from doorstepd.intake.ledger import Ledger, Report
from doorstepd.intake.record_events import EventRecorder, Recorded
from doorstepd.intake.register_order import NewOrder, NewParcel, OrderRegister, Registered
from doorstepd.intake.report_positions import PositionDesk
from doorstepd.intake.round_state import Kept
from doorstepd.live.position import Position
from doorstepd.parcels import log, store
from doorstepd.parcels.events import TrackingEvent, Zone
from doorstepd.parcels.records import Change, Door, Item, Parcel, Recipient, StoredEvent, StoredReminder
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix
from doorstepd.reminders import store as reminder_store

SEALER = Sealer({"k1": b"s" * 32}, "k1")
DOOR = Door(31.2, 121.6)
RECIPIENT = Recipient("张三丰", "13812345678", "上海市浦东新区张江路88号3栋501室")
CHINA = "+08:00"
_numbers = itertools.count(1)


class Signals:
    """Remembers what the world was told."""

    def __init__(self) -> None:
        self.parcels: list[tuple[str, int]] = []
        self.couriers: list[str] = []

    def parcel_changed(self, merchant_id: str, order_id: str, parcel_id: str, revision: int) -> None:
        self.parcels.append((parcel_id, revision))

    def stops_changed(self, merchant_id: str, courier_id: str) -> None:
        self.couriers.append(courier_id)


class Feed:
    """Positions, and couriers' states, in memory."""

    def __init__(self) -> None:
        self.reachable = True
        self.positions: list[Position] = []
        self.states: dict[tuple[str, str], Kept] = {}

    def received(self, merchant_id: str, courier_id: str, fixes: Sequence[RawFix]) -> None:
        pass

    def moved(self, merchant_id: str, position: Position) -> None:
        self.positions.append(position)

    def keep(self, merchant_id: str, courier_id: str, state: Kept) -> None:
        before = self.states.get((merchant_id, courier_id))
        plan = state.plan if state.plan is not None or before is None else before.plan
        self.states[merchant_id, courier_id] = Kept(state.walk, plan)

    async def kept(self, merchant_id: str, courier_id: str) -> Kept | None:
        return self.states.get((merchant_id, courier_id))

    async def handed_over(self) -> None:
        pass


async def _usual_policy(merchant_id: str) -> BellPolicy:
    return BellPolicy()


class Office:
    """One process. Several may share a URL."""

    def __init__(self, database: Database, merchant_id: str = "m", kept_revisions: int = 1000) -> None:
        self.database = database
        self.merchant_id = merchant_id
        self.signals, self.feed = Signals(), Feed()
        ledger = Ledger(SEALER, kept_revisions=kept_revisions)
        self.orders = OrderRegister(database, SEALER, ledger, self.signals)
        self.events = EventRecorder(database, ledger, self.signals)
        self.rounds = Dispatcher(database, SEALER, ledger, self.signals)
        self.stops = StopCompleter(database, ledger, self.signals)
        self.positions = PositionDesk(database, ledger, self.signals, self.feed, _usual_policy)

    def of(self, merchant_id: str) -> "Office":
        """The same process for another merchant."""
        return Office(self.database, merchant_id)

    async def register(self, new: NewOrder | None = None, **changes: object) -> Registered:
        return await self.orders.register(self.merchant_id, replace(new or order(), **changes), now())

    async def parcel_id(self, **changes: object) -> str:
        """A registered parcel."""
        return (await self.register(**changes)).parcels[0].parcel_id

    async def record(self, parcel_id: str, *events: TrackingEvent, **report: object) -> Recorded:
        found = await self.events.record(self.merchant_id, parcel_id, Report(events, **report), now())
        return found[0]

    async def assign(self, *parcel_ids: str, courier_id: str = "k1", door: Door | None = None) -> list[Assigned]:
        stops = [NewStop(one, place, door) for place, one in enumerate(parcel_ids, 1)]
        return await self.rounds.assign(self.merchant_id, Courier(courier_id, "李四", "13800005678"), stops, now())

    async def complete(self, parcel_id: str, delivered: bool = True) -> Completed:
        return await self.stops.complete(self.merchant_id, parcel_id, Outcome(delivered, None, now()), now())

    async def parcel(self, parcel_id: str) -> Parcel:
        async with self.database.reading() as c:
            return (await store.get_parcels(c, self.merchant_id, [parcel_id]))[parcel_id]

    async def timeline(self, parcel_id: str) -> list[StoredEvent]:
        async with self.database.reading() as c:
            return (await log.events_of(c, self.merchant_id, [parcel_id])).get(parcel_id, [])

    async def changes(self, parcel_id: str, after: int = 0) -> list[Change]:
        async with self.database.reading() as c:
            return await log.changes(c, self.merchant_id, parcel_id, after, limit=10_000)

    async def reminders(self, parcel_id: str) -> list[StoredReminder]:
        async with self.database.reading() as c:
            return [one for one, _ in await reminder_store.of_parcels(c, self.merchant_id, [parcel_id])]

    async def assert_sound(self, parcel_id: str) -> None:
        """The log has no holes and ends at the parcel; every event and every reminder is in it exactly once; every
        reminder has one notice a channel."""
        async with self.database.reading() as c:
            rows = (
                await c.execute(
                    select(revisions.c.revision, revisions.c.kind, revisions.c.detail)
                    .where(revisions.c.merchant_id == self.merchant_id, revisions.c.parcel_id == parcel_id)
                    .order_by(revisions.c.revision)
                )
            ).all()
            queued, rung = [
                (
                    await c.execute(
                        select(table.c.attempt, table.c.kind).where(
                            table.c.merchant_id == self.merchant_id, table.c.parcel_id == parcel_id
                        )
                    )
                ).all()
                for table in (outbox, reminders)
            ]
        parcel, timeline = await self.parcel(parcel_id), await self.timeline(parcel_id)
        assert [row.revision for row in rows] == list(range(1, parcel.revision + 1))
        told = [f"{d['source']}/{d['event_key']}" for d in (row.detail["event"] for row in rows if row.kind == "event")]
        assert sorted(told) == sorted(one.event_id for one in timeline)
        said = [(d["attempt"], d["kind"]) for d in (row.detail["reminder"] for row in rows if row.kind == "reminder")]
        assert sorted(said) == sorted(map(tuple, rung)) == sorted(map(tuple, queued))
        last = (await self.changes(parcel_id))[-1].after
        assert replace(last, update_time=parcel.update_time) == parcel


@asynccontextmanager
async def office(url: str, **options: object) -> AsyncIterator[Office]:
    """One process on the database at the URL."""
    async with opened(url) as database:
        yield Office(database, **options)


def now() -> datetime:
    return datetime.now(UTC)


def order(**changes: object) -> NewOrder:
    """An order of one parcel, with an ID that is new."""
    number = next(_numbers)
    new = NewOrder(
        order_id=f"O{number}",
        customer_id="c1",
        parcels=(NewParcel((Item("毛巾"), Item("牙刷", 2)), "zto", f"7800000{number:07d}"),),
        recipient=RECIPIENT,
        door=DOOR,
    )
    return replace(new, **changes)


def event(text: str, status: Status | None = None, *, ago: timedelta = timedelta(), **more: object) -> TrackingEvent:
    """Something that happened `ago`."""
    happened = {"source": "internal", "time": now() - ago, "zone": Zone.EXPLICIT} | more
    return TrackingEvent(text=text, status=status, **happened)


def fixes_towards(door: Door, *, start_m: float = 1300.0, step_m: float = 40.0, count: int = 16) -> Sequence[RawFix]:
    """A ride from the south, a fix each 5 s, the last one now; each `step_m` nearer to the door."""
    end = now().timestamp()
    found = []
    for number in range(count):
        metres, time = start_m - step_m * number, end - 5.0 * (count - 1 - number)
        latitude = door.latitude - metres / 111_195
        found.append(RawFix(latitude, door.longitude, Datum.WGS84, time, end, accuracy_m=8.0))
    return found
