"""Asks carriers about parcels that have gone quiet."""

import asyncio
import contextlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from doorstepd.access.sealing import Sealer
from doorstepd.background import questions
from doorstepd.background.calls import CarrierCalls, Keys, NotNow, jittered
from doorstepd.background.questions import Claimed, Settled
from doorstepd.carriers.asking import Attempt, attempts, phone_tail
from doorstepd.carriers.carrier import Credentials, ErrorKind, TrackResult, Wanted
from doorstepd.carriers.pace import limits
from doorstepd.carriers.query import Answer
from doorstepd.database import Database
from doorstepd.errors import NotFound, Refusal
from doorstepd.intake.count_results import count_recorded, note_oddities
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import EventRecorder
from doorstepd.parcels.silence import next_question

log = structlog.get_logger(__name__)

_EVERY_S = 2.0
_AT_ONCE = 8
_CLAIMS_AT_ONCE = 8
_RETRY_S, _LONGEST_RETRY_S = 60.0, 3600.0
# Keys may come; no merchant of ours is asked for on every round until then.
_NOBODY_TO_ASK_S = 6 * 3600.0
# All numbers of one call must belong to one phone.
_ONE_PHONE_A_CALL = frozenset({"sf"})

Held = Mapping[str, Mapping[str, Credentials]]
"""Keys by merchant and provider."""


@dataclass(slots=True)
class Question:
    """One number of a merchant, all parcels under it, and whom to ask next."""

    merchant_id: str
    number: str
    parcels: list[Claimed]
    attempts: tuple[Attempt, ...]
    tail: str
    place: int = 0
    asked: bool = False
    answered: bool = False
    wait: float | None = None
    gap: float = 0.0
    heard: bool = False

    @property
    def attempt(self) -> Attempt | None:
        """Whom to ask now; None when there is nobody left, or no need."""
        return self.attempts[self.place] if self.place < len(self.attempts) else None

    @property
    def untold(self) -> bool:
        """Whether nobody can tell: all refused for good, or kept silent for want of the phone's digits."""
        return not self.heard and self.wait is None and not (self.answered and self.tail)

    def end(self) -> None:
        """Needs no other provider."""
        self.place = len(self.attempts)

    def postpone(self, seconds: float) -> None:
        """This provider has no time now: on to the next one, and back when the first of them has."""
        self.wait = seconds if self.wait is None else min(self.wait, seconds)
        self.place += 1


