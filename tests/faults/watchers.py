"""Watchers that believe nothing: plain gRPC streams that come back with their last token, and check each message."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from doorstep.tracking.v1.live_service_pb2 import WatchOrderRequest, WatchParcelsRequest, WatchUpdate
from eventually import eventually

_SERVICE = "/doorstep.tracking.v1.LiveService/"
_COME_BACK = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}

Metadata = tuple[Any, ...]


def own_line(target: str, *options: tuple[str, int]) -> grpc.aio.Channel:
    """A channel with a connection of its own, which is dialled again soon after it broke."""
    usual = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 50),
        ("grpc.min_reconnect_backoff_ms", 50),
        ("grpc.max_reconnect_backoff_ms", 400),
    ]
    return grpc.aio.insecure_channel(target, options=[*usual, *options])


def ask(orders: Sequence[str] = (), parcels: Sequence[str] = ()) -> WatchOrderRequest | WatchParcelsRequest:
    """The request that opens a watch of these."""
    if len(orders) == 1 and not parcels:
        return WatchOrderRequest(order_id=orders[0])
    return WatchParcelsRequest(order_ids=orders, parcel_ids=parcels)


def opened(channel: grpc.aio.Channel, request: Any, metadata: Metadata) -> Any:
    """The stream of a watch."""
    method = "WatchOrder" if isinstance(request, WatchOrderRequest) else "WatchParcels"
    stream = channel.unary_stream(_SERVICE + method, type(request).SerializeToString, WatchUpdate.FromString)
    return stream(request, metadata=metadata)


class Watcher:
    """Watches on until closed. Breaks at the first hole, repeat or step back; `reaches` and `close` then raise it.

    `line` is asked for a channel at each opening, and `metadata` for a token.
    """

    def __init__(
        self,
        line: Callable[[], grpc.aio.Channel],
        metadata: Callable[[], Metadata],
        request: WatchOrderRequest | WatchParcelsRequest,
    ) -> None:
        self.lists: dict[str, list[int]] = defaultdict(list)
        self.at: dict[str, int] = {}
        self.kinds: list[str] = []
        self.ends: list[grpc.StatusCode] = []
        self.reminders: list[Any] = []
        self.pace: Callable[[], float] = lambda: 0.0
        self.streams = 0
        self.message = ""
        self._line, self._metadata, self._request = line, metadata, request
        self._newest: dict[str, int] = {}
        self._sequence: dict[str, int] = {}
        self.task = asyncio.create_task(self._go_on())

    @property
    def token(self) -> str:
        return self._request.resume_token

    def count(self, kind: str) -> int:
        """How many messages of this kind came."""
        return self.kinds.count(kind)

    @property
    def changes(self) -> int:
        return sum(map(len, self.lists.values()))

    @property
    def newest_fix(self) -> int:
        """When the newest position shown was measured; nanoseconds since the epoch."""
        return max(self._newest.values(), default=0)

    async def _go_on(self) -> None:
        while True:
            code = await self._watch_once()
            self.ends.append(code)
            assert code is grpc.StatusCode.OK or code in _COME_BACK, f"{code}: {self.message}"
            # A phone would take the server's word for when; a crowd that comes back at once is the harder test.
            await asyncio.sleep(random.uniform(0.02, 0.3))

    async def _watch_once(self) -> grpc.StatusCode:
        call = opened(self._line(), self._request, self._metadata())
        self.streams += 1
        self._sequence.clear()
        try:
            while (update := await call.read()) is not grpc.aio.EOF:
                self._take(update)
                if delay := self.pace():
                    await asyncio.sleep(delay)
        except grpc.aio.AioRpcError as error:
            self.message = error.details() or ""
            return error.code()
        finally:
            call.cancel()
        return grpc.StatusCode.OK

    def _take(self, update: WatchUpdate) -> None:
        assert update.resume_token
        self._request.resume_token = update.resume_token
        kind = update.WhichOneof("update") or ""
        self.kinds.append(kind)
        if kind == "snapshot":
            its = [*update.snapshot.parcels, *(one for order in update.snapshot.orders for one in order.parcels)]
            self.at = {parcel.parcel_id: parcel.revision for parcel in its}
        elif kind == "change":
            self._take_change(update.change)
        elif kind == "position" and update.position.HasField("position"):
            self._take_position(update.position.position)
        elif kind == "link_state":
            self._sequence.clear()

    def _take_change(self, change: Any) -> None:
        parcel_id, revision = change.parcel_id, change.revision
        assert revision == self.at.get(parcel_id, 0) + 1, f"{parcel_id} went from {self.at.get(parcel_id)} to {revision}"
        self.at[parcel_id] = revision
        self.lists[parcel_id].append(revision)
        if change.HasField("reminder"):
            self.reminders.append(change.reminder)

    def _take_position(self, position: Any) -> None:
        courier_id, measured = position.courier_id, position.fix_time.ToNanoseconds()
        assert measured >= self._newest.get(courier_id, 0), "a position ran backwards"
        assert position.sequence >= self._sequence.get(courier_id, 0), "a position's number ran backwards"
        self._newest[courier_id], self._sequence[courier_id] = measured, position.sequence

    def check(self) -> None:
        """Raises what broke it."""
        if self.task.done() and not self.task.cancelled():
            self.task.result()

    async def begins(self, within: float = 30.0) -> None:
        """Waits for its first message."""
        await self._until(lambda: bool(self.kinds), "the first message", within)

    async def reaches(self, log: dict[str, int], within: float = 30.0) -> None:
        """Waits until it stands where the log does, as far as it watches its parcels."""
        await self._until(lambda: bool(self.at) and all(log[p] == r for p, r in self.at.items()), "the log", within)

    async def gains(self, more: int, within: float = 30.0) -> None:
        """Waits for so many further changes."""
        aim = self.changes + more
        await self._until(lambda: self.changes >= aim, f"{more} changes", within)

    async def _until(self, condition: Callable[[], bool], what: str, within: float) -> None:
        def met() -> bool:
            self.check()
            return condition()

        await eventually(met, f"{what} reaching a watcher at {self.at}, whose streams ended {self.ends[-3:]}", within)

    async def close(self) -> None:
        """Leaves; raises what broke it before."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.check()
