"""What the demo counted, and how it tells it."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from doorstep.messages import CHANGE_KIND_EVENT, CHANGE_KIND_REMINDER, REMINDER_KIND_COURIER_NEAR, WatchUpdate
from doorstep.messages import PARCEL_STATUS_DELIVERED as DELIVERED

_ERROR: Final = re.compile(r'"level": "(error|critical)"|\]\[(error|critical)\]|^Traceback ')


@dataclass(slots=True)
class Tally:
    """Counts of one run. Times are seconds on the monotonic clock: `began` when the demo was
    asked for, `opened` when the day could be watched, `ended` when it was over.

    A parcel's changes are counted once, from the stream that watches all orders; `updates` counts every message on
    every stream. A latency runs from just before a courier's device sends a fix to when a watcher has the position.
    """

    began: float
    opened: float = 0.0
    ended: float = 0.0
    orders: int = 0
    parcels: int = 0
    couriers: int = 0
    pushes: int = 0
    events: int = 0
    fixes: int = 0
    refused: int = 0
    updates: int = 0
    bells: int = 0
    reminders: int = 0
    deliveries: int = 0
    first_position: float | None = None
    latencies: list[float] = field(default_factory=list)
    _sent: dict[str, list[float]] = field(default_factory=dict)
    _seen: set[tuple[str, str, int]] = field(default_factory=set)

    def sent(self, courier_id: str, wall: float) -> None:
        """A courier's device is about to send a fix; seconds since the epoch."""
        self.fixes += 1
        self._sent.setdefault(courier_id, []).append(wall)

    def changed(self, update: WatchUpdate) -> None:
        """A message of the stream that watches everything."""
        if not update.HasField("change"):
            return
        change = update.change
        if change.kind == CHANGE_KIND_EVENT:
            self.events += 1
            self.deliveries += change.event.status == DELIVERED and change.event.source == "courier_app"
        elif change.kind == CHANGE_KIND_REMINDER:
            self.reminders += 1
            self.bells += change.reminder.kind == REMINDER_KIND_COURIER_NEAR

    def delivered(self, watcher: str, update: WatchUpdate, wall: float, now: float) -> None:
        """A watcher received a message, at `wall` by the clock and `now` by the monotonic one."""
        self.updates += 1
        if not (update.HasField("position") and update.position.HasField("position")):
            return
        if self.first_position is None:
            self.first_position = now - self.began
        position = update.position.position
        key = (watcher, position.courier_id, position.sequence)
        if key not in self._seen:
            self._seen.add(key)
            self._measure(position.courier_id, position.receive_time.ToNanoseconds() / 1e9, wall)

    def _measure(self, courier_id: str, received: float, wall: float) -> None:
        sent = self._sent.get(courier_id, [])
        place = bisect_right(sent, received)
        # A position that a courier sent before this watcher came is news to the watcher and no measure of the way.
        if place and place == len(sent):
            self.latencies.append(wall - sent[place - 1])

    def lines(self, errors: int) -> list[tuple[str, str, str]]:
        """What is told at the end: the name in English and Chinese, and the value."""
        first = "-" if self.first_position is None else f"{self.first_position:.1f} s after the start"
        taken = self.fixes - self.refused
        return [
            ("duration", "时长", f"{self.ended - self.opened:.0f} s, {self.opened - self.began:.1f} s after the start"),
            ("orders", "订单", f"{self.orders} ({self.parcels} parcels, {self.couriers} couriers)"),
            ("events", "轨迹节点", f"{self.events} ({self.pushes} signed pushes)"),
            ("fixes", "定位", f"{self.fixes} ({taken} taken, {self.refused} set aside)"),
            ("updates delivered", "推送更新", f"{self.updates}"),
            ("bells", "到门提醒", f"{self.bells} (of {self.reminders} reminders)"),
            ("deliveries", "送达", f"{self.deliveries}"),
            ("fix to watcher", "定位到屏幕", _latency(self.latencies)),
            ("first live position", "首个实时位置", first),
            ("errors in the log", "日志错误", f"{errors}"),
        ]


def _latency(seconds: Sequence[float]) -> str:
    if not seconds:
        return "-"
    p50, p99 = (1000 * percentile(seconds, share) for share in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms (n = {len(seconds)})"


def errors_in(log: str) -> int:
    """How many lines of a log tell of an error: ours, Envoy's, or a traceback that nobody caught."""
    return sum(_ERROR.search(line) is not None for line in log.splitlines())


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that is not below so large a share of them; there is at least one."""
    ranked = sorted(values)
    return ranked[max(0, ceil(share * len(ranked)) - 1)]
