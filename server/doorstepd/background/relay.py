"""Sends what waits in the outbox: at least once, each with a key that tells a repeat."""

import asyncio
import contextlib
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from doorstepd import metrics
from doorstepd.database import Database
from doorstepd.notifications import outbox
from doorstepd.notifications.channel import Channel
from doorstepd.notifications.fate import fate
from doorstepd.notifications.outbox import Claimed

log = structlog.get_logger(__name__)

_EVERY_S = 0.5


class Relay:
    """One a process; several share the work through leases."""

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = channels
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to send."""
        self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """Ends; what was claimed and not sent is sent by another when its lease runs out."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def send_due(self, now: datetime) -> int:
        """Claims and sends once; how many were claimed."""
        async with self._database.writing() as c:
            claimed = await outbox.claim(c, now)
        if claimed:
            outcomes = await asyncio.gather(*(self._send(one, now) for one in claimed))
            await self._settle(list(zip(claimed, outcomes, strict=True)))
        return len(claimed)

    async def _run(self) -> None:
        while True:
            try:
                sent = await self.send_due(datetime.now(UTC))
            except Exception as error:
                log.warning("relay.waits", kind=type(error).__name__)
                sent = 0
            await asyncio.sleep(0 if sent else _EVERY_S * random.uniform(0.8, 1.2))

    async def _send(self, claimed: Claimed, now: datetime) -> str | datetime:
        """What became of it: "sent", "later", "dead", why it was dropped, or until when it is held."""
        what = fate(claimed, now)
        if (settled := what.drop_reason or what.held_until) is not None:
            return settled
        channel = self._channels.get(claimed.channel)
        if channel is None:
            return "NO_CHANNEL"
        try:
            async with asyncio.timeout(10):
                await channel.send(replace(claimed.notice, silent=what.silently))
        except Exception as error:
            log.warning("notice.failed", channel=claimed.channel, kind=type(error).__name__, tries=claimed.tries)
            over = claimed.tries >= outbox.MOST_TRIES or now - claimed.ring_time > outbox.GIVE_UP
            return "dead" if over else "later"
        return "sent"

    async def _settle(self, outcomes: list[tuple[Claimed, str | datetime]]) -> None:
        now = datetime.now(UTC)
        async with self._database.writing() as c:
            for claimed, outcome in outcomes:
                if isinstance(outcome, datetime):
                    await outbox.put_off(c, claimed.outbox_id, outcome)
                    continue
                metrics.NOTICES.labels(claimed.channel, outcome.lower()).inc()
                if outcome in ("sent", "dead"):
                    await outbox.settle(c, [claimed.outbox_id], outcome, now)
                elif outcome == "later":
                    wait = random.uniform(0.5, 1.0) * min(600.0, 2.0**claimed.tries)
                    await outbox.put_off(c, claimed.outbox_id, now + timedelta(seconds=wait))
                else:
                    await outbox.settle(c, [claimed.outbox_id], "dropped", now, outcome)
