"""What `doorstepd record` writes can be replayed, and tells nobody's name."""

import asyncio
import gzip
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import pytest
from test_visibility_frames import METRE, opened
from valkey_process import valkey_process

from doorstepd.replay.recording import record
from doorstepd.replay.rounds import read_round
from doorstepd.replay.run import Settings, run_round


@pytest.fixture(scope="module")
def valkey():
    with valkey_process() as process:
        yield process


async def test_a_recorded_ride_rings_again_when_replayed(tmp_path, valkey):
    path = tmp_path / "round.jsonl.gz"
    async with opened(tmp_path / "data", valkey.url) as town:
        await town.settle(("near",))
        doorstep = town.doorstep
        recording = asyncio.create_task(record(doorstep.database, doorstep.bus, "m", path, 3.0))
        await asyncio.sleep(0.5)
        for step in range(4):
            await town.drive(31.2 - (990 - 10 * step) * METRE)
            await asyncio.sleep(0.1)
        await town.complete("near")
        await recording
    one = read_round(path)
    kinds = [type(received.record).__name__ for received in one.received]
    assert kinds[:2] == ["StopRecord", "AttemptRecord"]
    assert kinds[-1] == "CloseRecord"
    assert kinds.count("FixRecord") >= 3
    assert len(run_round(one, Settings()).rings) == 1


async def test_a_recording_holds_no_name_no_id_and_no_phone(tmp_path, valkey):
    path = tmp_path / "round.jsonl.gz"
    async with opened(tmp_path / "data", valkey.url) as town:
        await town.settle(("near", "next"))
        recording = asyncio.create_task(record(town.doorstep.database, town.doorstep.bus, "m", path, 1.0))
        await asyncio.sleep(0.3)
        await town.drive(31.2 - 600 * METRE)
        await recording
    text = gzip.decompress(path.read_bytes()).decode()
    for told in ("near", "next", "k1", "张", "李", "138", "c-near", "78near"):
        values = [str(value) for line in text.splitlines() for value in json.loads(line).values()]
        assert told not in values
