"""Calls to carriers on a merchant's account: within its limits, sparing whoever is in trouble, and counted."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from doorstepd import metrics
from doorstepd.access.merchants import Merchants
from doorstepd.background import accounts
from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.carrier import Credentials, ErrorKind, TrackResult, Wanted
from doorstepd.carriers.health import Breaker, Health
from doorstepd.carriers.pace import limits
from doorstepd.carriers.query import Answer, Inquirer
from doorstepd.carriers.results import refused
from doorstepd.database import Database

log = structlog.get_logger(__name__)

_BREAKERS = {Breaker.CLOSED: 0, Breaker.HALF_OPEN: 1, Breaker.OPEN: 2}
_MINE = frozenset({ErrorKind.RATE_LIMITED, ErrorKind.QUOTA_EXHAUSTED, ErrorKind.NOT_FOUND})
_KEYS_KNOWN_S = 10.0


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nobody was called: the account or the provider needs `wait` seconds."""

    wait: float


class CarrierCalls:
    """One a process."""

    def __init__(
        self,
        database: Database,
        inquirer: Inquirer,
        health: Health,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._inquirer = inquirer
        self._health = health
        self._clock = clock
        self._sleep = sleep

    async def query(
        self, merchant_id: str, provider: str, wanted: Sequence[Wanted], keys: Credentials, now: datetime
    ) -> Answer | NotNow:
        """Asks about parcels."""

        async def ask() -> Answer:
            return await self._inquirer.query(provider, wanted, keys, now)

        return await self._call(merchant_id, provider, ask, now)

    async def subscribe(
        self, merchant_id: str, provider: str, wanted: Sequence[Wanted], keys: Credentials, now: datetime
    ) -> Answer | NotNow:
        """Asks to be told of changes; only of a provider that offers it."""

        async def ask() -> Answer:
            return await self._inquirer.subscribe(provider, wanted, keys, now) or Answer(())

        return await self._call(merchant_id, provider, ask, now)

    async def _call(
        self, merchant_id: str, provider: str, ask: Callable[[], Awaitable[Answer]], now: datetime
    ) -> Answer | NotNow:
        if (rest := self._health.of(provider).rests_until - self._clock()) > 0:
            return NotNow(rest)
        async with self._database.writing() as c:
            place = await accounts.reserve(c, merchant_id, provider, limits(provider), now)
        if not place.taken:
            return NotNow(place.wait)
        if (rest := self._health.admit(provider, self._clock())) > 0:
            return NotNow(rest)
        await self._sleep(place.wait)
        answer = await self._timed(provider, ask)
        if (rest := self._health.of(provider).rests_until - self._clock()) > 0:
            async with self._database.writing() as c:
                await accounts.spare(c, provider, now + timedelta(seconds=rest))
        if answer.retry_after:
            async with self._database.writing() as c:
                await accounts.hold(c, merchant_id, provider, now + timedelta(seconds=answer.retry_after))
        return answer

    async def _timed(self, provider: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        started = self._clock()
        try:
            answer = await ask()
        except Exception as error:  # Keys that are incomplete, or a reply that no reader foresaw: never more than this.
            log.warning("carrier.failed", provider=provider, kind=type(error).__name__)
            answer = Answer((refused(ErrorKind.AUTH_FAILED if isinstance(error, KeyError) else ErrorKind.UNAVAILABLE),))
        self._note(provider, answer, started)
        return answer

    def _note(self, provider: str, answer: Answer, started: float) -> None:
        now = self._clock()
        if answer.results and all(map(in_trouble, answer.results)):
            self._health.failed(provider, now)
        else:
            self._health.succeeded(provider, now, now - started)
            metrics.CARRIER_SUCCESS.labels(provider).set_to_current_time()
        condition = self._health.of(provider)
        metrics.CARRIER_CALLS.labels(provider, outcome(answer)).inc()
        metrics.CARRIER_SECONDS.labels(provider).set(condition.latency or now - started)
        metrics.CARRIER_FAILURES.labels(provider).set(condition.failures)
        metrics.CARRIER_BREAKER.labels(provider).set(_BREAKERS[condition.breaker(now)])


def in_trouble(result: TrackResult) -> bool:
    """Whether the provider, and not the question or the account, is what failed."""
    return result.error is not None and result.error.retryable and result.error.kind not in _MINE


def outcome(answer: Answer) -> str:
    """One word for what came of a call: "ok", or the kind of the first error."""
    return next((result.error.kind.value for result in answer.results if result.error), "ok")


def jittered(seconds: float) -> timedelta:
    """A little later, by chance, so that what failed together does not come back together."""
    return timedelta(seconds=seconds * random.uniform(1.0, 1.15))


class Keys:
    """The merchants' keys at carriers, read again every few seconds."""

    def __init__(self, merchants: Merchants) -> None:
        self._merchants = merchants
        self._known: Mapping[str, Mapping[str, Credentials]] = {}
        self._until = 0.0

    async def held(self) -> Mapping[str, Mapping[str, Credentials]]:
        """By merchant and provider, of the merchants that hold any."""
        if time.monotonic() >= self._until:
            known = {one.merchant_id: _of_providers(one.credentials) for one in await self._merchants.every()}
            self._known = {merchant_id: keys for merchant_id, keys in known.items() if keys}
            self._until = time.monotonic() + _KEYS_KNOWN_S
        return self._known


def _of_providers(credentials: Mapping[str, Credentials]) -> dict[str, Credentials]:
    return {provider: keys for provider, keys in credentials.items() if provider in PROVIDERS and keys}
