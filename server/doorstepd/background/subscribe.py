"""Asks providers to tell us of new numbers by themselves."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from doorstepd.access.merchants import Merchants
from doorstepd.access.sealing import Sealer
from doorstepd.background.calls import CarrierCalls, Keys, NotNow, jittered
from doorstepd.background.questions import recipient_phone
from doorstepd.background.together import Together
from doorstepd.carriers import carrier
from doorstepd.carriers.asking import Attempt, attempts, phone_tail
from doorstepd.carriers.carrier import Credentials, Wanted
from doorstepd.carriers.pace import limits
from doorstepd.carriers.query import Answer
from doorstepd.database import Database
from doorstepd.errors import NotFound
from doorstepd.intake.set_tracking import TrackingSetter
from doorstepd.parcels import subscriptions
from doorstepd.parcels.subscriptions import Subscription

log = structlog.get_logger(__name__)

_EVERY_S = 2.0
_AT_ONCE = 8
_MOST_TRIES = 12
_RETRY_S, _LONGEST_RETRY_S = 30.0, 6 * 3600.0


class Subscriber:
    """One a process; several share the work through leases."""

    def __init__(
        self,
        database: Database,
        merchants: Merchants,
        keys: Keys,
        calls: CarrierCalls,
        sealer: Sealer,
        public_url: str,
        setter: TrackingSetter,
    ) -> None:
        self._database = database
        self._merchants = merchants
        self._keys = keys
        self._calls = calls
        self._sealer = sealer
        self._public_url = public_url.rstrip("/")
        self._setter = setter
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._together = Together(self._call)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to subscribe."""
        self._task = asyncio.create_task(self._run(), name="subscribe")

    async def stop(self) -> None:
        """Ends; what was claimed is subscribed to by another when its lease runs out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def subscribe_due(self, now: datetime) -> int:
        """Claims and subscribes once; how many numbers were claimed."""
        held = await self._keys.held()
        if not held or not await self._any_due(held, now):
            return 0
        async with self._database.writing() as c:
            claimed = await subscriptions.claim(c, held, now)
        await asyncio.gather(*(self._subscribe(one, held[one.merchant_id], now) for one in claimed))
        return len(claimed)

    async def _any_due(self, held: Mapping[str, object], now: datetime) -> bool:
        async with self._database.reading() as c:
            return await subscriptions.any_due(c, held, now)

    async def _run(self) -> None:
        while True:
            try:
                claimed = await self.subscribe_due(datetime.now(UTC))
            except Exception as error:
                log.warning("subscribe.waits", kind=type(error).__name__)
                claimed = 0
            await asyncio.sleep(0.05 if claimed else _EVERY_S * random.uniform(0.8, 1.2))

    async def _subscribe(self, one: Subscription, held: Mapping[str, Credentials], now: datetime) -> None:
        """Tries those who offer it, in order, until one accepts."""
        one = in_month(one, now)
        offers = [] if one.over else self._offers(one, held)
        if not offers:
            return await self._settle(one, "none", now)
        waits: list[float] = []
        for attempt in offers:
            if (left := _left_this_month(one, attempt, now)) > 0:
                waits.append(left)
                continue
            answer = await self._ask(one, attempt, held[attempt.provider], now)
            if isinstance(answer, NotNow):
                waits.append(answer.wait)
                continue
            errors = [result.error for result in answer.results if result.error]
            if any(error.retryable for error in errors):
                waits.append(answer.retry_after or _backoff(one.tries))
                continue
            one = replace(one, provider=attempt.provider, times=one.times + 1)
            if not errors:
                await self._identify(one, _whose(offers, answer), now)
                return await self._settle(one, "active", now)
        if not waits or one.tries >= _MOST_TRIES:
            return await self._settle(one, "dead", now)
        return await self._settle(one, "queued", now + jittered(min(waits)))

    async def _ask(self, one: Subscription, attempt: Attempt, keys: Credentials, now: datetime) -> Answer | NotNow:
        phone = recipient_phone(self._sealer, one.merchant_id, one.recipient_sealed)
        tail = phone_tail(one.carrier, one.tracking_number, phone)
        wanted = Wanted(one.tracking_number, attempt.carrier, tail, await self._callback(one, attempt.provider))
        return await self._together.ask(one.merchant_id, attempt.provider, wanted, keys, now)

    async def _call(
        self, merchant_id: str, provider: str, wanted: Sequence[Wanted], keys: Credentials, now: datetime
    ) -> Answer | NotNow:
        async with self._free:
            return await self._calls.subscribe(merchant_id, provider, wanted, keys, now)

    async def _callback(self, one: Subscription, provider: str) -> str:
        merchant = await self._merchants.get(one.merchant_id)
        if merchant is None or not self._public_url:
            return ""
        return f"{self._public_url}/webhooks/{provider}/{merchant.webhook_secret}"

    def _offers(self, one: Subscription, held: Mapping[str, Credentials]) -> list[Attempt]:
        """Who pushes at all: the carrier itself, and aggregators. Where pushes go is a part of some subscriptions."""
        whom = attempts(one.carrier, one.tracking_number, held)
        return [
            each
            for each in whom
            if subscribes(each.provider, held[each.provider])
            and (self._public_url or not limits(each.provider).callback_in_request)
        ]

    async def _identify(self, one: Subscription, whose: str, now: datetime) -> None:
        """Records the carrier of a parcel of which the shop did not say; it may be gone meanwhile."""
        if whose and not one.carrier:
            with contextlib.suppress(NotFound):
                await self._setter.identify(one.merchant_id, one.parcel_id, whose, now)

    async def _settle(self, one: Subscription, state: str, due: datetime) -> None:
        async with self._free, self._database.writing() as c:
            await subscriptions.settle(c, one, state, due)


def _whose(offers: Sequence[Attempt], answer: Answer) -> str:
    """The carrier that the provider named when it accepted, or the only one whose number it can be: that somebody
    accepts one guess of several proves nothing."""
    named = {result.carrier for result in answer.results if result.carrier}
    possible = named or {each.carrier for each in offers}
    return possible.pop() if len(possible) == 1 else ""


def in_month(one: Subscription, now: datetime) -> Subscription:
    """With the count of this month."""
    month = now.astimezone(UTC).strftime("%Y-%m")
    return one if one.month == month else replace(one, month=month, times=0)


def subscribes(provider: str, keys: Credentials) -> bool:
    """Whether the provider offers subscriptions, with these keys."""
    try:
        return carrier(provider).subscribe_request([Wanted("0")], keys, datetime.now(UTC)) is not None
    except KeyError:
        return False


def _left_this_month(one: Subscription, attempt: Attempt, now: datetime) -> float:
    """Seconds until the provider takes this number again, if it has had it too often in this month."""
    most = limits(attempt.provider).subscriptions_per_month
    if most is None or one.times < most:
        return 0.0
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return ((first + timedelta(days=32)).replace(day=1) - now).total_seconds()


def _backoff(tries: int) -> float:
    return float(min(_RETRY_S * 2 ** min(tries, 12), _LONGEST_RETRY_S))
