"""A process that dies in the middle of a group loses nothing that it acknowledged, and leaves nothing half done."""

import asyncio
import sys
from pathlib import Path

import pytest

PROCESS = Path(__file__).with_name("recording_process.py")
TOGETHER = 24


async def killed_after(url, parcel_ids, acknowledged):
    """Every event that the process acknowledged, as (parcel, key), until it was killed after so many."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), url, *parcel_ids, stdout=asyncio.subprocess.PIPE
    )
    said = []
    while line := await process.stdout.readline():
        said.append(tuple(line.decode().split()))
        if len(said) == acknowledged:
            process.kill()
    await process.wait()
    return said


@pytest.mark.fault
@pytest.mark.parametrize("acknowledged", [1, 60, 301])
async def test_a_process_killed_in_mid_group_has_kept_what_it_acknowledged(office, url, acknowledged):
    parcel_ids = [await office.parcel_id() for _ in range(TOGETHER)]
    said = await killed_after(url, parcel_ids, acknowledged)
    assert len(said) >= acknowledged
    kept = {one: {stored.event_id for stored in await office.timeline(one)} for one in parcel_ids}
    assert [(parcel_id, key) for parcel_id, key in said if f"internal/{key}" not in kept[parcel_id]] == []
    for one in parcel_ids:
        await office.assert_sound(one)


@pytest.mark.fault
async def test_who_records_after_the_dead_goes_on_where_it_ended(office, url):
    parcel_ids = [await office.parcel_id() for _ in range(TOGETHER)]
    said = await killed_after(url, parcel_ids, 40)
    again = await killed_after(url, parcel_ids, len(said) + 40)
    assert set(again) >= set(said[:40])
    for one in parcel_ids:
        await office.assert_sound(one)
