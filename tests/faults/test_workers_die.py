"""Workers that are killed, ended and replaced while customers watch."""

import asyncio

import pytest
from broken import BreakableHouse
from eventually import eventually
from sizes import size
from street import Street, street

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 900))]


async def whole_again(house: BreakableHouse, gone: set[int], count: int = 2) -> None:
    """Returns when so many workers run that are none of those, and answer."""

    def replaced() -> bool:
        pids = {one.pid for one in house.daemon.workers()}
        return len(pids) == count and not pids & gone

    await eventually(replaced, "the worker's successor", 30)


async def test_kill_9_of_one_worker_of_two_loses_nothing_and_spares_the_other(house, street):
    await street.opens()
    street.starts()
    await street.flows()
    victim, spared = house.daemon.workers()
    victim.kill()
    await eventually(lambda: any(one.ends for one in street.watchers), "a stream that broke")
    untouched = [one for one in street.watchers if not one.ends]
    assert untouched
    await street.flows(of=untouched)
    await street.flows()
    assert {len(one.ends) for one in untouched} == {0}
    await whole_again(house, {victim.pid})
    assert spared.is_running()
    await street.positions_flow()
    await street.arrives()
    await street.nothing_was_lost(bells=1)
