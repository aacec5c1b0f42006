"""Fake carriers, a shop that has their test keys, and what asks and subscribes on its behalf; we move the clock."""

import itertools
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2
from databases import opened
from sqlalchemy import RowMapping, select, update

from doorstepd.access.merchants import Merchants
from doorstepd.access.sealing import Sealer
from doorstepd.background.calls import CarrierCalls, Keys
from doorstepd.background.poll import Poller
from doorstepd.background.subscribe import Subscriber
from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.server import FakeCarriers
from doorstepd.carriers.health import Health
from doorstepd.carriers.query import Inquirer
from doorstepd.database import Database
from doorstepd.database.tables import parcels, subscriptions
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.record_events import EventRecorder
from doorstepd.intake.register_order import NewOrder, NewParcel, OrderRegister
from doorstepd.intake.set_tracking import TrackingSetter
from doorstepd.intake.signals import NoSignals
from doorstepd.parcels import log, store
from doorstepd.parcels.records import Item, Parcel, Recipient

SEALER = Sealer({"k1": b"s" * 32}, "k1")
START = datetime(2026, 11, 12, 2, tzinfo=UTC)
PHONE = "13812345678"
_numbers = itertools.count(1)


@dataclass
class Clock:
    """Ours alone."""

    now: datetime = START

    def seconds(self) -> float:
        return (self.now - START).total_seconds()

    def pass_(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


@dataclass
class Wire:
    """What was sent to the fakes, as received."""

    requests: list[httpx2.Request] = field(default_factory=list)

    def to(self, provider: str) -> list[httpx2.Request]:
        return [one for one in self.requests if one.url.path.startswith(f"/{provider}/")]


class World:
    """One process of the service. Several may share a database and the fakes."""

    def __init__(self, database: Database, fakes: FakeCarriers, clock: Clock, wire: Wire) -> None:
        self.database, self.fakes, self.clock, self.wire = database, fakes, clock, wire
        transport = httpx2.ASGITransport(fakes.app())

        async def noted(request: httpx2.Request) -> None:
            wire.requests.append(request)

        self.http = httpx2.AsyncClient(transport=transport, base_url="http://fake", event_hooks={"request": [noted]})
        ledger, signals = Ledger(SEALER), NoSignals()
        self.merchants = Merchants(database, SEALER)
        self.orders = OrderRegister(database, SEALER, ledger, signals)
        self.recorder = EventRecorder(database, ledger, signals)
        self.setter = TrackingSetter(database, ledger, signals)
        urls = {provider: f"http://fake/{provider}" for provider in PROVIDERS}
        self.inquirer = Inquirer(self.http, urls, clock=clock.seconds, sleep=self._sleep)
        self.health = Health()
        self.keys = Keys(self.merchants)
        self.calls = CarrierCalls(database, self.inquirer, self.health, clock.seconds, self._sleep)
        self.poller = Poller(database, self.keys, self.calls, SEALER, self.recorder)
        self.subscriber = Subscriber(
            database, self.merchants, self.keys, self.calls, SEALER, "https://shop.example/", self.setter
        )

    async def _sleep(self, seconds: float) -> None:
        """Time does not pass by waiting."""

    def twin(self) -> "World":
        """Another process on the same database, asking the same fakes."""
        return World(self.database, self.fakes, self.clock, self.wire)

    async def holds(self, *providers: str, merchant_id: str = "m") -> None:
        """The merchant has the test keys of these providers."""
        keys: Mapping[str, Mapping[str, str]] = {name: TEST_CREDENTIALS[name] for name in providers}
        await self.merchants.create(merchant_id, "shop", self.clock.now, credentials=keys)

    async def parcel(self, number: str = "", carrier: str = "zto", merchant_id: str = "m", phone: str = PHONE) -> str:
        """A parcel that was shipped now; its ID."""
        serial = next(_numbers)
        number = number or f"7800{serial:010d}"
        new = NewOrder(
            f"O{serial}",
            "c1",
            (NewParcel((Item("毛巾"),), carrier, number),),
            Recipient("张三丰", phone, "上海市张江路88号"),
        )
        return (await self.orders.register(merchant_id, new, self.clock.now)).parcels[0].parcel_id

    async def ask(self) -> int:
        return await self.poller.ask_due(self.clock.now)

    async def subscribe(self) -> int:
        return await self.subscriber.subscribe_due(self.clock.now)

    async def read(self, parcel_id: str, merchant_id: str = "m") -> Parcel:
        async with self.database.reading() as c:
            return (await store.get_parcels(c, merchant_id, [parcel_id]))[parcel_id]

    async def row(self, parcel_id: str) -> RowMapping:
        async with self.database.reading() as c:
            return (await c.execute(select(parcels).where(parcels.c.parcel_id == parcel_id))).mappings().one()

    async def due_in(self, parcel_id: str) -> timedelta:
        """How long until the parcel's carrier is asked."""
        return (await self.row(parcel_id))["next_poll_time"] - self.clock.now

    async def make_due(self, *parcel_ids: str) -> None:
        async with self.database.writing() as c:
            its = parcels.c.parcel_id.in_(parcel_ids)
            await c.execute(update(parcels).where(its).values(next_poll_time=self.clock.now))

    async def told(self, parcel_id: str) -> list[str]:
        """What its timeline says, by source."""
        async with self.database.reading() as c:
            found = await log.events_of(c, "m", [parcel_id])
        return [f"{one.event.source}: {one.event.text}" for one in found.get(parcel_id, [])]

    async def subscribed(self) -> list[RowMapping]:
        async with self.database.reading() as c:
            return list((await c.execute(select(subscriptions).order_by(subscriptions.c.tracking_number))).mappings())

    def modes(self, mode: str, providers: Collection[str] = PROVIDERS) -> None:
        """All these providers are in this mood."""
        from doorstepd.carriers.fake.server import Mode

        self.fakes.modes.update(dict.fromkeys(providers, Mode(mode)))


@asynccontextmanager
async def world_at(url: str) -> AsyncIterator[World]:
    """One process on the database at the URL."""
    clock = Clock()
    fakes = FakeCarriers(speed=1.0, now=lambda: clock.now, slow_seconds=0.0)
    async with opened(url) as database:
        world = World(database, fakes, clock, Wire())
        try:
            yield world
        finally:
            await world.http.aclose()
