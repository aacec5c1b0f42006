"""A courier watches his parcels only as long as they are his: to the change that takes one away, and no further."""

import asyncio
from dataclasses import replace

import pytest
from eventually import eventually
from memory_log import MemoryLog
from plane import OUT_WITH_C1, VIEWER, Client, Plane, plane
from valkey_process import ValkeyProcess

from doorstepd.errors import NotFound

COURIER = replace(VIEWER, only_of="c1")


def round_of_c1(*parcel_ids: str) -> MemoryLog:
    log = MemoryLog()
    log.add_order("o", *parcel_ids)
    for parcel_id in parcel_ids:
        log.append(parcel_id, **OUT_WITH_C1)
    return log


async def ended(client: Client) -> BaseException | None:
    await eventually(client.task.done, "the end of the watch")
    return client.ended


async def reads(here: Plane, *parcel_ids: str) -> Client:
    client = here.read(parcels=parcel_ids, viewer=COURIER)
    await eventually(lambda: client.updates)
    return client


async def test_a_courier_s_watch_ends_when_his_parcel_goes_to_another(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        client = await reads(here, "p")
        here.move("c1")
        await eventually(lambda: client.shown)
        here.append("p", courier_id="c2")
        here.move("c2")
        assert isinstance(await ended(client), NotFound)
        assert not client.history
        assert set(client.shown) == {"c1"}
        assert here.hub.counters.revoked == 1
        await eventually(here.at_rest)


async def test_a_courier_s_watch_ends_when_his_parcel_goes_to_nobody(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        client = await reads(here, "p")
        here.append("p", courier_id=None, live=False)
        assert isinstance(await ended(client), NotFound)
        assert not client.history


async def test_a_courier_sees_the_change_that_closes_a_parcel_and_none_after_it(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        client = await reads(here, "p")
        revision = here.append("p", live=False, closed=True)
        assert isinstance(await ended(client), NotFound)
        assert client.history == {"p": [revision]}


async def test_what_is_still_his_is_told_before_the_end(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p", "q", "r")) as here:
        client = await reads(here, "p", "q", "r")
        client.pace = lambda: 0.2
        here.append("p")
        here.append("p", wake=False, courier_id="c2")
        last = [here.append("q"), here.append("q"), here.append("r")][-2]
        assert isinstance(await ended(client), NotFound)
        assert client.history == {"p": [3], "q": [3, last], "r": [3]}


@pytest.mark.parametrize("token", [False, True])
async def test_a_parcel_of_another_courier_cannot_be_watched(calm_valkey: ValkeyProcess, token: bool) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        before = await (await reads(here, "p")).leave()
        here.append("p", courier_id="c2")
        again = here.read(parcels=("p",), viewer=COURIER, token=before.token if token else "")
        assert isinstance(await ended(again), NotFound)
        assert not again.updates


async def test_a_parcel_that_came_back_begins_with_a_snapshot_not_with_the_other_courier_s_changes(
    calm_valkey: ValkeyProcess,
) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        before = await (await reads(here, "p")).leave()
        here.append("p", courier_id="c2")
        here.append("p", courier_id="c1")
        again = here.read(parcels=("p",), viewer=COURIER, token=before.token)
        await again.reaches(here.log)
        assert again.kinds[:2] == ["gap", "snapshot"]
        assert not again.history
        await again.leave()


async def test_staff_watches_on_when_a_parcel_changes_hands(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        staff = here.read(parcels=("p",))
        await eventually(lambda: staff.updates)
        here.append("p", courier_id="c2")
        await staff.reaches(here.log)
        here.move("c2")
        await eventually(lambda: "c2" in staff.shown)
        await staff.leave()


async def test_no_position_of_the_next_courier_is_seen_while_the_log_cannot_be_read(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, round_of_c1("p")) as here:
        client = await reads(here, "p")
        here.log.away = True
        here.append("p", courier_id="c2")
        for _ in range(5):
            here.move("c2")
            await asyncio.sleep(0.05)
        here.log.away = False
        assert isinstance(await ended(client), NotFound)
        assert not client.shown
