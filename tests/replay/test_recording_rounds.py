"""What a phone sends to a running service is what the recorder writes, and what `replay` reads."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eventually import eventually
from valkey_process import ValkeyProcess, valkey_process

from doorstepd.broadcast import Broadcast
from doorstepd.database import Database
from doorstepd.database.migrate import migrate
from doorstepd.live.raw_fixes import WANTED, RawFixes, pack, unpack
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix
from doorstepd.replay.recording import record
from doorstepd.replay.rounds import read_round

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp()
GOOD = RawFix(31.2, 121.4, Datum.GCJ02, NOON - 1, NOON, 8.0, 5.5, 90.0)
LEAP = RawFix(35.0, 121.4, Datum.GCJ02, NOON + 4, NOON + 5, 6.0)
UNTYPED = RawFix(0.0, 0.0, None, NOON, NOON + 6, -1.0)
NONSENSE = RawFix(float("nan"), 121.4, Datum.WGS84, NOON, NOON + 7)


@pytest.fixture
def valkey() -> Iterator[ValkeyProcess]:
    with valkey_process() as process:
        yield process


@pytest.mark.parametrize("fix", [GOOD, LEAP, UNTYPED])
def test_a_fix_arrives_as_it_was_sent(fix: RawFix) -> None:
    assert unpack(pack("k1", fix)) == ("k1", fix)


@pytest.mark.parametrize(
    "entry", [b"", b"[]", b"{}", b'["k", 1]', b'["k", 1, 2, "mars", 3, 4, null, null, null]', b"\xff"]
)
def test_what_is_no_fix_is_passed_over(entry: bytes) -> None:
    assert unpack(entry) is None


async def test_fixes_are_recorded_as_phones_sent_them_without_their_names(
    tmp_path: Path, valkey: ValkeyProcess
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/d.db")
    await migrate(database)
    serving, listening = Broadcast(valkey.url), Broadcast(valkey.url)
    await asyncio.gather(serving.start(), listening.start())
    raw = RawFixes(serving)
    await raw.start()
    out = tmp_path / "round.jsonl"
    recording = asyncio.create_task(record(database, listening, "m", out, 3600.0))
    await eventually(lambda: raw._wanted)
    raw.offer("m", "courier-7", [GOOD, LEAP, UNTYPED, NONSENSE])
    raw.offer("other", "courier-8", [GOOD])
    await eventually(lambda: listening.counters.received >= 4)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    text = out.read_text("utf-8")
    rows = [row for row in map(json.loads, text.splitlines()) if row["type"] == "fix"]
    assert [row["lat"] for row in rows] == [31.2, 35.0, 0.0]
    assert [row.get("datum") for row in rows] == ["GCJ02", "GCJ02", None]
    assert "courier" not in text.replace('"courier":', "")
    assert [one.record.raw.accuracy_m for one in read_round(out).received] == [8.0, 6.0, -1.0]
    await raw.stop()
    await asyncio.gather(serving.stop(), listening.stop())
    await database.close()


async def test_while_nobody_records_nothing_is_sent(valkey: ValkeyProcess) -> None:
    now = [100.0]
    bus = Broadcast(valkey.url)
    await bus.start()
    raw = RawFixes(bus, lambda: now[0])
    await raw.start()
    raw.offer("m", "k", [GOOD])
    bus.publish(WANTED, b"m")
    await eventually(lambda: raw._wanted)
    now[0] += 60.0
    raw.offer("m", "k", [GOOD])
    assert bus.counters.published <= 1
    assert not raw._wanted
    await raw.stop()
    await bus.stop()
