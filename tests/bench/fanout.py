"""P1 and P7: positions from Redis to watchers. P8: what a watcher who waits holds in memory."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import centrifugal
import redis.asyncio as redis
from doorstep.tracking.v1 import courier_pb2, geo_pb2, live_service_pb2
from load import encoded, running, watch
from machine import resident_bytes
from sides import Side, door, doors, fanout_peers, peer, valkey
from stock import DOOR, MERCHANT, Stock, stocked
from table import Results, Row
from windows import Effort, measure

from doorstepd.broadcast import Broadcast, NewestFixes
from doorstepd.live import Position, Publisher

RATE = 10.0
"""Positions a courier and second."""
PARTS = 10
"""Couriers do not all move in the same millisecond: they are published in so many parts."""

STEP = 7e-6 / PARTS
"""Degrees between two parts, so that a courier does the 8 m/s that he says he does."""

Publish = Callable[[list[str]], Awaitable[None]]


async def p1(results: Results, effort: Effort) -> None:
    """1,000 watchers get 10 positions a second each."""
    for a_courier in (10, 1):
        watchers = 1000
        work = f"{watchers:,} streams x {RATE:.0f}/s, {a_courier} a courier"
        await _fan_out(results, effort, "P1", work, watchers, a_courier, peers=True)


async def p7(results: Results, effort: Effort) -> None:
    """The same at other sizes, at the same number of messages a second."""
    for watchers in (100, 1000, *((10_000,) if effort.full else ())):
        await _fan_out(
            results, effort, "P7", f"{watchers:,} streams", watchers, 10, peers=False, rate=10_000 / watchers
        )
    if not effort.full:
        results.missing("P7 at 10,000 streams: --full")


async def p8(results: Results, effort: Effort) -> None:
    """Memory of a stream on which nothing moves."""
    watchers = 10_000 if effort.full else 1000
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, out=watchers)
            for name in doors():
                async with door(name, stock.data, url) as side:
                    results.add(await _held(Row("P8", f"{watchers:,} idle streams", side.name, "stream"), side, stock))
            for name, *command in fanout_peers(url) + centrifugal.peers(url):
                async with peer(name, *command) as side:
                    results.add(await _held(Row("P8", f"{watchers:,} idle streams", side.name, "stream"), side, stock))


async def _held(row: Row, side: Side, stock: Stock) -> Row:
    few = 50  # what is built on first use is not a stream's
    async with running(side.target, few, Watch=centrifugal.asked(side.name, watch(streams(stock, few)))):
        pass
    await asyncio.sleep(1)
    before = resident_bytes(side.pids)
    async with running(side.target, stock.out, Watch=centrifugal.asked(side.name, watch(streams(stock, stock.out)))):
        await asyncio.sleep(2)
        each = (resident_bytes(side.pids) - before) / stock.out
    row.note = f"{each / 1000:.1f} kB each, a connection each"
    return row


async def _fan_out(
    results: Results,
    effort: Effort,
    bench: str,
    work: str,
    watchers: int,
    a_courier: int,
    *,
    peers: bool,
    rate: float = RATE,
) -> None:
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, out=watchers, a_courier=a_courier)
            size = 0
            for name in doors():
                async with door(name, stock.data, url) as side, own_publisher(url) as publish:
                    row = Row(bench, work, side.name, "update", ours=name == doors()[0])
                    size = await _measured(row, side, stock, publish, effort, rate) or size
                    results.add(row)
            for name, *command in fanout_peers(url) + centrifugal.peers(url) if peers else ():
                async with peer(name, *command) as side, peer_publisher(url, size, name) as publish:
                    row = Row(bench, work, side.name, "update", note="forwards whole messages")
                    await _measured(row, side, stock, publish, effort, rate)
                    results.add(row)


async def _measured(row: Row, side: Side, stock: Stock, publish: Publish, effort: Effort, rate: float) -> int:
    plan = centrifugal.asked(side.name, watch(streams(stock, stock.out)))
    couriers = [f"k{number}" for number in range(stock.couriers)]
    async with running(side.target, stock.out, Watch=plan) as load, moving(couriers, publish, rate):
        await measure(row, side, load, effort)
        seen = await load.window(0.5)
    wanted = stock.out * rate
    size = int(seen["bytes"] / max(1, seen["messages"]))
    row.note = f"{size} bytes; {min(row.rate) / wanted:.0%} of {wanted:,.0f}/s arrived {row.note}".strip()
    return size


def streams(stock: Stock, count: int) -> list[dict[str, str]]:
    return [
        {
            "Token": stock.customer(number),
            "Request": encoded(live_service_pb2.WatchOrderRequest(order_id=f"D{number}")),
            "Courier": stock.courier_of(number),
        }
        for number in range(1, count + 1)
    ]


@contextlib.asynccontextmanager
async def moving(couriers: list[str], publish: Publish, rate: float, parts: int = PARTS) -> AsyncIterator[None]:
    """All couriers move so often a second, in so many parts, for as long as this is open."""
    enough = asyncio.Event()  # not a cancellation: redis-py may swallow one in the middle of a pipeline
    task = asyncio.create_task(_move(couriers, publish, rate, parts, enough))
    try:
        yield
    finally:
        enough.set()
        await asyncio.gather(task, return_exceptions=True)


async def _move(couriers: list[str], publish: Publish, rate: float, count: int, enough: asyncio.Event) -> None:
    parts = [couriers[place::count] for place in range(count)]
    due, place = time.monotonic(), 0
    while not enough.is_set():
        await publish(parts[place % count])
        place, due = place + 1, due + 1 / rate / count
        await asyncio.sleep(max(0.0, due - time.monotonic()))


@contextlib.asynccontextmanager
async def own_publisher(url: str) -> AsyncIterator[Publish]:
    """What a process of the service with couriers' streams sends to those with watchers."""
    bus = Broadcast(url)
    fixes = NewestFixes(bus)
    publisher = Publisher(bus, fixes)
    await bus.start(wait=2.0)
    sequence = int(time.time() * 1000)

    async def publish(couriers: list[str]) -> None:
        nonlocal sequence
        sequence, now = sequence + 1, time.time()
        place = (DOOR.latitude - 0.01 + sequence % 10_000 * STEP, DOOR.longitude)
        publisher.positions(
            MERCHANT, [Position(one, sequence, now, now, *place, 8.0, 8.0, sequence % 3600 / 10) for one in couriers]
        )

    try:
        yield publish
    finally:
        await fixes.close()
        await bus.stop()


