"""Watchers that believe nothing: plain gRPC streams that come back with their last token, and check each message."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from doorstep.tracking.v1 import reminder_pb2
from doorstep.tracking.v1.live_service_pb2 import WatchOrderRequest, WatchParcelsRequest, WatchUpdate
from eventually import eventually

BELL = reminder_pb2.REMINDER_KIND_COURIER_NEAR
_SERVICE = "/doorstep.tracking.v1.LiveService/"
_COME_BACK = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAUTHENTICATED,
}

_SOON = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 5000),  # how long connecting may take; a refused one is repeated sooner
    ("grpc.max_reconnect_backoff_ms", 400),
]

Metadata = tuple[Any, ...]


class Line:
    """A connection of its own to wherever the service is now, dialled again soon after it broke."""

    def __init__(self, target: Callable[[], str], *options: tuple[str, int]) -> None:
        self._target, self._options = target, [*_SOON, *options]
        self._dialled = ""
        self._channels: list[grpc.aio.Channel] = []

    def __call__(self) -> grpc.aio.Channel:
        if self._dialled != self._target():
            self._dialled = self._target()
            self._channels.append(grpc.aio.insecure_channel(self._dialled, options=self._options))
        return self._channels[-1]

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()


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


Condition = Callable[["Watcher"], bool]


class Watcher:
    """Watches on until closed. Breaks at the first hole, repeat or step back; `until` and `close` then raise it.

    `metadata` is asked for a token at each opening. `after` is another that it takes over from.
    """

    def __init__(
        self,
        line: Line,
        metadata: Callable[[], Metadata],
        request: WatchOrderRequest | WatchParcelsRequest,
        after: "Watcher | None" = None,
    ) -> None:
        self.lists: dict[str, list[int]] = defaultdict(list)
        self.at: dict[str, int] = dict(after.at) if after else {}
        self.resumed = after is not None
        self.kinds: list[str] = []
        self.ends: list[grpc.StatusCode] = []
        self.bells = 0
        self.degraded = False
        self.alarm: BaseException | None = None
        self.reads = asyncio.Event()
        self.reads.set()
        self.pause = 0.0
        self.streams = 0
        self.message = ""
        self._line, self._metadata, self._request = line, metadata, request
        if after is not None:
            request.resume_token = after.token
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
        self.degraded = False
        try:
            while (update := await call.read()) is not grpc.aio.EOF:
                self._take(update)
                await asyncio.sleep(self.pause)
                await self.reads.wait()
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
            self.degraded = update.link_state.degraded
            self._sequence.clear()

    def _take_change(self, change: Any) -> None:
        parcel_id, revision = change.parcel_id, change.revision
        before = self.at.get(parcel_id, 0)
        assert revision == before + 1, f"{parcel_id} went from {before} to {revision}"
        self.at[parcel_id] = revision
        self.lists[parcel_id].append(revision)
        self.bells += change.HasField("reminder") and change.reminder.kind == BELL

    def _take_position(self, position: Any) -> None:
        courier_id, measured = position.courier_id, position.fix_time.ToNanoseconds()
        assert measured >= self._newest.get(courier_id, 0), "a position ran backwards"
        assert position.sequence >= self._sequence.get(courier_id, 0), "a position's number ran backwards"
        self._newest[courier_id], self._sequence[courier_id] = measured, position.sequence

    def check(self) -> None:
        """Raises what broke it, or what it watches."""
        if self.alarm is not None:
            raise self.alarm
        if self.task.done() and not self.task.cancelled():
            self.task.result()

    async def begins(self) -> None:
        """Waits for its first message."""
        await self.until(lambda it: bool(it.kinds), "the first message")

    def has_come_to(self, log: dict[str, int]) -> bool:
        """Whether it stands where the log stood then, or beyond."""
        return bool(self.at) and all(revision >= log[parcel_id] for parcel_id, revision in self.at.items())

    async def until(self, condition: "Condition", what: str, within: float = 30.0) -> None:
        """Waits for something about it; raises what broke it."""

        def met() -> bool:
            self.check()
            return condition(self)

        try:
            await eventually(met, what, within)
        except AssertionError as error:
            error.add_note(f"to a watcher at {self.at}, whose streams ended {self.ends}: {self.message}")
            raise

    async def close(self) -> None:
        """Leaves; raises what broke it before."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.check()
