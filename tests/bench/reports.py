"""P4: couriers' reports, cleaned and weighed by the bell. P5: from a courier's fix to his customers' screens."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fanout import streams
from load import report, running, watch
from sides import door, doors, valkey
from stock import DOOR, Stock, stocked
from table import Results, Row
from windows import Effort, measure

STOPS = 200
COURIERS = 50
BESIDE = 0.008
"""Degrees of longitude from the doors to the couriers' way: 760 m, inside the bell's circle and no door near."""


async def p4(results: Results, effort: Effort) -> None:
    """Fixes of couriers with 200 stops each, cleaned, weighed by the bell, and published."""
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, out=COURIERS * STOPS, a_courier=STOPS)
            for name in doors():
                async with door(name, stock.data, url) as side:
                    for fixes, rate in ((1, 10.0), (20, 2.0)):
                        work = f"{COURIERS} couriers x {STOPS} stops, {fixes} fixes a message"
                        row = Row("P4", work, side.name, "fix", ours=name == doors()[0])
                        async with running(side.target, COURIERS, Report=report(_phones(stock), rate, fixes)) as load:
                            await measure(row, side, load, effort, "items")
                        offered = COURIERS * rate * fixes
                        core = f"{1e6 / sorted(row.cpu_us)[len(row.cpu_us) // 2]:,.0f}/s a core"
                        row.note = f"{core}; {min(row.rate) / offered:.0%} of {offered:,.0f}/s taken"
                        results.add(row)


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
                        results.add(await measure(row, side, load, effort))


def _phones(stock: Stock) -> list[dict[str, object]]:
    beside = {"Latitude": DOOR.latitude, "Longitude": DOOR.longitude - BESIDE}
    return [{"ID": f"k{number}", "Token": stock.courier(number), **beside} for number in range(stock.couriers)]
