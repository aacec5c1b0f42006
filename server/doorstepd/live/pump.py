"""Reads the log for everybody: one read a parcel and process, a few merchants at a time, none twice at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import structlog

from doorstepd.broadcast import Broadcast, positions_channel, shard_of
from doorstepd.live.board import Board
from doorstepd.live.limits import Counters, Limits
from doorstepd.live.ports import Fixes, Head, Log, Numbered
from doorstepd.live.topics import KEPT_CHANGES, CourierTopic, OrderTopic, ParcelTopic
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_READERS = 4
_BATCH = 200
_AT_ONCE = 16

T = TypeVar("T")


class Pump:
    """A few tasks that serve boards with something unread. A board is served by one task at a time."""

    def __init__(
        self,
        bus: Broadcast,
        fixes: Fixes,
        store: Log,
        limits: Limits,
        counters: Counters,
        on_state: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._fixes = fixes
        self._log = store
        self._limits = limits
        self._counters = counters
        self._boards: asyncio.Queue[Board] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._on_state = on_state
        self._failures = 0
        self._unreachable = False

    @property
    def failing(self) -> bool:
        """Whether the log could not be read, more than once in a row, or not be reached at all."""
        return self._failures > 1 or self._unreachable

    def start(self) -> None:
        """Begins to serve."""
        self._tasks = [asyncio.create_task(self._work(), name=f"live-pump-{n}") for n in range(_READERS)]
        self._tasks.append(asyncio.create_task(self._knock(), name="live-knock"))

    async def stop(self) -> None:
        """Ends the tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def offer(self, board: Board) -> None:
        """Has a board served, soon and once."""
        if not board.queued:
            board.queued = True
            self._boards.put_nowait(board)

    async def _work(self) -> None:
        while True:
            board = await self._boards.get()
            try:
                await self._serve(board)
                self._count_failures(0)
            except Exception as error:
                self._count_failures(self._failures + 1)
                self._counters.read_failures += 1
                log.warning("live.log_unreadable", **describe_failure(error))
                await asyncio.sleep(self._limits.retry)
            finally:
                board.queued = False
            if board.unread_parcels or board.unread_orders or board.unread_couriers:
                self.offer(board)
            await asyncio.sleep(0)  # over SQLite nothing above lets go of the loop

    async def _knock(self) -> None:
        """Learns that the log is away also while nobody can write, so that no wake comes and nothing is read."""
        while True:
            await asyncio.sleep(self._limits.recheck_degraded)
            before = self.failing
            try:
                await self._log.epoch()
                self._unreachable = False
            except Exception:
                self._unreachable = True
            self._tell_if_other_than(before)

    def _count_failures(self, failures: int) -> None:
        before, self._failures = self.failing, failures
        self._tell_if_other_than(before)

    def _tell_if_other_than(self, before: bool) -> None:
        if self.failing != before:
            self._on_state()

    async def _serve(self, board: Board) -> None:
        orders, parcels = _take(board.unread_orders), _take(board.unread_parcels)
        try:
            if orders:
                await self._read_orders(board, orders)
            if parcels:
                await self._read_parcels(board, parcels)
        except BaseException:
            board.unread_orders.update(dict.fromkeys(orders))
            board.unread_parcels.update(dict.fromkeys(parcels))
            raise
        if couriers := _take(board.unread_couriers):
            await self._read_couriers(board, couriers)
        if board.fleet_unread and board.fleet is not None:
            board.fleet_unread = False
            await board.fleet.reload()

    async def _read_orders(self, board: Board, orders: list[OrderTopic]) -> None:
        lists = await self._log.parcels_of_orders(board.merchant_id, [order.id for order in orders])
        known = {order: lists.get(order.id, ()) for order in orders}
        new = {parcel for order, ids in known.items() for parcel in ids if order.missed(parcel)}
        heads = await self._log.heads(board.merchant_id, list(new)) if new else {}
        for order, ids in known.items():
            order.grow(ids, heads)

    async def _read_parcels(self, board: Board, parcels: list[ParcelTopic]) -> None:
        heads = await self._log.heads(board.merchant_id, [topic.id for topic in parcels])
        moved = [topic for topic in parcels if topic.watchers and topic.id in heads and heads[topic.id] != topic.head]
        for at in range(0, len(moved), _AT_ONCE):
            part = moved[at : at + _AT_ONCE]
            await asyncio.gather(*(self._read_parcel(board, topic, heads) for topic in part))

    async def _read_parcel(self, board: Board, topic: ParcelTopic, heads: Mapping[str, Head]) -> None:
        head = heads[topic.id]
        behind = head.revision - topic.head.revision
        if behind < 0:
            topic.went_back(head)
            return
        changes: Sequence[Numbered] = ()
        if 0 < behind <= KEPT_CHANGES:
            self._counters.reads += 1
            read = await self._log.changes(board.merchant_id, topic.id, topic.head.revision, KEPT_CHANGES)
            # Those written since the head was read come with their own head: it decides what may be shown.
            changes = tuple(change for change in read if change.revision <= head.revision)
        topic.advance(head, changes)

    async def _read_couriers(self, board: Board, couriers: list[CourierTopic]) -> None:
        for courier in couriers:
            if courier.subscription is None and courier.followers:
                channel = positions_channel(board.merchant_id, shard_of(courier.id))
                subscription = await self._bus.subscribe(channel, board.on_fix)
                if courier.followers and courier.subscription is None:
                    courier.subscription = subscription
                else:
                    subscription.release()
        positions = await self._fixes.get(board.merchant_id, [courier.id for courier in couriers])
        for courier in couriers:
            if position := positions.get(courier.id):
                courier.offer(position, board.freshness(position))


def _take(unread: dict[T, None]) -> list[T]:
    """The first of what is unread, taken out."""
    batch = list(unread)[:_BATCH]
    for one in batch:
        del unread[one]
    return batch
