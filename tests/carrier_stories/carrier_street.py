"""Fake carriers that a running service asks and that push to it, on a clock that the story moves."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx2
import uvicorn
from databases import opened
from doorstep.tracking.v1 import live_service_pb2, parcel_pb2, tracking_service_pb2
from house import SHOP, House, Stubs
from sqlalchemy import delete, select, update

from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.carrier import Push
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.journeys import JOURNEYS
from doorstepd.carriers.fake.pushes import pushes
from doorstepd.carriers.fake.server import FakeCarriers, Mode
from doorstepd.database.tables import accounts, parcels

Told = tuple[str, str]
"""A sentence in Chinese and in English."""


class Street:
    """All fake carriers at one address, and the service that knows them."""

    house: House

    def __init__(self, fakes: FakeCarriers, address: str) -> None:
        self.fakes, self.address = fakes, address
        self.now = self.began = datetime.now(UTC)

    @property
    def environment(self) -> dict[str, str]:
        """For the service: where the providers are."""
        urls = {provider: f"{self.address}/{provider}" for provider in PROVIDERS}
        return {"DOORSTEP_PROVIDER_URLS": json.dumps(urls), "DOORSTEP_ASK_CARRIERS": "true"}

    def quiet(self) -> None:
        """A new story: every carrier is well, and nothing has happened for days."""
        self.fakes.modes.clear()
        self.fakes.parcels.clear()
        self.now = self.began = datetime.now(UTC) - timedelta(days=4)

    def finish(self, journey: str) -> None:
        """All of the journey has happened."""
        self.now = self.began + timedelta(minutes=JOURNEYS[journey][-1].minutes)

    def modes(self, mode: str) -> None:
        """Every provider is in this mood."""
        self.fakes.modes.update(dict.fromkeys(PROVIDERS, Mode(mode)))

    def pushes(self, provider: str, number: str, steps: int) -> list[Push]:
        """What the provider sends when so many steps of the journey have happened; each push of it."""
        parcel = self.fakes.parcels[provider, number]
        scans = parcel.scans(parcel.began + timedelta(minutes=JOURNEYS[parcel.journey][steps - 1].minutes))
        return pushes(provider, parcel, scans, TEST_CREDENTIALS[provider])

    async def push(self, http: httpx2.AsyncClient, provider: str, its: Sequence[Push]) -> None:
        """To the shop's webhook, again after a while where it has no time, as providers do; each is taken."""
        url = f"{self.house.daemon.http_url}/webhooks/{provider}/{self.house.webhook_secrets[SHOP]}"
        for one in its:
            answer = await http.post(url, content=one.body, headers=dict(one.headers))
            while answer.status_code == 503:
                await asyncio.sleep(0.2)
                answer = await http.post(url, content=one.body, headers=dict(one.headers))
            assert answer.status_code == 200, answer.text

    async def hurry(self, parcel_id: str) -> None:
        """The parcel has been quiet for long enough to be asked about, and no earlier story used up any account."""
        its = parcels.c.parcel_id == parcel_id
        async with opened(self.house.database_url) as database, database.writing() as c:
            await c.execute(delete(accounts))
            await c.execute(update(parcels).where(its).values(next_poll_time=datetime.now(UTC), poll_time=None))

    async def asked(self, parcel_id: str) -> None:
        """Until the service has asked about the parcel, and knows when to ask again; or for five seconds, as with a
        provider that is slow."""
        query = select(parcels.c.next_poll_time).where(parcels.c.parcel_id == parcel_id)
        seen: set[datetime] = set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5), opened(self.house.database_url) as database:
                while len(seen) < 2:
                    async with database.reading() as c:
                        due = (await c.execute(query)).scalar_one()
                    seen |= {due} if due > datetime.now(UTC) else set()
                    await asyncio.sleep(0.01)
        assert seen, "the parcel was not asked about"


class Reader:
    """A customer who watches an order."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self.parcels: dict[str, parcel_pb2.Parcel] = {}
        self.told: dict[str, list[Told]] = {}

    async def until(self, parcel_id: str, condition: Any, within: float = 20.0) -> None:
        """Reads on until the parcel is as wanted."""
        async with asyncio.timeout(within):
            while not condition(self.parcels.get(parcel_id, parcel_pb2.Parcel())):
                self._take(await self._call.read())

    async def status(self, parcel_id: str, status: int) -> None:
        """Reads on until the parcel has this status."""
        await self.until(parcel_id, lambda parcel: parcel.status == status)

    def _take(self, message: Any) -> None:
        assert message is not grpc.aio.EOF
        match message.WhichOneof("update"):
            case "snapshot":
                for order in message.snapshot.orders:
                    for parcel in order.parcels:
                        self._see(parcel)
            case "change":
                self._see(message.change.parcel)

    def _see(self, parcel: parcel_pb2.Parcel) -> None:
        self.parcels[parcel.parcel_id] = parcel
        said = (parcel.sentence.zh, parcel.sentence.en)
        told = self.told.setdefault(parcel.parcel_id, [])
        if not told or told[-1] != said:
            told.append(said)


@asynccontextmanager
async def watching(stubs: Stubs, house: House, order_id: str) -> AsyncIterator[Reader]:
    """The customer's open watch, its snapshot read."""
    call = stubs.live.WatchOrder(live_service_pb2.WatchOrderRequest(order_id=order_id), metadata=house.customer())
    reader = Reader(call)
    try:
        async with asyncio.timeout(20):
            while not reader.parcels:
                reader._take(await call.read())
        yield reader
    finally:
        call.cancel()


async def timeline(stubs: Stubs, house: House, order_id: str) -> list[list[str]]:
    """What GetOrder shows of each parcel, oldest first: time, sentence and sources."""
    request = tracking_service_pb2.GetOrderRequest(order_id=order_id)
    order = await stubs.tracking.GetOrder(request, metadata=house.customer(), timeout=10)
    return [
        [f"{row.event_time.seconds} {row.sentence.zh} {sorted(row.sources)}" for row in reversed(parcel.events)]
        for parcel in order.parcels
    ]


@contextmanager
def street_at() -> Iterator[Street]:
    """Fake carriers at a free port, in a thread of this process."""
    fakes = FakeCarriers(speed=1.0, slow_seconds=20.0)
    server = uvicorn.Server(uvicorn.Config(fakes.app(), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    street = Street(fakes, f"http://127.0.0.1:{port}")
    fakes.now = lambda: street.now
    try:
        yield street
    finally:
        server.should_exit = True
        thread.join(10)
