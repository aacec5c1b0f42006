"""Waiting for something that happens soon."""

import asyncio
from collections.abc import Callable


async def eventually(condition: Callable[[], object], what: str = "it", within: float = 10.0) -> None:
    """Returns when the condition holds; fails when it does not within a generous time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not condition():
        assert loop.time() < deadline, f"{what} did not happen"
        await asyncio.sleep(0.01)
