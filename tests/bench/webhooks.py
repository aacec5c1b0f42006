"""W1: carrier pushes committed, in process, on both databases: from receipt to the acknowledgement."""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from table import Results, Row
from windows import Effort

sys.path.insert(0, str(Path(__file__).parents[1] / "database"))
from databases import migrated_url, opened

from doorstepd.access.merchants import Merchants
from doorstepd.access.sealing import Sealer
from doorstepd.carriers.carrier import Push
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.journeys import JOURNEYS
from doorstepd.carriers.fake.pushes import pushes
from doorstepd.carriers.fake.server import FakeCarriers
from doorstepd.database import Database
from doorstepd.errors import Unavailable
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.receive_push import PushReceiver, learn_to_read
from doorstepd.intake.record_events import EventRecorder
from doorstepd.intake.register_order import NewOrder, NewParcel, OrderRegister
from doorstepd.intake.signals import NoSignals

RATES = (100, 300, 500)
SCANS = 6
"""Pushes of a parcel's journey, each with its whole trace so far, as KDNiao sends them."""
_SEALER = Sealer({"k1": b"s" * 32}, "k1")


async def w1(results: Results, effort: Effort) -> None:
    """Signed pushes at a steady rate; late ones wait in line, so a rate above the most shows as latency."""
    for kind in ("sqlite", "postgresql"):
        for rate in RATES:
            with TemporaryDirectory() as folder:
                url = await migrated_url(kind, Path(folder))
                async with opened(url) as database:
                    results.add(await _offered(database, kind, rate, effort))


async def _offered(database: Database, kind: str, rate: int, effort: Effort) -> Row:
    row = Row("W1", f"{rate} pushes/s offered", f"{kind}, one process", "push")
    receiver, secret, waiting = await _ready(database, int(rate * effort.seconds))
    latencies: list[float] = []
    refused = 0

    async def send(push: Push, due: float) -> None:
        nonlocal refused
        try:
            await receiver.receive("kdniao", secret, push, datetime.now(UTC))
        except Unavailable:
            refused += 1
        latencies.append(time.perf_counter() - due)

    began, cpu = time.perf_counter(), time.process_time()
    tasks = []
    for number, push in enumerate(waiting):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(send(push, due)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - began
    latencies.sort()
    row.cpu_us.append((time.process_time() - cpu) / len(waiting) * 1e6)
    row.rate.append(len(waiting) / took)
    row.p50_ms.append(latencies[len(latencies) // 2] * 1e3)
    row.p99_ms.append(latencies[int(len(latencies) * 0.99)] * 1e3)
    row.note = f"{refused} refused" if refused else "all committed"
    return row


async def _ready(database: Database, count: int) -> tuple[PushReceiver, str, Sequence[Push]]:
    """A shop with its orders, and the pushes of their journeys in the order of time."""
    began = datetime.now(UTC) - timedelta(days=4)
    merchants = Merchants(database, _SEALER)
    shop = await merchants.create("m", "shop", began, credentials=TEST_CREDENTIALS)
    ledger = Ledger(_SEALER)
    register = OrderRegister(database, _SEALER, ledger, NoSignals())
    fakes = FakeCarriers(speed=1.0, now=lambda: began)
    numbers = [f"7800{number:010d}" for number in range(max(1, count // SCANS))]
    new = [NewOrder(f"O{number}", "c1", (NewParcel((), "zto", number),)) for number in numbers]
    await asyncio.gather(*(register.register("m", one, began) for one in new))
    for number in numbers:
        fakes.announce("kdniao", number, "zto", "normal")
    waiting: list[Push] = []
    for step in JOURNEYS["normal"][:SCANS]:
        for number in numbers:
            parcel = fakes.parcels["kdniao", number]
            scans = parcel.scans(parcel.began + timedelta(minutes=step.minutes))
            waiting += pushes("kdniao", parcel, scans, TEST_CREDENTIALS["kdniao"])
    learn_to_read()
    return PushReceiver(merchants, EventRecorder(database, ledger, NoSignals()), database), shop.webhook_secret, waiting
