"""The intake's signals and positions over the message bus."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from doorstepd.broadcast import Broadcast, NewestFixes, Subscription
from doorstepd.intake.round_state import Kept
from doorstepd.live import Publisher
from doorstepd.live.position import Position
from doorstepd.live.raw_fixes import RawFixes
from doorstepd.positions.fix import RawFix

log = structlog.get_logger(__name__)

_STOPS = "doorstep:stops"
_HANDED_OVER_S = 0.008
"""Twice as long as the bus gathers before it writes."""

OnStops = Callable[[str, str, bool], Awaitable[None]]


class BusSignals:
    """Tells other processes what changed. What is lost on the way is found again by looking."""

    def __init__(self, bus: Broadcast, publisher: Publisher) -> None:
        self._bus = bus
        self._publisher = publisher
        self._on_stops: OnStops | None = None
        self._on_parcel: Callable[[str, str], None] | None = None
        self._changed: dict[tuple[str, str], bool] = {}  # whether it was this process that said so
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None

    def parcel_changed(self, merchant_id: str, order_id: str, parcel_id: str, revision: int) -> None:
        """Wakes whoever watches the parcel, here or elsewhere; who keeps answers here is told at once."""
        if self._on_parcel is not None:
            self._on_parcel(merchant_id, order_id)
        self._publisher.wake(merchant_id, order_id, parcel_id, revision)

    def stops_changed(self, merchant_id: str, courier_id: str) -> None:
        """Tells the process that has the courier's stream. Here it is heard at once, also while the bus is away."""
        self._note(merchant_id, courier_id, here=True)
        self._bus.publish(_STOPS, f"{merchant_id}\0{courier_id}".encode())

    def on_stops_changed(self, callback: OnStops) -> None:
        """Who is told of (merchant, courier) whose stops changed, and whether it was this process that said so."""
        self._on_stops = callback

    def on_parcel_changed(self, callback: Callable[[str, str], None]) -> None:
        """Who is told of (merchant, order) before the bus is."""
        self._on_parcel = callback

    async def start(self) -> None:
        """Begins to listen."""
        self._subscription = await self._bus.subscribe(_STOPS, self._hear)
        self._task = asyncio.create_task(self._run(), name="stops-changed")

    async def stop(self) -> None:
        """Stops listening."""
        if self._subscription is not None:
            self._subscription.release()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _hear(self, entry: bytes) -> None:
        merchant_id, _, courier_id = entry.decode(errors="replace").partition("\0")
        self._note(merchant_id, courier_id, here=False)

    def _note(self, merchant_id: str, courier_id: str, *, here: bool) -> None:
        # One entry a courier however often it is heard, so a busy bus cannot make this grow.
        key = (merchant_id, courier_id)
        self._changed[key] = here or self._changed.get(key, False)
        self._some.set()

    async def _run(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            changed, self._changed = self._changed, {}
            for (merchant_id, courier_id), here in changed.items():
                try:
                    if self._on_stops is not None:
                        await self._on_stops(merchant_id, courier_id, here)
                except Exception as error:
                    log.warning("stops_changed.failed", kind=type(error).__name__)


class BusFeed:
    """Positions to whoever watches, and a courier's state to the process that has his stream next."""

    def __init__(self, publisher: Publisher, newest: NewestFixes, raw: RawFixes) -> None:
        self._publisher = publisher
        self._newest = newest
        self._raw = raw

    @property
    def reachable(self) -> bool:
        """Whether `kept` can say."""
        return self._newest.reachable

    def received(self, merchant_id: str, courier_id: str, fixes: Sequence[RawFix]) -> None:
        """What the phone sent, for whoever records it."""
        self._raw.offer(merchant_id, courier_id, fixes)

    def moved(self, merchant_id: str, position: Position) -> None:
        """The courier's newest place."""
        self._publisher.positions(merchant_id, [position])

    def keep(self, merchant_id: str, courier_id: str, state: Kept) -> None:
        """Writes the state down, its plan if it has one."""
        parts = {"walk": state.walk} if state.plan is None else {"walk": state.walk, "plan": state.plan}
        self._newest.put_state(merchant_id, courier_id, parts)

    async def kept(self, merchant_id: str, courier_id: str) -> Kept | None:
        """What was written last."""
        parts = await self._newest.get_state(merchant_id, courier_id)
        return Kept(parts["walk"], parts["plan"]) if parts.keys() >= {"walk", "plan"} else None

    async def handed_over(self) -> None:
        """By then the bus has written what it had gathered; while it is away nothing would help."""
        await asyncio.sleep(_HANDED_OVER_S)
