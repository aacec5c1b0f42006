"""What breaks in mid-watch: the Python client goes on by itself, no status is lost and no bell rings twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asking
import pytest
import pytest_asyncio
from databases import opened, postgres
from doorstep import DoorstepError
from doorstep.tracking.v1 import reminder_pb2, stop_pb2
from eventually import eventually
from house import House
from house import house as open_house
from serving import DOORS, skip_unless_available
from shop import Shop
from sqlalchemy import select

from doorstepd.database.tables import outbox, revisions

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]

BELL = reminder_pb2.REMINDER_KIND_COURIER_NEAR


@pytest.fixture(params=DOORS)
def house(request: pytest.FixtureRequest, tmp_path) -> Iterator[House]:
    """One of its own for each test, for it will be broken."""
    skip_unless_available(request.param)
    url = postgres().empty() if request.param == "grpcio" else ""
    with open_house(request.param, tmp_path, url) as it:
        yield it


@pytest_asyncio.fixture
async def shop(house: House) -> AsyncIterator[Shop]:
    async with Shop(house) as it:
        yield it


class Traffic:
    """Events and fixes that go on while things break; each write is repeated until it is acknowledged."""

    def __init__(self, shop: Shop, parcel_id: str, courier_id: str) -> None:
        self.shop, self.parcel_id, self.courier_id = shop, parcel_id, courier_id
        self.acknowledged: list[str] = []
        self._courier = shop.courier(courier_id)
        self._tasks = [asyncio.create_task(self._record()), asyncio.create_task(self._ride())]

    async def _record(self) -> None:
        number = 0
        while True:
            number += 1
            name = f"event-{number}"
            told = asking.event(f"派件员已完成前面第 {number} 站", external_id=name)
            while True:
                try:
                    await self.shop.service.record_tracking_events([told], parcel_id=self.parcel_id)
                    break
                except DoorstepError as error:
                    if error.code.name not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
                        raise
                    await asyncio.sleep(0.05)
            self.acknowledged.append(name)
            await asyncio.sleep(0.05)

    async def _ride(self) -> None:
        async def fixes():
            south, number = 1300.0, 0
            while True:
                number += 1
                yield asking.fix(max(300.0, south - 20 * number))
                await asyncio.sleep(0.4)

        async for _ in self._courier.report_positions(fixes()):
            pass

    async def stop(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # it never ends by itself, unless something failed
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Watched:
    """An order under way, its customer's screen, and the traffic."""

    def __init__(self, shop: Shop, order_id: str, parcel_id: str) -> None:
        self.shop, self.order_id, self.parcel_id = shop, order_id, parcel_id
        self.screen = shop.screen(order_id)
        self.traffic = Traffic(shop, parcel_id, f"k-{order_id}")

    async def flows(self, more: int = 8) -> None:
        """Returns when that many further changes have been shown."""
        aim = len(self.screen.revisions(self.parcel_id)) + more
        await eventually(lambda: len(self.screen.revisions(self.parcel_id)) >= aim, "the watch going on", within=40)

    async def assert_nothing_lost(self) -> None:
        """The customer's list is the log's, the log has every event that was acknowledged, and the bell rang once."""
        await self.traffic.stop()
        done = await self.shop.completes(self.traffic.courier_id, self.parcel_id, stop_pb2.STOP_OUTCOME_DELIVERED)
        await self.screen.reaches(self.parcel_id, done.revision, within=40)
        async with opened(self.shop.house.database_url) as database, database.reading() as c:
            query = select(revisions.c.revision, revisions.c.detail).where(revisions.c.parcel_id == self.parcel_id)
            rows = sorted((await c.execute(query)).all())
            notices = (
                (await c.execute(select(outbox.c.kind).where(outbox.c.parcel_id == self.parcel_id))).scalars().all()
            )
        logged = [row.revision for row in rows]
        assert logged == list(range(1, len(logged) + 1))
        keys = [row.detail["event"]["event_key"] for row in rows if row.detail and "event" in row.detail]
        assert sorted(set(keys)) == sorted(keys)
        assert set(self.traffic.acknowledged) <= set(keys)
        shown = self.screen.revisions(self.parcel_id)
        assert shown == logged[logged.index(shown[0]) :]
        assert not any(one.HasField("gap") for one in self.screen.updates)
        assert sum(one.HasField("snapshot") for one in self.screen.updates) == 1
        assert notices.count("courier_near") <= 1
        assert len(self.screen.told(BELL)) == notices.count("courier_near")
        assert not self.screen.failed


@pytest_asyncio.fixture
async def watched(shop: Shop) -> AsyncIterator[Watched]:
    order = await shop.sells(("zto", asking.new_id("78"), ["毛巾"]))
    parcel_id = order.parcels[0].parcel_id
    await shop.gives_round(f"k-{order.order_id}", parcel_id)
    it = Watched(shop, order.order_id, parcel_id)
    await it.flows(4)
    yield it
    await it.traffic.stop()


def kill_workers(house: House) -> None:
    for worker in house.daemon.workers():
        worker.kill()


def kill_valkey(house: House) -> None:
    house.valkey.kill()
    house.valkey.start()


async def test_kill_9_of_the_worker_in_mid_watch(house, watched):
    before = {worker.pid for worker in house.daemon.workers()}
    kill_workers(house)
    await watched.flows()
    assert "reconnecting" in watched.screen.states
    after = {worker.pid for worker in house.daemon.workers()}
    assert after
    assert not after & before
    await watched.assert_nothing_lost()


async def test_kill_9_of_valkey_in_mid_watch(house, watched):
    kill_valkey(house)
    await watched.flows()
    assert "reconnecting" not in watched.screen.states
    await watched.assert_nothing_lost()


async def test_valkey_gone_for_good_stops_no_status(house, watched):
    house.valkey.kill()
    await watched.flows()
    await eventually(lambda: any(one.link_state.degraded for one in watched.screen.updates), "the notice of it")
    await watched.assert_nothing_lost()


async def test_kill_9_of_the_worker_and_of_valkey(house, watched):
    kill_valkey(house)
    kill_workers(house)
    await watched.flows()
    kill_workers(house)
    await watched.flows()
    await watched.assert_nothing_lost()


async def test_a_planned_restart_sends_every_watch_away_with_a_token_and_each_resumes(house, shop, watched):
    import grpc
    from doorstep.tracking.v1 import live_service_pb2
    from house import Stubs

    async with grpc.aio.insecure_channel(house.daemon.target) as channel:
        calls = [
            Stubs(channel).live.WatchOrder(
                live_service_pb2.WatchOrderRequest(order_id=watched.order_id), metadata=house.customer()
            )
            for _ in range(20)
        ]

        async def last_of(call):
            last = None
            while (update := await call.read()) is not grpc.aio.EOF:
                last = update
            return last, await call.code()

        for call in calls:
            await call.read()
        ends = [asyncio.create_task(last_of(call)) for call in calls]
        assert await asyncio.to_thread(house.daemon.stop) == 0
        for last, code in await asyncio.gather(*ends):
            assert last.HasField("go_away")
            assert last.resume_token
            assert code is grpc.StatusCode.OK
    await asyncio.to_thread(house.daemon.start)
    await watched.flows()
    await watched.assert_nothing_lost()
