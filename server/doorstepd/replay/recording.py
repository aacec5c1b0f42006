"""Listening to a running service for a while: its couriers' fixes on the bus, its stops in the database."""

import asyncio
import contextlib
import gzip
import re
from datetime import UTC, datetime
from pathlib import Path

from doorstepd.broadcast import Broadcast
from doorstepd.database import Database
from doorstepd.live.raw_fixes import WANTED, WANTED_EVERY_S, raw_channel, unpack
from doorstepd.replay.recorder import Recorder, stops_since


def embedded_url(data: Path) -> str:
    """Where the Valkey listens that a service with this data directory has embedded; empty if there is none."""
    try:
        said = (data / "valkey" / "valkey.conf").read_text(encoding="utf-8")
    except OSError:
        return ""
    port = re.search(r"^port (\d+)$", said, re.MULTILINE)
    return f"redis://127.0.0.1:{port[1]}/0" if port else ""


async def record(
    database: Database, bus: Broadcast, merchant_id: str, path: Path, seconds: float, radius_m: float = 1000.0
) -> None:
    """Writes one merchant's couriers and stops until the time is over; gzipped where the name ends in .gz."""
    with (
        gzip.open(path, "wt", encoding="utf-8")
        if path.name.endswith(".gz")
        else path.open("w", encoding="utf-8") as out
    ):
        recorder, began = Recorder(out, path.name.partition(".")[0], radius_m), datetime.now(UTC)

        def hear(entry: bytes) -> None:
            if (heard := unpack(entry)) is not None:
                recorder.fix(*heard)

        async with contextlib.AsyncExitStack() as stack:
            await _look(database, recorder, merchant_id, began)
            subscription = await bus.subscribe(raw_channel(merchant_id), hear)
            stack.callback(subscription.release)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        bus.publish(WANTED, merchant_id.encode())
                        await asyncio.sleep(min(WANTED_EVERY_S, seconds / 4))
                        await _look(database, recorder, merchant_id, began)
        await _look(database, recorder, merchant_id, began)


async def _look(database: Database, recorder: Recorder, merchant_id: str, began: datetime) -> None:
    async with database.reading() as c:
        rows = await stops_since(c, merchant_id, began)
    recorder.stops(rows, datetime.now(UTC))
