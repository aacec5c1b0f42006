"""P3: GetOrder out of a large store. P6: many orders in one call, and one by one."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from doorstep.tracking.v1.tracking_service_pb2 import BatchGetOrdersRequest, GetOrderRequest
from load import running, unary
from sides import Side, door, doors, valkey
from stock import Stock, stocked
from table import Results, Row
from windows import Effort, measure

HOT = 2000
CALLERS = 32
CONNECTIONS = 4
SEED_RATE = 1000.0
MANY, A_BATCH = 5000, 500


async def p3(results: Results, effort: Effort) -> None:
    """Orders asked again and again, as in a sale, and orders at random out of the whole store."""
    size = 1_000_000 if effort.full else 100_000
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, travelling=size)
            for name in doors():
                async with door(name, stock.data, url) as side:
                    first = name == doors()[0]
                    for hot in (True, False):
                        work = f"GetOrder, {f'{HOT:,} hot orders' if hot else f'any of {size:,}'}"
                        row = Row("P3", f"{work}, closed loop", side.name, "call", ours=first)
                        results.add(await _asked(row, side, stock, effort, hot=hot))
                        row = Row("P3", f"{work}, {SEED_RATE:,.0f}/s", side.name, "call", ours=first)
                        results.add(await _asked(row, side, stock, effort, hot=hot, rate=SEED_RATE))


async def _asked(row: Row, side: Side, stock: Stock, effort: Effort, *, hot: bool, rate: float = 0.0) -> Row:
    among = HOT if hot else stock.travelling
    numbers = random.Random(1).sample(range(1, stock.travelling + 1), min(among, 100_000))
    requests = [GetOrderRequest(order_id=f"T{number}") for number in numbers]
    if hot:  # each once, so that what is measured is asking again
        plan = unary("GetOrder", stock.service(), requests, Concurrency=CALLERS, Total=len(requests))
        async with running(side.target, CONNECTIONS, Unary=plan) as load:
            await load.window(60)
    plan = unary("GetOrder", stock.service(), requests, Random=True, Concurrency=CALLERS, Rate=rate)
    async with running(side.target, CONNECTIONS, Unary=plan) as load:
        return await measure(row, side, load, effort)


async def p6(results: Results, effort: Effort) -> None:
    """5,000 orders."""
    with TemporaryDirectory() as folder:
        async with valkey(Path(folder) / "valkey") as url:
            stock = await stocked(Path(folder), url, travelling=MANY * (effort.windows + 1) * 2)
            for name in doors():
                async with door(name, stock.data, url) as side:
                    for a_call in (A_BATCH, 1):
                        results.add(await _many(side, stock, effort, a_call, first=name == doors()[0]))


async def _many(side: Side, stock: Stock, effort: Effort, a_call: int, *, first: bool) -> Row:
    how = f"{MANY // a_call} x BatchGetOrders({a_call})" if a_call > 1 else "one by one"
    row = Row("P6", f"{MANY:,} orders, {how}", side.name, "order", ours=first)
    took = []
    for window in range(effort.windows + 1):  # orders that nobody asked for before: nothing is answered from memory
        start = 1 + MANY * (2 * window + (a_call == 1))
        ids = [f"T{number}" for number in range(start, start + MANY)]
        parts = [ids[at : at + a_call] for at in range(0, MANY, a_call)]
        method = "BatchGetOrders" if a_call > 1 else "GetOrder"
        asked = [BatchGetOrdersRequest(order_ids=p) if a_call > 1 else GetOrderRequest(order_id=p[0]) for p in parts]
        plan = unary(method, stock.service(), asked, Concurrency=4, Total=len(parts))
        async with running(side.target, 1, Unary=plan) as load:
            one = Row("", "", "", "")
            await measure(one, side, load, Effort(seconds=60, windows=1, warm=0) if window else Effort(0.1, 0, 0))
            if window:
                took.append(MANY / a_call / one.rate[0])
                row.cpu_us.append(one.cpu_us[0] / a_call)
                row.rate.append(one.rate[0] * a_call)
    row.note = f"all in {sorted(took)[len(took) // 2]:.2f} s"
    return row
