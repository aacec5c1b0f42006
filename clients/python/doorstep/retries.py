"""When to try again, as data: the retry policy of single calls, and the pauses between the links of a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import grpc
from doorstep.errors import DoorstepError
from google.protobuf.descriptor import ServiceDescriptor

# Trying again cannot mend these; every other end of a stream is taken for a broken link. CANCELLED is among those: a
# server or proxy that is flooded with new streams refuses them with it.
_FINAL = frozenset(
    {
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How gRPC repeats a single call by itself, inside its deadline; every write of doorstep may be repeated safely.

    `attempts` counts the first try, 1 to 5 (gRPC allows no more); 1 is never to repeat.
    """

    attempts: int = 4
    first_seconds: float = 0.2
    most_seconds: float = 2.0
    factor: float = 3.0
    codes: tuple[str, ...] = ("UNAVAILABLE",)

    def __post_init__(self) -> None:
        if not 1 <= self.attempts <= 5:
            raise ValueError(f"attempts: {self.attempts} is out of range, 1 to 5")
        if not 0 < self.first_seconds <= self.most_seconds:
            raise ValueError("first_seconds: must be above 0 and not above most_seconds")

    def service_config(self, services: Iterable[ServiceDescriptor]) -> str:
        """The gRPC service config (JSON) that applies this policy to the methods of `services` that do not stream."""
        if self.attempts == 1:
            return "{}"
        policy = {
            "maxAttempts": self.attempts,
            "initialBackoff": f"{self.first_seconds:g}s",
            "maxBackoff": f"{self.most_seconds:g}s",
            "backoffMultiplier": self.factor,
            "retryableStatusCodes": list(self.codes),
        }
        names = [
            {"service": service.full_name, "method": method.name}
            for service in services
            for method in service.methods
            if not (method.client_streaming or method.server_streaming)
        ]
        return json.dumps({"methodConfig": [{"name": names, "retryPolicy": policy}]})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between links, drawn evenly between `first_seconds` and a ceiling that grows up to `most_seconds`."""

    first_seconds: float = 0.2
    most_seconds: float = 10.0
    factor: float = 3.0

    def pause(self, attempt: int, chance: float) -> float:
        """Seconds before attempt number `attempt`, from 0; `chance` is evenly distributed in [0, 1)."""
        # The exponent is bounded because a float power overflows after days of a server being away.
        ceiling = min(self.most_seconds, self.first_seconds * self.factor ** min(attempt + 1, 32))
        return self.first_seconds + max(0.0, ceiling - self.first_seconds) * chance


class Comeback:
    """Decides what follows the end of a stream's link: how long to pause, or that there is no coming back.

    A link that delivered something and lasted `settled_seconds` makes the next pause a short one again.
    """

    def __init__(self, backoff: Backoff, settled_seconds: float, chance: Callable[[], float]) -> None:
        self._backoff = backoff
        self._settled_seconds = settled_seconds
        self._chance = chance
        self._attempt = 0
        self._refused = False
        self._first_message: float | None = None

    def link_opened(self) -> None:
        self._first_message = None

    def message_arrived(self, now: float) -> None:
        self._refused = False
        if self._first_message is None:
            self._first_message = now

    def pause_after(self, end: DoorstepError, now: float, *, token_renewable: bool) -> float:
        """Seconds to wait before the next link. Raises `end` itself where another link could not do better."""
        if end.code in _FINAL:
            raise end
        self._forgive(now)
        pause = self._next_pause()
        if end.code is grpc.StatusCode.UNAUTHENTICATED:
            return self._pause_after_refusal(end, pause, token_renewable)
        return max(end.retry_after or 0.0, pause)

    def pause_after_go_away(self, retry_after: float | None, now: float) -> float:
        """Seconds to wait after a planned end: what the server asked for, unless it sends us away again and again."""
        self._forgive(now)
        first = self._attempt == 0
        pause = self._next_pause()
        if retry_after is None:
            return pause
        return retry_after if first else max(retry_after, pause)

    def _pause_after_refusal(self, end: DoorstepError, pause: float, renewable: bool) -> float:
        if self._refused or not renewable:
            raise end
        self._refused = True
        return 0.0 if self._attempt == 1 else pause

    def _forgive(self, now: float) -> None:
        if self._first_message is not None and now - self._first_message >= self._settled_seconds:
            self._attempt = 0

    def _next_pause(self) -> float:
        pause = self._backoff.pause(self._attempt, self._chance())
        self._attempt += 1
        return pause
