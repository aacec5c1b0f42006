"""A street under way: couriers ride, scans are recorded, customers watch; and the reckoning afterwards.

Every write is repeated until it is acknowledged, as a carrier's push or a courier's phone would repeat it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asking
import grpc
import psutil
from databases import opened
from doorstep import Backoff, Client, DoorstepError, WatchSettings
from doorstep.tracking.v1 import ingest_service_pb2, parcel_pb2, reminder_pb2, stop_pb2
from eventually import eventually
from house import House
from sqlalchemy import select
from watchers import Watcher, ask, own_line

from doorstepd.access.callers import Role
from doorstepd.database.tables import outbox, revisions

BELL = reminder_pb2.REMINDER_KIND_COURIER_NEAR
_AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
_QUICK = WatchSettings(backoff=Backoff(first_seconds=0.05, most_seconds=0.4))


class Street:
    """Orders of one parcel each, on one house; everybody in it uses the house's present address."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.parcels: dict[str, str] = {}
        self.watchers: list[Watcher] = []
        self.acknowledged: dict[str, list[str]] = {}
        self._lines: list[grpc.aio.Channel] = []
        self._clients: list[Client] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._courier = asking.new_id("kf")
        self._service = self._client(house.token())
        self._south = 0.0

    def _client(self, token: str) -> Client:
        self._clients.append(Client(self.house.daemon.target, token=token, watches=_QUICK))
        return self._clients[-1]

    # Who lives here.

    async def sells(self, count: int = 3) -> None:
        """Orders, whose parcels one courier has on his round."""
        for _ in range(count):
            parcel = ingest_service_pb2.NewParcel(
                carrier="zto", tracking_number=asking.new_id("78"), items=[parcel_pb2.Item(title="毛巾", quantity=1)]
            )
            recipient = parcel_pb2.Recipient(
                name=asking.NAME, phone=asking.PHONE, address=asking.ADDRESS, point=asking.point()
            )
            order_id = asking.new_id("fault")
            made = await self._service.create_order(order_id, customer_id="c1", recipient=recipient, parcels=[parcel])
            self.parcels[order_id] = made.parcels[0].parcel_id
            self.acknowledged[self.parcels[order_id]] = []
        stops = [stop_pb2.Stop(parcel_id=one, sequence=n) for n, one in enumerate(self.parcels.values(), 1)]
        await self._service.assign_stops(
            self._courier, stops, courier_name=asking.COURIER_NAME, courier_phone=asking.COURIER_PHONE
        )

    def line(self, *options: tuple[str, int]) -> grpc.aio.Channel:
        """A connection of its own."""
        self._lines.append(own_line(self.house.daemon.target, *options))
        return self._lines[-1]

    def watch(self, *order_ids: str, line: grpc.aio.Channel | None = None, **token: Any) -> Watcher:
        """A watcher of these orders, or of all; on a line of its own unless it shares one."""
        own = line or self.line()
        watcher = Watcher(lambda: own, lambda: self.house.customer(**token), ask(order_ids or tuple(self.parcels)))
        self.watchers.append(watcher)
        return watcher

    async def opens(self, least: int = 2) -> None:
        """Watchers of one order and of all in turn, until each worker has at least so many of their connections."""
        orders = tuple(self.parcels)
        for number in range(60):
            watcher = self.watch(orders[number % len(orders)]) if number % 3 else self.watch()
            await watcher.begins()
            if number >= 5 and all(_connections(worker) > least for worker in self.house.daemon.workers()):
                return
        raise AssertionError("one worker gets no connections")

    # What goes on.

    def starts(self, pause: float = 0.1, start_m: float = 1200.0) -> None:
        """Scans of every parcel, so many seconds apart, and the courier's ride to the door."""
        self._south = start_m
        self._tasks = [asyncio.create_task(self._scan(parcel, pause)) for parcel in self.parcels.values()]
        self._tasks.append(asyncio.create_task(self._ride()))

    async def _scan(self, parcel_id: str, pause: float) -> None:
        number = 0
        while True:
            number += 1
            await self.record(parcel_id, f"scan-{number}", f"派件员已完成前面第 {number} 站")
            await asyncio.sleep(pause)

    async def record(self, parcel_id: str, name: str, text: str) -> None:
        """One scan, until it is acknowledged."""
        told = asking.event(text, external_id=name)
        await persistently(lambda: self._service.record_tracking_events([told], parcel_id=parcel_id))
        self.acknowledged[parcel_id].append(name)

    async def _ride(self) -> None:
        async def fixes() -> AsyncIterator[Any]:
            while True:
                self._south = max(300.0, self._south - 20)
                yield asking.fix(self._south)
                await asyncio.sleep(0.4)

        courier = self._client(self.house.token(Role.COURIER, courier_id=self._courier))
        async for _ in courier.report_positions(fixes()):
            pass

    async def flows(self, more: int = 3, *, of: list[Watcher] | None = None) -> None:
        """Returns when every watcher was given so many further changes."""
        await asyncio.gather(*(watcher.gains(more) for watcher in (of or self.watchers)))

    async def positions_flow(self) -> None:
        """Returns when every watcher was given a position that was not yet measured now."""
        newest = max(watcher.newest_fix for watcher in self.watchers)
        await eventually(lambda: all(one.newest_fix > newest for one in self.watchers), "positions to everybody", 30)

    async def arrives(self) -> None:
        """Returns when the courier is near enough for the bell to be due, and some fixes further."""
        await eventually(lambda: self._south <= 860, "the ride", within=60)

    async def stops(self) -> None:
        """Ends the traffic; raises what broke it."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # The reckoning.

    async def nothing_was_lost(self, *, bells: int | None = None) -> None:
        """Each watcher's list is the log's, from its snapshot to the end; the log holds each acknowledged scan once.

        With `bells`, each parcel's bell was written down, and told to each of its watchers, so many times.
        """
        await self.stops()
        for parcel_id in self.parcels.values():
            await self.record(parcel_id, "last", "派件员已完成全部站点")
        log = {parcel_id: await self._logged(parcel_id) for parcel_id in self.parcels.values()}
        last = {parcel_id: len(rows) for parcel_id, rows in log.items()}
        await asyncio.gather(*(watcher.reaches(last) for watcher in self.watchers))
        for watcher in self.watchers:
            assert watcher.count("snapshot") == 1
            assert watcher.count("gap") == 0
            for parcel_id, seen in watcher.lists.items():
                assert seen == list(range(last[parcel_id] - len(seen) + 1, last[parcel_id] + 1))
        if bells is not None:
            await self._rang(bells)

    async def _logged(self, parcel_id: str) -> list[Any]:
        async with opened(self.house.database_url) as database, database.reading() as c:
            query = select(revisions.c.revision, revisions.c.detail).where(revisions.c.parcel_id == parcel_id)
            rows = sorted((await c.execute(query)).all(), key=lambda row: row.revision)
        assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
        keys = [row.detail["event"]["event_key"] for row in rows if row.detail and "event" in row.detail]
        assert len(set(keys)) == len(keys)
        assert set(self.acknowledged[parcel_id]) <= set(keys)
        return rows

    async def _rang(self, bells: int) -> None:
        async with opened(self.house.database_url) as database, database.reading() as c:
            for parcel_id in self.parcels.values():
                query = select(outbox.c.kind).where(outbox.c.parcel_id == parcel_id)
                assert list((await c.execute(query)).scalars()).count("courier_near") == bells
        for watcher in self.watchers:
            assert [one.kind for one in watcher.reminders].count(BELL) == bells * len(watcher.at)

    async def close(self) -> None:
        """Everybody goes; raises what broke a watcher."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ends = await asyncio.gather(*(watcher.close() for watcher in self.watchers), return_exceptions=True)
        for client in self._clients:
            await client.close()
        for line in self._lines:
            await line.close()
        for broken in filter(None, ends):
            raise broken


@asynccontextmanager
async def street(house: House, parcels: int = 3) -> AsyncIterator[Street]:
    """A street with its parcels under way, nobody watching yet."""
    it = Street(house)
    try:
        await it.sells(parcels)
        yield it
    finally:
        await it.close()


async def persistently(write: Any) -> Any:
    """Calls until it is answered."""
    while True:
        try:
            return await write()
        except DoorstepError as error:
            if error.code not in _AGAIN:
                raise
            await asyncio.sleep(0.05)


def _connections(worker: psutil.Process) -> int:
    return sum(one.status == psutil.CONN_ESTABLISHED for one in worker.net_connections("tcp") if one.laddr != one.raddr)
