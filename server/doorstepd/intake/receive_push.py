"""A carrier pushes: checked before it is read, committed before it is acknowledged."""

import asyncio
import re
import time
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta

from doorstepd import carriers, metrics
from doorstepd.access.merchants import Merchant, Merchants
from doorstepd.carriers.asking import attempts
from doorstepd.carriers.carrier import Carrier, Push, Reply, TrackResult
from doorstepd.carriers.dhl import handshake
from doorstepd.carriers.kuaidi100 import GIVEN_UP
from doorstepd.carriers.query import Inquirer
from doorstepd.carriers.text import read
from doorstepd.database import Database
from doorstepd.errors import InvalidRequest, NotFound, PermissionDenied
from doorstepd.intake.count_results import count_recorded, note_oddities
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber, EventRecorder
from doorstepd.names import tracking_number
from doorstepd.parcels import subscriptions
from doorstepd.parcels.trust import Trust

# Kuaidi100 takes a number again half an hour after it gave up, not sooner.
_WATCH_AGAIN = timedelta(minutes=31)


# As made by token_urlsafe; anything else is not even asked for, as no database takes a NUL.
_SECRET = re.compile(r"[A-Za-z0-9_-]{8,64}")


def learn_to_read() -> None:
    """Compiles the rules for sentences: else the first push would hold everybody up for half a second."""
    for sentence in ("快件已签收", "Delivered"):
        read(sentence)


class ForgedPush(PermissionDenied):
    """The push is not signed with the key that this merchant has at the provider; nothing was read or stored."""

    reason = "INVALID_TOKEN"


class PushReceiver:
    """Takes pushes at /webhooks/{provider}/{secret}."""

    def __init__(
        self,
        merchants: Merchants,
        recorder: EventRecorder,
        database: Database,
        inquirer: Inquirer | None = None,
        *,
        asks_carriers: bool = True,
    ) -> None:
        self._inquirer = inquirer
        self._asks_carriers = asks_carriers
        self._merchants = merchants
        self._recorder = recorder
        self._database = database

    async def receive(self, provider: str, secret: str, push: Push, now: datetime) -> Reply:
        """The provider's own acknowledgement, once everything in the push is stored.

        Raises NotFound for an unknown provider or path, ForgedPush for a signature that does not hold, InvalidRequest
        for content that cannot be read, Unavailable when the database is away: the provider sends it again then.
        """
        started = time.perf_counter()
        carrier, merchant = await self._addressed(provider, secret)
        if not carrier.authentic(push, merchant.credentials.get(provider, {})):
            metrics.PUSHES.labels(provider, "forged").inc()
            raise ForgedPush
        try:
            results = carrier.parse_push(push)
        except InvalidRequest:
            metrics.PUSHES.labels(provider, "unreadable").inc()
            raise
        if provider == "dhl":
            await self._confirm(push, now)
        await _all(self._take(merchant, provider, result, now) for result in results)
        metrics.PUSHES.labels(provider, "taken").inc()
        metrics.PUSH_SECONDS.observe(time.perf_counter() - started)
        return carrier.acknowledge(push, True, now)

    async def _addressed(self, provider: str, secret: str) -> tuple[Carrier, Merchant]:
        merchant = await self._merchants.by_webhook_secret(secret) if _SECRET.fullmatch(secret) else None
        try:
            carrier = carriers.carrier(provider)
        except KeyError:
            raise NotFound from None
        if merchant is None:
            raise NotFound
        return carrier, merchant

    async def _confirm(self, push: Push, now: datetime) -> None:
        """DHL begins to push once we have posted back the secret of its handshake; it asks again if we could not."""
        asked = handshake(push)
        if asked is not None and self._inquirer is not None:
            confirmed = await self._inquirer.confirm("dhl", *asked, now)
            metrics.PUSHES.labels("dhl", "confirmed" if confirmed else "not confirmed").inc()

    async def _take(self, merchant: Merchant, provider: str, result: TrackResult, now: datetime) -> None:
        note_oddities(provider, result)
        await self._record(merchant, provider, result, now)
        if result.note == GIVEN_UP and result.tracking_number:
            await self._watch_again(merchant.merchant_id, provider, tracking_number(result.tracking_number), now)

    def _trust(self, merchant: Merchant, provider: str, number: str) -> Trust:
        if provider not in carriers.UNSIGNED:
            return Trust.SIGNED
        held = [name for name, keys in merchant.credentials.items() if keys]
        asked = self._asks_carriers and attempts(provider, number, held)
        return Trust.UNSIGNED if asked else Trust.UNSIGNED_ALONE

    async def _watch_again(self, merchant_id: str, provider: str, number: str, now: datetime) -> None:
        async with self._database.writing() as c:
            await subscriptions.renew(c, merchant_id, number, provider, now + _WATCH_AGAIN)

    async def _record(self, merchant: Merchant, provider: str, result: TrackResult, now: datetime) -> None:
        number = result.tracking_number
        if number is None or (not result.events and result.shipment is None):
            return
        trust = self._trust(merchant, provider, number)
        report = Report(result.events, result.shipment, carrier=result.carrier or "", trust=trust)
        named, early = ByNumber(number, result.carrier), bool(result.events)
        try:
            recorded = await self._recorder.record(merchant.merchant_id, named, report, now, may_be_early=early)
        except NotFound:
            # A number that we do not have is no reason to make the provider send the whole push again.
            metrics.UNKNOWN_NUMBERS.labels(provider).inc()
            return
        count_recorded(provider, result, recorded)


async def _all(takings: Iterable[Awaitable[None]]) -> None:
    """At once, so that one transaction may hold them; raises what the first raised of those that failed."""
    for outcome in await asyncio.gather(*takings, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
