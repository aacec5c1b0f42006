"""Whoever waits for a connection gets one in turn, however many come after."""

import asyncio


async def test_those_who_wait_are_served_in_the_order_in_which_they_came(database):
    order: list[str] = []
    gate = asyncio.Event()

    async def hold() -> None:
        async with database.reading():
            await gate.wait()

    async def wait(name: str, times: int = 1) -> None:
        for _ in range(times):
            async with database._turn():
                order.append(name)
                await asyncio.sleep(0)

    holders = [asyncio.create_task(hold()) for _ in range(database._turns._value)]
    while not database._turns.locked():
        await asyncio.sleep(0.01)
    names = [f"early {number}" for number in range(20)]
    waiting = [asyncio.create_task(wait(name)) for name in names]
    await asyncio.sleep(0.01)
    gate.set()
    pushing = [asyncio.create_task(wait("late", times=20)) for _ in range(10)]
    await asyncio.gather(*holders, *waiting, *pushing)
    assert order[:20] == names
    assert not database._turns.locked()