@contextlib.asynccontextmanager
async def peer_publisher(url: str, size: int, side: str) -> AsyncIterator[Publish]:
    """The same positions as whole messages, as large as ours."""
    client = redis.Redis.from_url(url)
    sequence = 0

    def message(courier: str, now: float) -> bytes:
        position = courier_pb2.CourierPosition(
            courier_id=courier,
            point=geo_pb2.Point(latitude=DOOR.latitude, longitude=DOOR.longitude, datum=geo_pb2.DATUM_WGS84),
            sequence=sequence,
            accuracy_meters=8.0,
            speed_mps=8.0,
            heading_degrees=sequence % 3600 / 10,
        )
        position.fix_time.FromNanoseconds(int(now * 1e9))
        update = live_service_pb2.PositionUpdate(position=position, courier_id=courier, state=1)
        whole = live_service_pb2.WatchUpdate(position=update)
        whole.resume_token = "t" * max(0, size - whole.ByteSize() - 3)
        return whole.SerializeToString()

    async def publish(couriers: list[str]) -> None:
        nonlocal sequence
        sequence, now = sequence + 1, time.time()
        pipe = client.pipeline(transaction=False)
        for courier in couriers:
            pipe.publish(*centrifugal.published(side, courier, message(courier, now)))
        await pipe.execute()

    try:
        yield publish
    finally:
        await client.aclose()
