"""Rendered orders, kept for those who ask again: a page that is opened by many, a customer who reloads.

An answer is void as soon as the wake of a change arrives, which is milliseconds after its commit; all are void when
wakes may have been missed, and none is kept while the bus is away. A wake that is lost without a sign, because the
process that committed died before it could tell, is made good by age: 30 s, which is also how often a watch looks at
the log by itself, or 1 s while the courier is on his way. What is older is not read again, if a look at its revisions
and at the merchant's rules says that it would come out the same.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice

from doorstepd.broadcast import Broadcast, Subscription
from doorstepd.live.publish import read_wake, wakes_channel
from doorstepd.parcels.reads import Revisions
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.sentence_times import told_until
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions.visibility import VisibilityRules
from doorstepd.rpc.reading import Audience, Reading, Rendered

SETTLED_S = 30.0
ON_THE_WAY_S = 1.0
MOST_BYTES = 64 * 1024 * 1024
_AT_ONCE = 50
"""How many orders are read before others get their turn; some milliseconds' worth."""

_EVER = float("inf")

_Key = tuple[str, str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """An order as bytes, with what decides who may have it and until when (the loop's clock).

    Older than `good_until` it holds if `revisions` and `rules` are still those, but never after `worded_until`.
    """

    body: bytes
    customer_id: str
    revisions: Revisions
    rules: VisibilityRules
    good_until: float
    worded_until: float


class Answers:
    """One a process. Several who ask for the same at once share one read. `zone` is that of the sentences."""

    def __init__(self, bus: Broadcast, reading: Reading, zone: tzinfo = UTC, *, most_bytes: int = MOST_BYTES) -> None:
        self._bus = bus
        self._reading = reading
        self._zone = zone
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Key, Answer] = OrderedDict()
        self._of_order: dict[tuple[str, str], set[_Key]] = {}
        self._under_way: dict[_Key, asyncio.Future[Answer | None]] = {}
        self._listening: dict[str, Subscription] = {}
        bus.on_gap(self.forget_all)

    async def order(self, audience: Audience, order_id: str) -> Answer | None:
        """The order for this audience; None if there is none. Whether the caller may see it is asked of the answer."""
        key = _key(audience, order_id)
        kept = self._good(key, asyncio.get_running_loop().time())
        if kept is not None:
            return kept
        under_way = self._under_way.get(key)
        if under_way is not None:
            return await asyncio.shield(under_way)
        return (await self._found_out(audience, [order_id]))[order_id]

    async def orders(self, audience: Audience, order_ids: Sequence[str]) -> dict[str, Answer]:
        """As `order`, of many; those that are not there are left out."""
        now = asyncio.get_running_loop().time()
        kept = {one: self._good(_key(audience, one), now) for one in order_ids}
        wanted = iter([one for one, answer in kept.items() if answer is None])
        while some := list(islice(wanted, _AT_ONCE)):
            kept |= await self._found_out(audience, some)
            await asyncio.sleep(0)
        return {one: answer for one, answer in kept.items() if answer is not None}

    def forget_all(self) -> None:
        """Wakes may have been missed."""
        self._kept.clear()
        self._of_order.clear()
        self._under_way.clear()
        self._bytes = 0

    def void(self, merchant_id: str, order_id: str) -> None:
        """The order changed. This process says so itself, so that who writes here reads here what was written."""
        for key in self._of_order.pop((merchant_id, order_id), ()):
            self._bytes -= len(self._kept.pop(key).body)
        for key in [key for key in self._under_way if key[:2] == (merchant_id, order_id)]:
            del self._under_way[key]

    def _good(self, key: _Key, now: float) -> Answer | None:
        kept = self._kept.get(key)
        if kept is None or kept.good_until <= now or self._bus.degraded:
            return None
        self._kept.move_to_end(key)
        return kept

    async def _found_out(self, audience: Audience, order_ids: Sequence[str]) -> Mapping[str, Answer | None]:
        """From the database, so that others who ask meanwhile wait for it."""
        loop = asyncio.get_running_loop()
        futures = {one: loop.create_future() for one in order_ids}
        keys = {one: _key(audience, one) for one in order_ids}
        self._under_way |= {keys[one]: future for one, future in futures.items()}
        try:
            await self._listen(audience.merchant_id)
            found = await self._confirmed(audience, keys)
            if unconfirmed := [one for one in order_ids if one not in found]:
                found |= await self._read(audience, unconfirmed)
            for one, future in futures.items():
                answer = found.get(one)
                # A wake that came while we read has taken the future away: what we read may be old already.
                if answer is not None and self._under_way.get(keys[one]) is future and not self._bus.degraded:
                    self._keep(keys[one], answer)
                future.set_result(answer)
            return {one: found.get(one) for one in order_ids}
        except BaseException as error:
            _fail(futures.values(), error)
            raise
        finally:
            for one, future in futures.items():
                if self._under_way.get(keys[one]) is future:
                    del self._under_way[keys[one]]

    async def _confirmed(self, audience: Audience, keys: Mapping[str, _Key]) -> dict[str, Answer]:
        """Those that are too old to be trusted, but would come out the same."""
        now = asyncio.get_running_loop().time()
        old = {one: kept for one, key in keys.items() if (kept := self._kept.get(key)) and kept.worded_until > now}
        if not old:
            return {}
        rules, revisions = await self._reading.standing(audience.merchant_id, list(old))
        return {
            one: replace(kept, good_until=min(now + SETTLED_S, kept.worded_until))
            for one, kept in old.items()
            if kept.rules == rules and kept.revisions == revisions.get(one)
        }

    async def _read(self, audience: Audience, order_ids: Sequence[str]) -> dict[str, Answer]:
        # Taken before: should they change meanwhile, the answer is made anew once too often, and not once too rarely.
        rules = self._reading.rules(audience.merchant_id)
        loop_now, now = asyncio.get_running_loop().time(), datetime.now(self._zone)
        found = await self._reading.orders(audience, order_ids)
        return {one: _answer(order, rules, loop_now, now) for one, order in found.items()}

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


def _key(audience: Audience, order_id: str) -> _Key:
    return audience.merchant_id, order_id, audience.view, audience.datum.value, audience.positions


def _fail(futures: Iterable[asyncio.Future[Answer | None]], error: BaseException) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            future.exception()  # nobody else may be waiting


def _answer(rendered: Rendered, rules: VisibilityRules, loop_now: float, now: datetime) -> Answer:
    on_the_way = any(one.status is Status.OUT_FOR_DELIVERY for one in rendered.parcels)
    # On the way, what is shown follows the courier and his round, of which no revision tells.
    worded_for = 0.0 if on_the_way else min((_worded_for(one, now) for one in rendered.parcels), default=_EVER)
    return Answer(
        rendered.body,
        rendered.order.customer_id,
        {one.parcel_id: one.revision for one in rendered.parcels},
        rules,
        loop_now + (ON_THE_WAY_S if on_the_way else min(SETTLED_S, worded_for)),
        loop_now + worded_for,
    )


def _worded_for(parcel: Parcel, now: datetime) -> float:
    """For how many seconds 明天下午 is still tomorrow afternoon."""
    until = told_until(parcel.expected.time, now) if parcel.expected else None
    return (until - now).total_seconds() if until else _EVER
