"""P2: a map of a merchant's whole fleet, for many who look at it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import centrifugal
from doorstep.tracking.v1 import geo_pb2, live_service_pb2
from fanout import Publish, moving, own_publisher, peer_publisher
from google.protobuf.duration_pb2 import Duration
from load import encoded, running, watch
from sides import Side, door, doors, fanout_peers, peer, valkey
from stock import DOOR, Stock, stocked
from table import Results, Row
from windows import Effort, measure

WATCHERS, COURIERS = 100, 1000
WORK = f"{WATCHERS} watchers x {COURIERS:,} couriers, 1/s"
PARTS = 100
"""Phones are not in step: ten couriers report every 10 ms."""
A_MESSAGE = 180
"""Bytes of a message for one courier, where messages are whole: that of an order's watcher without its token."""


async def p2(results: Results, effort: Effort) -> None:
    """100 watchers see 1,000 couriers move once a second: frames, beside a message for each courier."""
    couriers = [f"k{number}" for number in range(COURIERS)]
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url)
            for name in doors():
                for boxed in (False, True):
                    async with door(name, stock.data, url) as side, own_publisher(url) as publish:
                        first = name == doors()[0] and not boxed
                        note = "a box each, joined for each" if boxed else "the whole map, joined once"
                        row = Row("P2", WORK, side.name, "update", note=note, ours=first)
                        plan = watch(_maps(stock, boxed=boxed), method="WatchFleet", fleet=True)
                        results.add(await _seen(row, side, plan, couriers, publish, effort, "items"))
            for name, *command in _keeping_up(fanout_peers(url) + centrifugal.peers(url)):
                async with peer(name, *command) as side, peer_publisher(url, A_MESSAGE, name) as publish:
                    row = Row("P2", WORK, side.name, "update", note="a message a courier")
                    plan = centrifugal.asked(name, watch(_everybody(couriers)))
                    results.add(await _seen(row, side, plan, couriers, publish, effort, "messages"))


def _keeping_up(peers: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without grpc.aio, which takes 34 µs a message: a core sends less than a third of these."""
    return [one for one in peers if one[0] != "grpc.aio"]


def _maps(stock: Stock, *, boxed: bool) -> list[dict[str, str]]:
    found = []
    for number in range(WATCHERS):
        request = live_service_pb2.WatchFleetRequest(tick=Duration(seconds=1))
        if boxed:  # another for each, all of which hold every courier
            reach = 0.5 + number / 1000
            for corner, sign in ((request.box.low, -1), (request.box.high, 1)):
                corner.latitude, corner.longitude = DOOR.latitude + sign * reach, DOOR.longitude + sign * reach
                corner.datum = geo_pb2.DATUM_WGS84
        found.append({"Token": stock.merchant(), "Request": encoded(request)})
    return found


def _everybody(couriers: list[str]) -> list[dict[str, str]]:
    return [{"Token": "", "Request": "CAE=", "Courier": ",".join(couriers)} for _ in range(WATCHERS)]


async def _seen(
    row: Row, side: Side, plan: dict[str, Any], couriers: list[str], publish: Publish, effort: Effort, counted: str
) -> Row:
    async with running(side.target, WATCHERS, Watch=plan) as load, moving(couriers, publish, 1.0, PARTS):
        await measure(row, side, load, effort, counted)
    wanted = WATCHERS * len(couriers)
    row.note = f"{min(row.rate) / wanted:.0%} of {wanted:,}/s arrived; {row.note}"
    return row
