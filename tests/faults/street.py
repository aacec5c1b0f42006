"""A street under way: couriers ride, scans are recorded, customers watch; and the reckoning afterwards.

Every write is repeated until it is acknowledged, as a carrier's push or a courier's phone would repeat it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asking
import grpc
from broken import callers, listens
from databases import opened
from doorstep import Backoff, Client, DoorstepError, WatchSettings
from doorstep.tracking.v1 import ingest_service_pb2, parcel_pb2, stop_pb2
from eventually import eventually
from house import House
from shop import Screen
from sizes import size
from sqlalchemy import Row, Select, select
from watchers import Condition, Line, Watcher, ask

from doorstepd.access.callers import Role
from doorstepd.database.tables import outbox, revisions
from doorstepd.errors import Unavailable

_AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
_QUICK = WatchSettings(backoff=Backoff(first_seconds=0.05, most_seconds=0.4))


class Street:
    """Orders of one parcel each, on one house; everybody in it uses the house's present address."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.parcels: dict[str, str] = {}
        self.watchers: list[Watcher] = []
        self.screens: list[Screen] = []
        self.acknowledged: dict[str, list[str]] = {}
        self._lines: list[Line] = []
        self._clients: list[Client] = []
        self._scans: list[asyncio.Task[None]] = []
        self._ride: asyncio.Task[None]
        self._courier = asking.new_id("kf")
        self._service = self._client(house.token())
        self._south = 0.0
        self.refused = 0

    def _client(self, token: str) -> Client:
        self._clients.append(Client(self.house.daemon.target, token=token, watches=_QUICK))
        return self._clients[-1]

    def moves(self) -> None:
        """The house has another address: who writes goes there at once, who watches when his stream has ended."""
        self._service = self._client(self.house.token())
        self._ride.cancel()
        self._ride = asyncio.create_task(self._rides())

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

    def line(self, *options: tuple[str, int]) -> Line:
        """A connection of its own."""
        self._lines.append(Line(lambda: self.house.daemon.target, *options))
        return self._lines[-1]

    def watch(self, *order_ids: str, line: Line | None = None, after: Watcher | None = None, **token: Any) -> Watcher:
        """A watcher of these orders, or of all; on a line of its own unless it shares one."""
        request = ask(order_ids or tuple(self.parcels))
        watcher = Watcher(line or self.line(), lambda: self.house.customer(**token), request, after)
        self.watchers.append(watcher)
        return watcher

    async def opens(self, least: int = 2) -> None:
        """Watchers of one order and of all in turn, until each worker has at least so many of their connections."""
        orders = tuple(self.parcels)
        await eventually(lambda: all(map(listens, self.house.daemon.workers())), "the workers listening", 30)
        for number in range(60):
            watcher = self.watch(orders[number % len(orders)]) if number % 3 else self.watch()
            await watcher.begins()
            if number >= 5 and all(
                callers(worker, self.house.daemon.target) > least for worker in self.house.daemon.workers()
            ):
                return
        raise AssertionError("one worker gets no connections")

    def screen(self) -> Screen:
        """A customer's phone with our own client on it, which shows the first order."""
        client = self._client(self.house.token(Role.CUSTOMER, customer_id="c1"))
        self.screens.append(Screen(client, next(iter(self.parcels))))
        return self.screens[-1]

    async def begin(self) -> None:
        """Returns when every watcher has its first message."""
        await self.everybody(lambda it: bool(it.kinds), "the first message")

    async def everybody(self, condition: Condition, what: str, *, of: list[Watcher] | None = None) -> None:
        """Returns when each watcher has seen it, or each of these."""
        # One after the other: a thousand that all poll would be the load.
        for one in of or self.watchers:
            await one.until(condition, what, size(60, 300))

    async def left_by_their_watchers(self) -> list[tuple[str, Watcher]]:
        """Each order, and somebody who watched it and went."""
        gone = [(order_id, self.watch(order_id)) for order_id in self.parcels]
        for _, one in gone:
            await one.begins()
            self.watchers.remove(one)
            await one.close()
        return gone

    # What goes on.

    def starts(self, pause: float = 0.1, start_m: float = 1100.0) -> None:
        """Scans of every parcel, so many seconds apart, and the courier's ride to the door."""
        self._south = start_m
        self._scans = [asyncio.create_task(self._scan(parcel, pause)) for parcel in self.parcels.values()]
        self._ride = asyncio.create_task(self._rides())
        for task in self._traffic:
            task.add_done_callback(self._raise_alarm)

    def _raise_alarm(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            for watcher in self.watchers:
                watcher.alarm = task.exception() or AssertionError("the traffic ended")

    async def _scan(self, parcel_id: str, pause: float) -> None:
        number = 0
        while True:
            number += 1
            await self._record(parcel_id, {f"scan-{number}": f"派件员已完成前面第 {number} 站"})
            await asyncio.sleep(pause)

    async def goes_on(self, steps: int) -> None:
        """So many scans of every parcel, at once."""
        for parcel_id in self.parcels.values():
            names = [asking.new_id("step-") for _ in range(steps)]
            await self._record(parcel_id, {name: f"派件员已完成前面一站 {name}" for name in names})

    async def _record(self, parcel_id: str, scans: dict[str, str]) -> None:
        """These scans, by name, until they are acknowledged."""
        told = [asking.event(text, external_id=name) for name, text in scans.items()]
        await self._persistently(lambda: self._service.record_tracking_events(told, parcel_id=parcel_id))
        self.acknowledged[parcel_id] += scans

    async def _persistently(self, write: Any) -> None:
        while True:
            try:
                await write()
                return
            except DoorstepError as error:
                if error.code not in _AGAIN:
                    raise
                self.refused += 1
                await asyncio.sleep(0.05)

    async def _rides(self) -> None:
        async def fixes() -> AsyncIterator[Any]:
            while True:
                self._south = max(300.0, self._south - 20)
                yield asking.fix(self._south)
                await asyncio.sleep(0.4)

        courier = self._client(self.house.token(Role.COURIER, courier_id=self._courier))
        async for _ in courier.report_positions(fixes()):
            pass

    @property
    def acknowledged_scans(self) -> int:
        """How many, of all parcels."""
        return sum(map(len, self.acknowledged.values()))

    async def flows(self, more: int = 3, *, of: list[Watcher] | None = None) -> None:
        """Returns when every watcher was given so many further changes."""
        aims = {one: one.changes + more for one in of or self.watchers}
        await self.everybody(lambda it: it.changes >= aims[it], f"{more} changes", of=list(aims))

    async def all_end(self) -> None:
        """Returns when a stream of every watcher has ended: what is read until then was sent before."""
        await self.everybody(lambda it: bool(it.ends), "the end of a stream")

    async def positions_flow(self) -> None:
        """Returns when every watcher was given a position that was not yet measured now."""
        newest = max(one.newest_fix for one in self.watchers)
        await self.everybody(lambda it: it.newest_fix > newest, "a newer position")

    async def bells_ring(self) -> None:
        """Returns when every watcher was told of each of its parcels' bells."""
        await self.everybody(lambda it: it.bells >= len(it.at), "the bell")

    async def stops(self) -> None:
        """Ends the traffic; raises what broke it."""
        for task in self._traffic:
            if task.done() and not task.cancelled():
                task.result()
        await self._end_traffic()

    @property
    def _traffic(self) -> list[asyncio.Task[None]]:
        return [*self._scans, self._ride] if self._scans else []

    async def _end_traffic(self) -> None:
        for task in self._traffic:
            task.cancel()
        await asyncio.gather(*self._traffic, return_exceptions=True)
        self._scans = []

    # The reckoning.

    async def log(self) -> dict[str, int]:
        """The last revision of each parcel."""
        return {parcel_id: len(await self._logged(parcel_id)) for parcel_id in self.parcels.values()}

    async def has_come_to(self, log: dict[str, int], *, of: list[Watcher] | None = None) -> None:
        """Returns when each watcher stands where the log stood then, or beyond."""
        await self.everybody(lambda it: it.has_come_to(log), "the end of the log", of=of)

    async def nothing_was_lost(self, *, bells: int | None = None) -> None:
        """Each watcher's list is the log's, from its snapshot to the end; the log holds each acknowledged scan once.

        With `bells`, each parcel's bell was written down, and told to each of its watchers, so many times.
        """
        await self.stops()
        for parcel_id in self.parcels.values():
            await self._record(parcel_id, {"last": "派件员已完成全部站点"})
        last = await self.log()
        await self.has_come_to(last)
        for watcher in self.watchers:
            assert all(watcher.at[parcel_id] == last[parcel_id] for parcel_id in watcher.at)
            assert watcher.count("snapshot") == (not watcher.resumed)
            assert watcher.count("gap") == 0
            for parcel_id, seen in watcher.lists.items():
                assert seen == list(range(last[parcel_id] - len(seen) + 1, last[parcel_id] + 1))
        for screen in self.screens:
            await self._showed_all(screen, last)
        if bells is not None:
            await self._rang(bells)

    async def _showed_all(self, screen: Screen, last: dict[str, int]) -> None:
        parcel_id = next(iter(self.parcels.values()))
        await screen.reaches(parcel_id, last[parcel_id])
        seen = screen.revisions(parcel_id)
        assert seen == list(range(seen[0], last[parcel_id] + 1))
        assert sum(one.HasField("snapshot") for one in screen.updates) == 1

    async def _logged(self, parcel_id: str) -> list[Any]:
        acknowledged = set(self.acknowledged[parcel_id])
        query = select(revisions.c.revision, revisions.c.detail).where(revisions.c.parcel_id == parcel_id)
        rows = sorted(await self._read(query), key=lambda row: row.revision)
        assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
        keys = [row.detail["event"]["event_key"] for row in rows if row.detail and "event" in row.detail]
        assert len(set(keys)) == len(keys)
        assert acknowledged <= set(keys)
        return rows

    async def _read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Rows of the house's database. Beside three houses at full load a connection may take more than one try."""
        async with asyncio.timeout(60), opened(self.house.database_url) as database:
            while True:
                with suppress(Unavailable):
                    async with database.reading() as c:
                        return (await c.execute(query)).all()

    async def _rang(self, bells: int) -> None:
        for parcel_id in self.parcels.values():
            kinds = [row.kind for row in await self._read(select(outbox.c.kind).where(outbox.c.parcel_id == parcel_id))]
            assert kinds.count("courier_near") == bells
        for watcher in self.watchers:
            assert watcher.bells == bells * len(watcher.at)

    async def close(self) -> None:
        """Everybody goes; raises what broke a watcher."""
        await self._end_traffic()
        for screen in self.screens:
            await screen.close()
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
