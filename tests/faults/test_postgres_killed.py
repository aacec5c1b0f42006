"""PostgreSQL killed in mid-load and started again: what was acknowledged is there, once, and open streams stay."""

import asyncio
from collections.abc import Iterator

import pytest
from broken import BreakableHouse, MortalPostgres, breakable_house
from eventually import eventually
from every_door import at_every_door
from sizes import size
from street import Street

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 900))]


@pytest.fixture(scope="module")
def envoy_on_postgres(
    mortal_postgres: MortalPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BreakableHouse]:
    with breakable_house("envoy", tmp_path_factory.mktemp("envoy-postgres"), mortal_postgres.empty(), workers=1) as it:
        yield it


async def test_kill_9_of_postgres_loses_nothing_that_was_acknowledged(
    envoy_on_postgres, nghttp2_house, grpcio_house, mortal_postgres
):
    houses = [envoy_on_postgres, nghttp2_house, grpcio_house]
    at_work, told, back = (asyncio.Barrier(len(houses) + 1) for _ in range(3))

    async def story(house: BreakableHouse, street: Street) -> None:
        await street.opens()
        street.starts()
        await street.flows()
        await at_work.wait()
        await street.everybody(lambda it: it.degraded, "word of it")
        acknowledged = street.acknowledged_scans
        await told.wait()
        await back.wait()
        # What was written before the kill may be all that is read at first.
        await eventually(lambda: street.acknowledged_scans > acknowledged, "a scan that is acknowledged again", 30)
        await street.flows()
        assert not any(one.ends for one in street.watchers)
        await street.bells_ring()
        await street.nothing_was_lost(bells=1)

    async def fate() -> None:
        await at_work.wait()
        await asyncio.to_thread(mortal_postgres.kill)
        await told.wait()
        await asyncio.to_thread(mortal_postgres.restart)
        await back.wait()

    async with asyncio.TaskGroup() as both:
        both.create_task(fate())
        both.create_task(at_every_door(houses, story))
