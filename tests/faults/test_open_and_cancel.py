"""Callers who open a watch and go, again and again: nothing of them stays."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import grpc
import pytest
from broken import BreakableHouse
from every_door import at_every_door
from sizes import size
from street import Street
from watchers import Line, ask, opened

pytestmark = [pytest.mark.fault, pytest.mark.timeout(size(120, 2400))]

ROUND, MOST_ROUNDS = size(400, 10_000), size(10, 13)
MOST_BYTES_A_CYCLE = size(1_000, 30)
"""Over three rounds. An open watch is several thousand; what is kept grows in every round, and what an allocator takes
in advance does not."""
ROW_BYTES = 300
"""What a visit may take besides in SQLite's page cache, of up to 64 MB: it leaves a row, that of the look-up."""
AT_ONCE = 20
FEW_ENOUGH = 400
OWN = (("grpc.use_local_subchannel_pool", 1),)


async def test_watches_that_are_opened_and_left_again_and_again_hold_no_memory(houses):
    async def story(house: BreakableHouse, street: Street) -> None:
        stays = street.watch()
        await street.begin()
        cycle = coming_and_going(house, street)
        taken: list[int] = []
        rows = ROW_BYTES if "sqlite" in house.database_url else 0
        for _ in range(MOST_ROUNDS):
            await repeat(cycle, ROUND)
            taken.append(memory(house))
            if is_flat(taken, rows):
                break
        assert is_flat(taken, rows), taken
        assert not stays.ends
        await street.nothing_was_lost()

    await at_every_door(houses, story)


def coming_and_going(house: BreakableHouse, street: Street) -> Callable[[int], Awaitable[None]]:
    """One caller's visit: one in three leaves before the first message, one in fifty by cutting his connection."""
    lines = [street.line() for _ in range(8)]
    opened_on, retired = Counter[Line](), list[Line]()
    request, caller = ask(list(street.parcels)), house.customer()

    async def line_at(place: int) -> grpc.aio.Channel:
        """Another connection once so many streams were given up on one as a stranger may give up."""
        opened_on[lines[place]] += 1
        if opened_on[lines[place]] > FEW_ENOUGH:
            retired.append(lines[place])
            lines[place] = street.line()
        if len(retired) > len(lines):  # by now nobody uses it
            await retired.pop(0).close()
        return lines[place]()

    async def visit(number: int) -> None:
        if number % 50 == 0:
            async with grpc.aio.insecure_channel(house.daemon.target, options=OWN) as line:
                await opened(line, request, caller).read()
            return
        call = opened(await line_at(number % len(lines)), request, caller)
        if number % 3:
            await call.read()
        call.cancel()

    return visit


async def repeat(cycle: Callable[[int], Awaitable[None]], times: int) -> None:
    for at in range(0, times, AT_ONCE):
        await asyncio.gather(*(cycle(number) for number in range(at, at + AT_ONCE)))


def is_flat(taken: list[int], rows: int) -> bool:
    return len(taken) > 3 and taken[-1] - taken[-4] < 3 * ROUND * (MOST_BYTES_A_CYCLE + rows)


def memory(house: BreakableHouse) -> int:
    """Bytes that the workers have for themselves."""
    return sum(worker.memory_full_info().uss for worker in house.daemon.workers())
