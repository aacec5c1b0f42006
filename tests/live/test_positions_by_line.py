"""A watch whose door has a line: positions go by it from where they arrive, and everything else by the task."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from doorstep.tracking.v1.live_service_pb2 import WatchUpdate
from eventually import eventually
from memory_log import PlainRenderer
from plane import OUT_WITH_C1, VIEWER, Client, Plane, plane
from valkey_process import ValkeyProcess

from doorstepd import errors
from doorstepd.live import Position, Targets
from doorstepd.positions.datum import Datum


class FakeLine:
    """Takes a frame at a time; holds it while `held`, as when a reader does not read."""

    def __init__(self) -> None:
        self.held = False
        self.busy = False
        self.posted: list[WatchUpdate] = []
        self.client: Client | None = None
        self._then: list[Callable[[], None]] = []

    def post(self, message: bytes) -> None:
        assert not self.busy
        self.busy = self.held
        self.posted.append(WatchUpdate.FromString(message))
        assert self.client is not None
        self.client.take(self.posted[-1])

    def when_free(self, then: Callable[[], None]) -> None:
        self._then.append(then)
        if not self.busy:
            self.release()

    def release(self) -> None:
        self.busy = False
        waiting, self._then = self._then, []
        for then in waiting:
            asyncio.get_running_loop().call_soon(then)

    @property
    def sequences(self) -> list[int]:
        return [update.position.position.sequence for update in self.posted]


@asynccontextmanager
async def watched_by_line(here: Plane, parcels: tuple[str, ...] = ("p1",)) -> AsyncIterator[tuple[FakeLine, Client]]:
    """A watch of parcels that are out with c1, which has had its snapshot."""
    here.log.add_order("o1", *parcels)
    for parcel in parcels:
        here.append(parcel, **OUT_WITH_C1)
    line = FakeLine()
    line.client = client = Client(here.hub.watch(VIEWER, Targets(("o1",)), line=line))
    await client.reaches(here.log)
    yield line, client
    await client.leave()
    await eventually(here.at_rest)


async def test_positions_go_by_the_line_and_statuses_by_the_task(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, watched_by_line(here) as (line, client):
        for _ in range(5):
            sequence = here.move()
            await eventually(lambda sequence=sequence: client.shown == {"c1": sequence})
            here.append("p1")
            await client.reaches(here.log)
        assert line.sequences == [1, 2, 3, 4, 5]
        assert client.kinds.count("change") == 5


async def test_while_the_line_is_busy_only_the_newest_position_is_kept(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, watched_by_line(here) as (line, client):
        line.held = True
        here.move()
        await eventually(lambda: line.busy)
        for _ in range(5):
            here.move()
            await asyncio.sleep(0.02)
        here.append("p1")
        await client.reaches(here.log)
        assert line.sequences == [1]
        line.release()
        await eventually(lambda: line.sequences == [1, 6])
        assert here.hub.counters.conflated >= 3


async def test_each_courier_who_moved_meanwhile_is_sent_in_turn(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, watched_by_line(here, ("p1", "p2", "p3")) as (line, client):
        for number in (2, 3):
            here.append(f"p{number}", courier_id=f"c{number}")
        await client.reaches(here.log)
        line.held = True
        here.move("c1")
        await eventually(lambda: line.busy)
        for courier in ("c2", "c3", "c1"):
            last = here.move(courier)
        await eventually(lambda: here.hub.board("m").couriers["c1"].look.position.sequence == last)
        for count in (2, 3, 4):
            line.release()
            await eventually(lambda count=count: len(line.posted) == count)
        assert {update.position.courier_id for update in line.posted[1:]} == {"c1", "c2", "c3"}


async def test_a_reader_in_front_of_a_busy_line_is_ended_as_a_slow_one(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, stuck=0.3, heartbeat=60.0) as here, watched_by_line(here) as (line, client):
        line.held = True
        here.move()
        await asyncio.wait_for(client.task, 10.0)
        assert isinstance(client.ended, errors.SlowReader)
        assert here.hub.counters.slow == 1


async def test_a_reader_who_took_what_was_posted_is_not_blamed_later(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, stuck=0.2) as here, watched_by_line(here) as (_, client):
        here.move()
        await eventually(lambda: client.shown)
        await asyncio.sleep(0.6)
        assert client.ended is None


async def test_visibility_is_asked_for_every_frame_of_the_line(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, watched_by_line(here) as (line, client):
        here.move()
        await eventually(lambda: client.shown)
        here.renderer.may_see = False
        here.move()
        await eventually(lambda: len(line.posted) == 2)
        assert not line.posted[-1].position.HasField("position")


async def test_a_frame_that_cannot_be_made_ends_its_own_stream_only(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, watched_by_line(here) as (_, client):
        here.renderer.__class__ = BlindToGcj
        broken_line = FakeLine()
        viewer = replace(VIEWER, datum=Datum.GCJ02)
        broken_line.client = broken = Client(here.hub.watch(viewer, Targets(("o1",)), line=broken_line))
        await broken.reaches(here.log)
        last = here.move()
        await asyncio.wait_for(broken.task, 5.0)
        assert isinstance(broken.ended, ArithmeticError)
        await eventually(lambda: client.shown == {"c1": last})
        assert here.hub.counters.failed == 1


class BlindToGcj(PlainRenderer):
    """Cannot write a position in one of the datums."""

    def position(self, position: Position, datum: Datum, *, named: bool) -> bytes:
        if datum is Datum.GCJ02:
            raise ArithmeticError
        return super().position(position, datum, named=named)


async def test_a_watch_that_has_said_nothing_yet_begins_by_its_task(calm_valkey: ValkeyProcess) -> None:
    """A line is of use only once the answer has begun."""
    async with plane(calm_valkey.url, retry=60.0) as here, watched_by_line(here) as (_, client):
        token = client.token
        here.append("p1")
        line = FakeLine()
        async with here.hub.watch(VIEWER, Targets(("o1",)), token, line=line) as resumed:
            here.log.away = True  # so that its change cannot be read
            resumed.board.parcels["p1"].recent.clear()
            first = asyncio.create_task(anext(resumed))
            await asyncio.sleep(0.05)
            here.move()
            assert WatchUpdate.FromString(await asyncio.wait_for(first, 5.0)).HasField("position")
            assert not line.posted
            here.log.away = False
