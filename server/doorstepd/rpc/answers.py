"""Rendered orders, kept for those who ask again: a page that is opened by many, a customer who reloads.

An answer is void as soon as the wake of a change arrives, which is milliseconds after its commit; all are void when
wakes may have been missed, and none is kept while the bus is away. A wake that is lost without a sign, because the
process that committed died before it could tell, is made good by age: 30 s, which is also how often a watch looks at
the log by itself, or 1 s while the courier is on his way.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from doorstep.tracking.v1 import order_pb2, status_pb2

from doorstepd.broadcast import Broadcast, Subscription
from doorstepd.live.publish import read_wake, wakes_channel
from doorstepd.rpc.reading import Audience, Reading

SETTLED_S = 30.0
ON_THE_WAY_S = 1.0
MOST_BYTES = 64 * 1024 * 1024

_Key = tuple[str, str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """An order as bytes, with what decides who may have it and until when (the loop's clock)."""

    body: bytes
    customer_id: str
    good_until: float


class Answers:
    """One a process. Several who ask for the same at once share one read."""

    def __init__(self, bus: Broadcast, reading: Reading, most_bytes: int = MOST_BYTES) -> None:
        self._bus = bus
        self._reading = reading
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Key, Answer] = OrderedDict()
        self._of_order: dict[tuple[str, str], set[_Key]] = {}
        self._under_way: dict[_Key, asyncio.Future[Answer | None]] = {}
        self._listening: dict[str, Subscription] = {}
        bus.on_gap(self.forget_all)

    async def order(self, audience: Audience, order_id: str) -> Answer | None:
        """The order for this audience; None if there is none. Whether the caller may see it is asked of the answer."""
        key: _Key = (audience.merchant_id, order_id, audience.view, audience.datum.value, audience.positions)
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept is not None and kept.good_until > now and not self._bus.degraded:
            self._kept.move_to_end(key)
            return kept
        under_way = self._under_way.get(key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        return await self._read(key, audience, order_id)

    def forget_all(self) -> None:
        """Wakes may have been missed."""
        self._kept.clear()
        self._of_order.clear()
        self._under_way.clear()
        self._bytes = 0

    async def _read(self, key: _Key, audience: Audience, order_id: str) -> Answer | None:
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._under_way[key] = future
        try:
            await self._listen(audience.merchant_id)
            found = (await self._reading.orders(audience, [order_id])).get(order_id)
            answer = _answer(found, asyncio.get_running_loop().time()) if found is not None else None
            # A wake that came while we read has taken the future away: what we read may be old already.
            if answer is not None and self._under_way.get(key) is future and not self._bus.degraded:
                self._keep(key, answer)
            future.set_result(answer)
            return answer
        except BaseException as error:
            future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            future.exception()  # nobody else may be waiting
            raise
        finally:
            if self._under_way.get(key) is future:
                del self._under_way[key]

    async def _listen(self, merchant_id: str) -> None:
        if merchant_id in self._listening:
            return

        def hear(entry: bytes) -> None:
            wake = read_wake(entry)
            if wake is not None:
                self.void(merchant_id, wake[0])

        subscription = await self._bus.subscribe(wakes_channel(merchant_id), hear)
        if merchant_id in self._listening:
            subscription.release()
        else:
            self._listening[merchant_id] = subscription

    def void(self, merchant_id: str, order_id: str) -> None:
        """The order changed. This process says so itself, so that who writes here reads here what was written."""
        for key in self._of_order.pop((merchant_id, order_id), ()):
            self._bytes -= len(self._kept.pop(key).body)
        for key in [key for key in self._under_way if key[:2] == (merchant_id, order_id)]:
            del self._under_way[key]

    def _keep(self, key: _Key, answer: Answer) -> None:
        self._drop(key)
        self._kept[key] = answer
        self._of_order.setdefault(key[:2], set()).add(key)
        self._bytes += len(answer.body)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: _Key) -> None:
        old = self._kept.pop(key, None)
        if old is None:
            return
        self._bytes -= len(old.body)
        keys = self._of_order[key[:2]]
        keys.discard(key)
        if not keys:
            del self._of_order[key[:2]]


def _answer(order: order_pb2.Order, now: float) -> Answer:
    on_the_way = any(parcel.status == status_pb2.PARCEL_STATUS_OUT_FOR_DELIVERY for parcel in order.parcels)
    good = ON_THE_WAY_S if on_the_way else SETTLED_S
    return Answer(order.SerializeToString(), order.customer_id, now + good)
