"""How far a phone's clock is off, from when its reports arrive.

A report's lag is receipt minus event: the clock's error plus the journey. Journeys take no less than nothing, so the
smallest lag of late is the best guess of the error; and a batch held back shows lags that differ from report to
report, while a clock that was set shows the same new lag again and again.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

_WINDOW = 32
_BELIEVED_AT_ONCE_S = 120.0
_SET_FORWARD_S = 10.0
_SET_BACK_S = 20.0
_SAME_S = 2.0
_ALIKE_S = 5.0
_FAR_OFF_S = 86_400.0
_WITNESSES = 3
_ESTABLISHED = 5


@dataclass(slots=True)
class PhoneClock:
    """The running estimate for one phone. `offset_s` is what to add to its event times."""

    offset_s: float = 0.0
    _lags: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))
    _latest: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_WITNESSES))

    def observe(self, event_time: float, receive_time: float) -> float:
        """Learn from one report; returns by how many seconds the phone's clock was just found to have been set."""
        lag = receive_time - event_time
        if abs(lag) > _FAR_OFF_S:
            return 0.0
        self._latest.append((receive_time, lag))
        late = lag - self.offset_s
        if not self._lags and late < 0.0:  # no report arrives before it was sent: nothing else is known yet
            return self._set_to(lag)
        if not -_BELIEVED_AT_ONCE_S <= late <= _BELIEVED_AT_ONCE_S:
            return self._set_to(lag) if self._repeats(_WITNESSES, _ALIKE_S) else 0.0
        if late < -_SET_FORWARD_S and len(self._lags) >= _ESTABLISHED:
            return self._set_to(lag)
        if late > _SET_BACK_S and len(self._lags) >= _ESTABLISHED and self._repeats(2, _SAME_S):
            return self._set_to(lag)
        self._lags.append(lag)
        self.offset_s = min(self._lags)
        return 0.0

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"offset": self.offset_s, "lags": list(self._lags), "latest": [list(pair) for pair in self._latest]}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "PhoneClock":
        """What `to_dict` wrote."""
        clock = cls(state["offset"])
        clock._lags.extend(state["lags"])
        clock._latest.extend((time, lag) for time, lag in state["latest"])
        return clock

    def _set_to(self, lag: float) -> float:
        moved = lag - self.offset_s if self._lags else 0.0  # what came before was on the same clock
        self._lags.clear()
        self._lags.append(lag)
        self.offset_s = lag
        return moved

    def _repeats(self, witnesses: int, within_s: float) -> bool:
        """Whether the last reports had one lag, though they were received at different times."""
        last = list(self._latest)[-witnesses:]
        if len(last) < witnesses or any(b[0] - a[0] < 0.5 for a, b in pairwise(last)):
            return False
        lags = [lag for _, lag in last]
        return max(lags) - min(lags) <= within_s
