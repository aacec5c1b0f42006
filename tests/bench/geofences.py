"""P4 without a door: the rules alone, and the geofences that one would build without them.

Tile38 is what others would use here, but it is not to be had from the Go proxy. In its place stands the least that a
geofence can be: Valkey stores the courier's place and finds the stops of his that are within the circle. It cleans no
fix, remembers no bell that has rung and knows no order of stops.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path

import redis.asyncio as redis
from machine import SERVER_CORE, cpu_seconds, on_core
from stock import DOOR, DOORS_APART, MERCHANT, Stock
from table import Row
from windows import Effort

from doorstepd.broadcast.embedded import EmbeddedValkey
from doorstepd.intake.courier_round import BellPolicy, CourierRound
from doorstepd.intake.round_stops import look
from doorstepd.live.position import pack
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix
from doorstepd.settings import Settings
from doorstepd.wiring import Doorstep

STOPS = 200
WORK = f"couriers with {STOPS} stops"
CIRCLE_M = 1000.0
_BESIDE = 0.008
_METRES_A_DEGREE = 111_195.0
_A_SECOND = 8.0
_LONG = STOPS * DOORS_APART
_PIPELINED = 200
_COURIERS = 50


async def rules(stock: Stock, url: str, effort: Effort) -> Row:
    """Cleaning, bell, expected times and packing, in this process and on its core."""
    office = Doorstep(Settings(data=stock.data, redis_url=url, ask_carriers=False))
    it, now = CourierRound(MERCHANT, "k0", BellPolicy()), datetime.now(UTC)
    it.take_stops(await look(office.database, MERCHANT, "k0", {}, now), now.timestamp())
    await office.database.close()
    row = Row("P4", WORK, "doorstep, rules in process", "fix", ours=True)
    row.note = "cleaned, bell, expected times, packed; nothing sent"
    ride = _ride(time.time())
    _taken(it, ride, effort.warm)
    for _ in range(effort.windows):
        began, used = time.perf_counter(), time.process_time()
        taken = _taken(it, ride, effort.seconds)
        row.cpu_us.append((time.process_time() - used) / taken * 1e6)
        row.rate.append(taken / (time.perf_counter() - began))
    return row


def _ride(start: float) -> Iterator[RawFix]:
    """Along all stops and back, a fix a second."""
    for second in count():
        along = second * _A_SECOND / _METRES_A_DEGREE % (2 * _LONG)
        lat = DOOR.latitude + min(along, 2 * _LONG - along)
        at = start + second
        yield RawFix(lat, DOOR.longitude - _BESIDE, Datum.WGS84, at, at, 8.0, _A_SECOND, 0.0)


def _taken(it: CourierRound, ride: Iterator[RawFix], seconds: float) -> int:
    """Fixes that were taken in so long."""
    taken = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for raw in islice(ride, 100):
            taken += it.take_fixes([raw], raw.receive_time)[0] is None
            if it.newest is not None:
                pack(it.newest)
    return taken


async def valkey_geo(folder: Path, effort: Effort) -> Row:
    """GEOADD of the courier and GEOSEARCH of his stops for each fix, in pipelines; CPU is Valkey's alone."""
    row = Row("P4", WORK, "Valkey GEOADD + GEOSEARCH", "fix")
    row.note = "near or not, nothing else; the client's part is not counted"
    with on_core(SERVER_CORE):
        server = EmbeddedValkey(folder / "geo")
        async with server:
            client = redis.Redis.from_url(server.url)
            pid = int((await client.info("server"))["process_id"])
            await _fences(client)
            ride = _ride(time.time())
            await _searched(client, ride, effort.warm)
            for _ in range(effort.windows):
                began, used = time.perf_counter(), cpu_seconds((pid,))
                taken = await _searched(client, ride, effort.seconds)
                row.cpu_us.append((cpu_seconds((pid,)) - used) / taken * 1e6)
                row.rate.append(taken / (time.perf_counter() - began))
            await client.aclose()
    return row


async def _fences(client: "redis.Redis") -> None:
    for courier in range(_COURIERS):
        places = [(DOOR.longitude, DOOR.latitude + DOORS_APART * stop, f"p{stop}") for stop in range(STOPS)]
        await client.geoadd(f"stops:k{courier}", [value for place in places for value in place])


async def _searched(client: "redis.Redis", ride: Iterator[RawFix], seconds: float) -> int:
    taken, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        pipe = client.pipeline(transaction=False)
        for number, raw in enumerate(islice(ride, _PIPELINED)):
            courier = f"k{number % _COURIERS}"
            pipe.geoadd("couriers", (raw.lng, raw.lat, courier))
            pipe.geosearch(
                f"stops:{courier}", longitude=raw.lng, latitude=raw.lat, radius=CIRCLE_M, unit="m", withdist=True
            )
        await pipe.execute()
        taken += _PIPELINED
        await asyncio.sleep(0)
    return taken
