"""The hub: every open stream of this process, and the three clocks that look after them."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import islice

import structlog

from doorstepd import errors
from doorstepd.broadcast import Broadcast
from doorstepd.live import frames
from doorstepd.live.board import Board
from doorstepd.live.fleet import FleetWatch
from doorstepd.live.limits import Counters, Limits
from doorstepd.live.moves import Box
from doorstepd.live.ports import Credentials, Fixes, Line, Log, Renderer, Targets, Viewer
from doorstepd.live.pump import Pump
from doorstepd.live.reader import Fate, Reader
from doorstepd.live.watch import Watch
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_SWEPT_AT_ONCE = 1000
_RECHECKED_AT_ONCE = 100
_RECHECK_PAUSE_S = 0.1


class Hub:
    """Opens streams and keeps them fed.

    `clock` gives seconds since the epoch; it decides how fresh positions are and when tokens have expired. With
    `credentials` streams end when what their viewers showed is withdrawn.
    """

    def __init__(
        self,
        bus: Broadcast,
        fixes: Fixes,
        store: Log,
        renderer: Renderer,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        credentials: Credentials | None = None,
    ) -> None:
        self.bus = bus
        self.fixes = fixes
        self.log = store
        self.renderer = renderer
        self.limits = limits or Limits()
        self.clock = clock
        self._credentials = credentials
        self._generation = 0
        self.counters = Counters()
        self.pump = Pump(bus, fixes, store, self.limits, self.counters, self._wake_all)
        self.epoch = 0
        self._epoch_known = False
        self._boards: dict[str, Board] = {}
        self._readers: dict[Reader, None] = {}
        self._open_by_principal: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []
        self._openings = asyncio.Semaphore(self.limits.openings)
        self._draining = False
        self._nobody_left = asyncio.Event()
        self._rechecked_at = 0.0
        self._stamped = 0.0
        self._stamp = b""

    async def start(self) -> None:
        """Begins to read, sweep and re-check. The bus may be started before or after."""
        self.bus.on_gap(self._on_gap)
        self.bus.on_state(lambda degraded: self._wake_all())
        self.pump.start()
        self._rechecked_at = asyncio.get_running_loop().time()
        clocks: list[tuple[str, Callable[[], Awaitable[None]]]] = [("sweep", self._sweep), ("recheck", self._recheck)]
        self._tasks = [asyncio.create_task(self._repeat(work), name=f"live-{name}") for name, work in clocks]

    async def stop(self) -> None:
        """Stops reading; streams still open get nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pump.stop()

    def watch(
        self,
        viewer: Viewer,
        targets: Targets,
        resume_token: str = "",
        on_stuck: Callable[[], None] | None = None,
        line: Line | None = None,
    ) -> Watch:
        """A watch, to be used as `async with hub.watch(...) as frames: async for frame in frames: ...`.

        Frames are serialised `WatchUpdate` messages. Entering raises NotFound, ResourceExhausted or Unavailable;
        iterating raises TokenExpired or SlowReader, or simply ends after a `go_away`.
        See `Reader` for `on_stuck` and `line`.
        """
        return Watch(self, viewer, targets, resume_token, on_stuck, line)

    def fleet(
        self,
        viewer: Viewer,
        box: Box | None = None,
        courier_ids: frozenset[str] = frozenset(),
        tick: float = 1.0,
        on_stuck: Callable[[], None] | None = None,
    ) -> FleetWatch:
        """A fleet map, used like a watch; frames are serialised `FleetUpdate` messages, one every `tick` seconds."""
        return FleetWatch(self, viewer, box, courier_ids, tick, on_stuck)

    async def drain(self, timeout: float = 20.0) -> None:
        """Sends every reader away with a resume token and a time to come back, and takes no new one."""
        self._draining = True
        for reader in list(self._readers):
            reader.send_away()
        if self._readers:
            self._nobody_left.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._nobody_left.wait()

    @property
    def degraded(self) -> bool:
        """Whether positions are paused or statuses late: the bus is away, or the log cannot be read."""
        return self.bus.degraded or self.pump.failing

    @property
    def open_watches(self) -> int:
        """How many streams are open."""
        return len(self._readers)

    def return_delay(self) -> float:
        """When a reader that is sent away should come back; seconds, at random."""
        return random.uniform(0, self.limits.go_away_spread)

    def stamp(self) -> bytes:
        """The `sent_time` field; made once a millisecond."""
        now = time.time()
        if not 0.0 <= now - self._stamped < 0.001:
            self._stamped = now
            self._stamp = frames.sent_time(now)
        return self._stamp

    async def know_epoch(self) -> None:
        """Learns the store's epoch before the first token is written or read."""
        if not self._epoch_known:
            self.epoch = await self.log.epoch()
            self._epoch_known = True

    def board(self, merchant_id: str) -> Board:
        """What is watched of a merchant."""
        board = self._boards.get(merchant_id)
        if board is None:
            board = self._boards[merchant_id] = Board(merchant_id, self.limits, self.clock, self.pump.offer)
        return board

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of the few turns for reading what a watch begins with. Raises Unavailable when none came for long."""
        try:
            async with asyncio.timeout(self.limits.turn):
                await self._openings.acquire()
        except TimeoutError:
            raise errors.Unavailable(retry_after=self.return_delay()) from None
        try:
            yield
        finally:
            self._openings.release()

    def admit(self, reader: Reader) -> None:
        """Counts a reader in.

        Raises ResourceExhausted when the caller has too many, Unavailable while draining, Unauthenticated when the
        credential was withdrawn since it was looked at.
        """
        if self._draining:
            raise errors.Unavailable(retry_after=self.return_delay())
        if self._withdrawn(reader):
            raise errors.Unauthenticated
        principal = reader.viewer.principal
        if self._open_by_principal[principal] >= self.limits.watches_per_principal:
            self.counters.refused += 1
            raise errors.ResourceExhausted
        self._open_by_principal[principal] += 1
        self._readers[reader] = None
        self.counters.opened += 1

    def dismiss(self, reader: Reader, fate: Fate) -> None:
        """Counts a reader out, if it was in."""
        if reader not in self._readers:
            return
        del self._readers[reader]
        if not self._readers:
            self._nobody_left.set()
        principal = reader.viewer.principal
        self._open_by_principal[principal] -= 1
        if not self._open_by_principal[principal]:
            del self._open_by_principal[principal]
        setattr(self.counters, fate.value, getattr(self.counters, fate.value) + 1)
        board = self._boards.get(reader.viewer.merchant_id)
        if board is not None and board.empty:
            del self._boards[board.merchant_id]

    def _on_gap(self) -> None:
        for board in self._boards.values():
            board.read_all()

    def _wake_all(self) -> None:
        for reader in self._readers:
            reader.wake()

    async def _repeat(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                log.warning("live.clock_failed", **describe_failure(error))
                await asyncio.sleep(self.limits.retry)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        asleep = loop.time()
        await asyncio.sleep(self.limits.sweep)
        overslept = loop.time() - asleep > 2 * self.limits.sweep + 1
        self._end_withdrawn()
        for at in range(0, len(self._readers), _SWEPT_AT_ONCE):
            wall, now = self.clock(), loop.time()
            for reader in list(islice(self._readers, at, at + _SWEPT_AT_ONCE)):
                # After this process itself stood still, nobody is blamed for it.
                self._look_after(reader, wall, now, blame=not overslept)
            await asyncio.sleep(0)
        self._age_positions()

    def _look_after(self, reader: Reader, wall: float, now: float, *, blame: bool) -> None:
        expires_at = reader.viewer.expires_at
        if expires_at is not None and wall >= expires_at:
            reader.end(Fate.EXPIRED, errors.TokenExpired())
        unread_since = reader.unread_since
        if unread_since is not None and blame and now - unread_since > self.limits.stuck:
            reader.cut()
        reader.heartbeat_due = now - reader.last_sent >= self.limits.heartbeat
        if reader.ready:
            reader.wake()

    def _end_withdrawn(self) -> None:
        """Asks of every reader only when something was withdrawn: two look-ups each."""
        generation = self._credentials.generation(self.clock()) if self._credentials else 0
        if generation != self._generation:
            self._generation = generation
            for reader in [one for one in self._readers if self._withdrawn(one)]:
                reader.end(Fate.REVOKED, errors.Unauthenticated())

    def _withdrawn(self, reader: Reader) -> bool:
        credential = reader.viewer.credential
        return bool(self._credentials and credential is not None and not self._credentials.stands(credential))

    def _age_positions(self) -> None:
        for board in self._boards.values():
            for courier in board.couriers.values():
                if courier.look is not None:
                    courier.age(board.freshness(courier.look.position))
            if board.fleet is not None:
                board.fleet.age()

    async def _recheck(self) -> None:
        await asyncio.sleep(min(self.limits.recheck_degraded, self.limits.recheck))
        interval = self.limits.recheck_degraded if self.degraded else self.limits.recheck
        began = asyncio.get_running_loop().time()
        if began - self._rechecked_at < interval:
            return
        self._rechecked_at = began
        parts = [(board, part) for board in self._boards.values() for part in board.in_parts(_RECHECKED_AT_ONCE)]
        for board, part in parts:
            board.read(*part)
            # In one go it would be felt: ten thousand parcels take most of a second.
            await asyncio.sleep(min(_RECHECK_PAUSE_S, interval / 2 / len(parts)))
        epoch = await self.log.epoch()
        if self._epoch_known and epoch != self.epoch:
            self.epoch = epoch
            for reader in self._readers:
                if isinstance(reader, Watch):
                    reader.must_restart(frames.OTHER_EPOCH)
