"""Couriers whose stops changed while nobody has their stream: they are seen to beside what else goes on, a few at a
time, each as often as it takes for the database to answer."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from doorstepd.errors import Unavailable
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_AT_ONCE = 4
_AGAIN_S = 1.0

SeeTo = Callable[[str, str], Awaitable[None]]


class UnattendedRounds:
    """One entry a courier, however often his stops change before he is seen to."""

    def __init__(self, see_to: SeeTo) -> None:
        self._see_to = see_to
        self._waiting: dict[tuple[str, str], None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def see_to(self, merchant_id: str, courier_id: str) -> None:
        """Has the courier seen to soon; never waits."""
        self._waiting[merchant_id, courier_id] = None
        if len(self._tasks) < _AT_ONCE:
            task = asyncio.create_task(self._run(), name="unattended-rounds")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Returns once nobody waits to be seen to."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self) -> None:
        while self._waiting:
            key = next(iter(self._waiting))
            del self._waiting[key]
            try:
                await self._see_to(*key)
            except Unavailable:
                self._waiting[key] = None
                await asyncio.sleep(_AGAIN_S)
            except Exception as error:
                log.warning("unattended_round.failed", **describe_failure(error))
