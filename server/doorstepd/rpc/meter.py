"""Counts and times the calls of one method."""

import time

from doorstepd import metrics


class Meter:
    """What became of a method's calls, by gRPC status."""

    __slots__ = ("_codes", "_method", "_seconds")

    def __init__(self, method: str) -> None:
        self._method = method.rpartition("/")[2]
        self._seconds = metrics.CALL_SECONDS.labels(self._method)
        self._codes = {"OK": metrics.CALLS.labels(self._method, "OK")}

    def ended(self, code: str) -> None:
        """One more call that ended with this status."""
        counter = self._codes.get(code)
        if counter is None:
            counter = self._codes[code] = metrics.CALLS.labels(self._method, code)
        counter.inc()

    def timed(self, code: str, began: float) -> None:
        """The same for a unary call that came at `began`, a reading of `time.perf_counter`."""
        self.ended(code)
        self._seconds.observe(time.perf_counter() - began)
