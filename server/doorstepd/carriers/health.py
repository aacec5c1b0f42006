"""How each provider fares here: what went well or wrong, and whether to spare it for a while.

One breaker a provider, for this process: after a few failures in a row it opens, so that a provider in trouble is not
asked and nobody waits for it; after a while a single question goes through to see whether it is back.
"""

from dataclasses import dataclass
from enum import StrEnum

OPENS_AFTER = 5
FIRST_REST_S = 30.0
LONGEST_REST_S = 600.0
# A probe that never reports back, as its process was too busy, must not keep the breaker waiting for ever.
PROBE_S = 60.0
_NEWER = 0.2


class Breaker(StrEnum):
    """Closed lets every question through, half-open one, open none."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(slots=True)
class Condition:
    """One provider's. Times are seconds of the caller's clock; `latency` is a moving average in seconds."""

    last_success: float | None = None
    failures: int = 0
    latency: float | None = None
    rest: float = 0.0
    rests_until: float = 0.0
    probed_at: float | None = None

    def breaker(self, now: float) -> Breaker:
        """Where the breaker stands."""
        if self.failures < OPENS_AFTER:
            return Breaker.CLOSED
        return Breaker.OPEN if now < self.rests_until else Breaker.HALF_OPEN


class Health:
    """Of all providers. The clock is an argument everywhere."""

    def __init__(self) -> None:
        self._conditions: dict[str, Condition] = {}

    def of(self, provider: str) -> Condition:
        """How the provider fares."""
        return self._conditions.setdefault(provider, Condition())

    def admit(self, provider: str, now: float) -> float:
        """0 when it may be asked now; else the seconds to wait. In the half-open state only one question goes."""
        condition = self.of(provider)
        match condition.breaker(now):
            case Breaker.CLOSED:
                return 0.0
            case Breaker.OPEN:
                return condition.rests_until - now
        if condition.probed_at is not None and now - condition.probed_at < PROBE_S:
            return PROBE_S - (now - condition.probed_at)
        condition.probed_at = now
        return 0.0

    def succeeded(self, provider: str, now: float, latency: float) -> None:
        """It answered, whatever the answer was."""
        condition = self.of(provider)
        average = latency if condition.latency is None else condition.latency + _NEWER * (latency - condition.latency)
        self._conditions[provider] = Condition(now, latency=average)

    def failed(self, provider: str, now: float) -> None:
        """No answer, or nonsense."""
        condition = self.of(provider)
        condition.failures += 1
        condition.probed_at = None
        if condition.failures >= OPENS_AFTER:
            condition.rest = min(LONGEST_REST_S, condition.rest * 2 or FIRST_REST_S)
            condition.rests_until = now + condition.rest