class Poller:
    """One a process; several share the work through leases."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        calls: CarrierCalls,
        sealer: Sealer,
        recorder: EventRecorder,
    ) -> None:
        self._database = database
        self._keys = keys
        self._calls = calls
        self._sealer = sealer
        self._recorder = recorder
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to ask."""
        self._task = asyncio.create_task(self._run(), name="poll")

    async def stop(self) -> None:
        """Ends; what was claimed is asked by another when its lease runs out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def ask_due(self, now: datetime) -> int:
        """Claims and asks once; how many parcels were claimed."""
        held = await self._keys.held()
        claimed = await self._claim(held, now)
        if claimed:
            await self._ask_about(claimed, held, now)
        return len(claimed)

    async def _claim(self, held: Held, now: datetime) -> list[Claimed]:
        if not held or not await self._any_due(held, now):
            return []
        async with self._database.writing() as c:
            return await questions.claim(c, held, now)

    async def _ask_about(self, claimed: Sequence[Claimed], held: Held, now: datetime) -> None:
        asked = [self._question(held, its) for its in _by_number(claimed)]
        free = asyncio.Semaphore(_AT_ONCE)
        while batches := _batches(asked, now):
            await asyncio.gather(*(self._ask(free, batch, held, now) for batch in batches))
        for one in asked:
            if one.untold:
                names = [parcel.parcel.parcel_id for parcel in one.parcels]
                await self._recorder.believe_ends(one.merchant_id, names, now)
        async with self._database.writing() as c:
            await questions.settle(c, [_settled(one, parcel, now) for one in asked for parcel in one.parcels])

    async def _any_due(self, held: Mapping[str, object], now: datetime) -> bool:
        async with self._database.reading() as c:
            return await questions.any_due(c, held, now)

    async def _run(self) -> None:
        """Claims go on while earlier ones wait for a provider that is slow."""
        async with asyncio.TaskGroup() as group:
            free = asyncio.Semaphore(_CLAIMS_AT_ONCE)
            while True:
                await free.acquire()
                group.create_task(self._round(free))
                await asyncio.sleep(_EVERY_S * random.uniform(0.8, 1.2))

    async def _round(self, free: asyncio.Semaphore) -> None:
        try:
            while await self.ask_due(datetime.now(UTC)):
                pass
        except Exception as error:
            log.warning("poll.waits", kind=type(error).__name__)
        finally:
            free.release()

    def _question(self, held: Held, its: list[Claimed]) -> Question:
        first = its[0].parcel
        whom = attempts(first.carrier, first.tracking_number, held[first.merchant_id])
        phone = questions.recipient_phone(self._sealer, first.merchant_id, its[0].recipient_sealed) if whom else ""
        tail = phone_tail(first.carrier, first.tracking_number, phone)
        return Question(first.merchant_id, first.tracking_number, its, whom, tail)

    async def _ask(
        self,
        free: asyncio.Semaphore,
        batch: Sequence[Question],
        held: Held,
        now: datetime,
    ) -> None:
        """One call about several numbers of a merchant; each of them is then done, or moves on to its next attempt."""
        attempt = batch[0].attempt
        assert attempt is not None
        keys = held[batch[0].merchant_id][attempt.provider]
        wanted = [Wanted(one.number, one.attempt.carrier if one.attempt else "", one.tail) for one in batch]
        async with free:
            answer = await self._calls.query(batch[0].merchant_id, attempt.provider, wanted, keys, now)
            for one in batch:
                if isinstance(answer, NotNow):
                    one.postpone(answer.wait)
                else:
                    await self._take(one, attempt.provider, _about(one, answer, alone=len(batch) == 1), answer, now)

    async def _take(
        self, one: Question, provider: str, results: Sequence[TrackResult], answer: Answer, now: datetime
    ) -> None:
        one.asked = True
        one.gap = max(one.gap, limits(provider).seconds_between_same_parcel)
        news = [result for result in results if result.events or result.shipment is not None]
        for result in news:
            await self._record(one, provider, result, now)
        one.heard = one.heard or any(result.events for result in results)
        if news:
            one.answered = True
            one.end()
        elif any(result.error and result.error.kind is not ErrorKind.NOT_FOUND for result in results):
            if any(result.error and result.error.retryable for result in results):
                one.postpone(answer.retry_after or 0.0)
            else:
                one.place += 1
        else:
            _nothing_yet(one)

    async def _record(self, one: Question, provider: str, result: TrackResult, now: datetime) -> None:
        note_oddities(provider, result)
        carrier = result.carrier or (one.attempt.carrier if one.attempt else "")
        report = Report(result.events, result.shipment, carrier=carrier)
        for parcel in one.parcels:
            name = parcel.parcel.parcel_id
            try:
                recorded = await self._recorder.record(one.merchant_id, name, report, now)
            except NotFound:
                continue
            except Refusal as refusal:
                log.warning("poll.not_recorded", provider=provider, reason=refusal.reason)
                continue
            count_recorded(provider, result, recorded)


def _nothing_yet(one: Question) -> None:
    """An answer, unless the carrier was only guessed: then perhaps the next one knows the number."""
    one.answered = True
    asked = one.attempt
    one.place += 1
    while (left := one.attempt) is not None and asked is not None and left.carrier == asked.carrier:
        one.place += 1


def _by_number(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    numbers: dict[tuple[str, str], list[Claimed]] = {}
    for one in claimed:
        numbers.setdefault((one.parcel.merchant_id, one.parcel.tracking_number), []).append(one)
    return list(numbers.values())


def _batches(asked: Sequence[Question], now: datetime) -> list[list[Question]]:
    """Who is asked next, as many numbers at once as the provider takes; none too soon after the last question."""
    groups: dict[tuple[str, str, str], list[Question]] = {}
    for one in asked:
        _skip_too_soon(one, now)
        if (attempt := one.attempt) is not None:
            tail = one.tail if attempt.provider in _ONE_PHONE_A_CALL else ""
            groups.setdefault((one.merchant_id, attempt.provider, tail), []).append(one)
    return [
        group[start : start + size]
        for (_, provider, _), group in groups.items()
        for size in (limits(provider).parcels_per_call,)
        for start in range(0, len(group), size)
    ]


def _skip_too_soon(one: Question, now: datetime) -> None:
    last = max((parcel.poll_time for parcel in one.parcels if parcel.poll_time), default=None)
    while last is not None and (attempt := one.attempt) is not None:
        left = limits(attempt.provider).seconds_between_same_parcel - (now - last).total_seconds()
        if left <= 0:
            return
        one.postpone(left)


def _about(one: Question, answer: Answer, *, alone: bool) -> list[TrackResult]:
    """What the answer says of this number: all of it where only one was asked, else what bears its number, or no number
    at all, as refusals of the whole call do."""
    if alone:
        return list(answer.results)
    named = [each for each in answer.results if (each.tracking_number or "").upper() == one.number.upper()]
    return named or [each for each in answer.results if not each.tracking_number]


def _settled(one: Question, claimed: Claimed, now: datetime) -> Settled:
    asked = now if one.asked else None
    if not one.attempts:
        return Settled(claimed, now + jittered(_NOBODY_TO_ASK_S), None)
    if one.answered or one.wait is None:
        until = next_question(claimed.parcel, now, claimed.polls)
        earliest = now + timedelta(seconds=one.gap)
        return Settled(claimed, until and max(until, earliest) + jittered(30.0), asked)
    retry = min(_RETRY_S * 2 ** min(claimed.polls, 10), _LONGEST_RETRY_S) if one.asked else 0.0
    return Settled(claimed, now + jittered(max(one.wait, retry, one.gap if one.asked else 1.0)), asked)
