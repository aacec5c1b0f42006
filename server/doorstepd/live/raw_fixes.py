"""Fixes as couriers' phones sent them, for a recorder that listens. While none does, nothing is sent.

A recorder says every few seconds whose fixes it wants; a service that heard nothing for a while stops sending.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple

from doorstepd.broadcast import Broadcast, Subscription
from doorstepd.positions.datum import Datum
from doorstepd.positions.fix import RawFix

WANTED = "doorstep:raw-wanted"
WANTED_EVERY_S = 2.0
_WANTED_FOR_S = 3 * WANTED_EVERY_S


def raw_channel(merchant_id: str) -> str:
    """Where a merchant's raw fixes are published."""
    return f"doorstep:raw:{merchant_id}"


def pack(courier_id: str, fix: RawFix) -> bytes:
    """The entry on the channel."""
    return json.dumps([courier_id, *astuple(fix)]).encode()


def unpack(entry: bytes) -> tuple[str, RawFix] | None:
    """The courier and the fix; None for what is not ours."""
    try:
        courier_id, lat, lng, datum, *rest = json.loads(entry)
        return str(courier_id), RawFix(lat, lng, None if datum is None else Datum(datum), *rest)
    except (ValueError, TypeError):
        return None


class RawFixes:
    """The sending side, one a process."""

    def __init__(self, bus: Broadcast, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._wanted: dict[str, float] = {}
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Begins to hear what recorders want."""
        self._subscription = await self._bus.subscribe(WANTED, self._hear)

    async def stop(self) -> None:
        """Stops hearing."""
        if self._subscription is not None:
            self._subscription.release()

    def offer(self, merchant_id: str, courier_id: str, fixes: Sequence[RawFix]) -> None:
        """Publishes the fixes if somebody records this merchant's."""
        if not self._wanted:
            return
        if self._wanted.get(merchant_id, 0.0) < self._clock():
            self._wanted.pop(merchant_id, None)
            return
        for fix in fixes:
            self._bus.publish(raw_channel(merchant_id), pack(courier_id, fix))

    def _hear(self, entry: bytes) -> None:
        self._wanted[entry.decode(errors="replace")] = self._clock() + _WANTED_FOR_S
