"""P4: couriers' reports, cleaned and weighed by the bell. P5: from a courier's fix to his customers' screens."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geofences
from fanout import streams
from load import report, running, watch
from sides import Side, door, doors, valkey
from stock import DOOR, Stock, stocked
from table import Results, Row
from windows import Effort, measure

STOPS = geofences.STOPS
COURIERS = 50
SHAPES = ((1, 10.0), (20, 2.0), (20, 20.0))
"""Fixes a message, and messages a second of each courier: as he rides, as he comes out of a tunnel, and as many as a
core should take, which is 20,000 fixes a second: what a message costs falls with how busy the server is."""
BESIDE = 0.008
"""Degrees of longitude from the doors to the couriers' way: 760 m, inside the bell's circle and no door near."""
SETTLED = 20.0
"""Seconds after which the bells of those who are near at the start have rung: each is a write to the disk."""


async def p4(results: Results, effort: Effort) -> None:
    """Fixes of couriers with 200 stops each, cleaned, weighed by the bell, and published."""
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, out=COURIERS * STOPS, a_courier=STOPS)
            results.add(await geofences.rules(stock, url, effort))
            for name in doors():
                async with door(name, stock.data, url) as side:
                    for fixes, rate in SHAPES:
                        results.add(await _reported(side, stock, effort, fixes, rate))
        results.add(await geofences.valkey_geo(Path(folder), effort))
    results.missing("P4 beside Tile38: the Go proxy does not have it")


async def _reported(side: Side, stock: Stock, effort: Effort, fixes: int, rate: float) -> Row:
    row = Row("P4", geofences.WORK, side.name, "fix")
    async with running(side.target, COURIERS, Report=report(_phones(stock), rate, fixes)) as load:
        await measure(row, side, load, _settled(effort), "items")
    offered = COURIERS * rate * fixes
    row.note = f"{fixes} a message; {min(row.rate) / offered:.0%} of {offered:,.0f}/s taken"
    return row


async def p5(results: Results, effort: Effort) -> None:
    """Watchers and couriers together, on two cores with the load itself."""
    watchers = 10_000 if effort.full else 1000
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, out=watchers, a_courier=10)
            for name in doors():
                async with door(name, stock.data, url) as side:
                    work = f"{watchers:,} streams, {stock.couriers * 2:,} fixes/s"
                    row = Row("P5", work, side.name, "update", ours=name == doors()[0], note="fix in to watcher out")
                    plan = {"Watch": watch(streams(stock, watchers)), "Report": report(_phones(stock), 2.0, 1)}
                    async with running(side.target, watchers // 10, **plan) as load:
                        results.add(await measure(row, side, load, _settled(effort)))


def _settled(effort: Effort) -> Effort:
    return replace(effort, warm=max(effort.warm, SETTLED))


def _phones(stock: Stock) -> list[dict[str, Any]]:
    beside = {"Latitude": DOOR.latitude, "Longitude": DOOR.longitude - BESIDE}
    return [{"ID": f"k{number}", "Token": stock.courier(number), **beside} for number in range(stock.couriers)]
