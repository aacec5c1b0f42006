"""Couriers report where they are: the dot moves, and what follows is written behind the acknowledgement."""

import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from doorstepd.database import Database
from doorstepd.errors import Unavailable
from doorstepd.intake import count_fixes, round_state
from doorstepd.intake.courier_round import BellPolicy, CourierRound, Feed
from doorstepd.intake.learnt_areas import LearntAreas
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.round_stops import look, look_back
from doorstepd.intake.signals import Signals
from doorstepd.intake.unattended_rounds import UnattendedRounds
from doorstepd.intake.write_decisions import DecisionWriter
from doorstepd.logs import describe_failure
from doorstepd.positions.fix import RawFix, Rejection

log = structlog.get_logger(__name__)

_WALK_EVERY_S = 2.0
_PLAN_EVERY_S = 30.0
_RECONCILE_EVERY_S = 60.0
_LOOK_AGAIN_S = 5.0
_LONGEST_SETTLING_S = 5.0
_LOOK_BACK = timedelta(minutes=2)  # an older scan rings nothing

PolicyOf = Callable[[str], Awaitable[BellPolicy]]


class PositionDesk:
    """The rounds that have a stream in this process."""

    def __init__(self, database: Database, ledger: Ledger, signals: Signals, feed: Feed, policy_of: PolicyOf) -> None:
        self._database = database
        self._feed = feed
        self._policy_of = policy_of
        self._areas = LearntAreas(database)
        self._writer = DecisionWriter(database, ledger, signals)
        self._rounds: dict[tuple[str, str], CourierRound] = {}
        self._unattended = UnattendedRounds(self._see_to)

    @contextlib.asynccontextmanager
    async def round(self, merchant_id: str, courier_id: str) -> AsyncIterator[CourierRound]:
        """The courier's round, shared by his streams in this process, for as long as one is open.

        When the last one ends, what was decided is in the database, unless that is away.
        """
        key = (merchant_id, courier_id)
        it = self._rounds.get(key)
        if it is None:
            it = self._rounds[key] = CourierRound(merchant_id, courier_id)
        it.streams += 1
        try:
            await self._prepare(it)
            yield it
        finally:
            it.streams -= 1
            if it.streams == 0:
                del self._rounds[key]
                await self._leave(it)

    async def report(self, it: CourierRound, fixes: Sequence[RawFix]) -> list[Rejection | None]:
        """Takes the fixes; per fix None, or why it was not taken. Waits for no disk once his stops are known.

        Raises Unavailable while they are not and the database is away.
        """
        clock = time.monotonic()
        if it.stale or clock >= it.due.stops:
            await self._look(it)
        self._feed.received(it.merchant_id, it.courier_id, fixes)
        before = it.newest
        rejections = it.take_fixes(fixes, time.time())
        count_fixes.count(rejections)
        if it.newest is not None and it.newest is not before:
            self._feed.moved(it.merchant_id, it.newest)
        if it.news:
            await self._hand_over(it)
        elif clock >= it.due.walk:
            self._keep(it, clock)
        return rejections

    async def stops_changed(self, merchant_id: str, courier_id: str, here: bool = False) -> None:
        """The courier's open stops are other than before; one that opened near him rings now.

        `here`: this process changed them, so it is the one to see to them if nobody has the courier's stream.
        """
        it = self._rounds.get((merchant_id, courier_id))
        if it is not None:
            await self._look_again(it)
        elif here:
            self._unattended.see_to(merchant_id, courier_id)

    async def seen_to(self) -> None:
        """Waits until couriers without a stream have been seen to."""
        await self._unattended.idle()

    async def settled(self, it: CourierRound) -> None:
        """Waits a few seconds at most until everything that the round has decided is written."""
        await self._writer.settled(it, _LONGEST_SETTLING_S)

    async def _prepare(self, it: CourierRound) -> None:
        async with it.lock:
            if it.prepared:
                return
            it.policy = await self._policy_of(it.merchant_id)
            state = await self._feed.kept(it.merchant_id, it.courier_id)
            if state is not None:
                try:
                    it.restore(state)
                except Exception as error:  # of another version, or no state at all: begin afresh
                    log.warning("round.began_afresh", **describe_failure(error))
            it.prepared = True
            self._writer.soon(it)

    async def _see_to(self, merchant_id: str, courier_id: str) -> None:
        """Does for a courier without a stream what is done for one with it, from what was written down of his round."""
        kept, before = await self._feed.kept(merchant_id, courier_id), None
        if kept is None:
            if not self._feed.reachable:
                return
            before = await look_back(self._database, merchant_id, courier_id, datetime.now(UTC) - _LOOK_BACK)
        elif round_state.is_held(kept, time.time()):
            return
        async with self.round(merchant_id, courier_id) as it:
            if before is not None and not it.looked:
                it.recall(before, time.time())  # at once: whoever waits to look must find them
            await self._look_again(it)

    async def _look_again(self, it: CourierRound) -> None:
        it.stale = True
        await self._look(it)
        if it.news:
            await self._hand_over(it)

    async def _look(self, it: CourierRound) -> None:
        """Reads which stops he has, if nobody has just done so."""
        async with it.lock:
            if not it.stale and time.monotonic() < it.due.stops:
                return
            now = datetime.now(UTC)
            try:
                it.stale = False  # from here on a change of stops is one that is not read yet
                it.forecast.areas = await self._areas.of(it.merchant_id, now)
                seen = await look(self._database, it.merchant_id, it.courier_id, it.stops, now)
                it.obey(await self._policy_of(it.merchant_id))
                it.take_stops(seen, now.timestamp())
            except Unavailable:
                if not it.looked:
                    raise
                it.due.stops = time.monotonic() + _LOOK_AGAIN_S  # he goes on with those that are known
            else:
                it.due.stops = time.monotonic() + random.uniform(0.8, 1.2) * _RECONCILE_EVERY_S

    async def _hand_over(self, it: CourierRound) -> None:
        """What was decided goes to the writer, and out of this process before the phone forgets its fixes."""
        self._keep(it, time.monotonic())
        self._writer.soon(it)
        await self._feed.handed_over()

    def _keep(self, it: CourierRound, clock: float) -> None:
        planned = it.replanned or clock >= it.due.plan
        it.due.walk = clock + _WALK_EVERY_S
        if planned:
            it.due.plan = clock + _PLAN_EVERY_S
        self._feed.keep(it.merchant_id, it.courier_id, it.state(planned=planned))

    async def _leave(self, it: CourierRound) -> None:
        if not it.prepared:
            return
        self._feed.keep(it.merchant_id, it.courier_id, it.state(planned=True))
        if it.unwritten:
            self._writer.soon(it)
            await self.settled(it)
            self._feed.keep(it.merchant_id, it.courier_id, it.state(planned=True))
