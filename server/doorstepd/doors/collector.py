"""Keeps Python's cycle collector from stopping everybody.

A full collection walks every object of the process. With 10,000 open streams that takes most of a second, in which
nobody hears anything, and it comes again each time that they have grown by a quarter: whoever watches pays for whoever
arrives. So what a full collection has found to be in use is set aside (`gc.freeze`), and the next one walks only what
has come since. What is set aside is still freed with its last reference; only circles in it would stay. What ends at
these doors therefore leaves no circle (tests/doors/test_nothing_for_the_collector.py), and in case that something
does, once in a while everything is walked.
"""

import gc
import time
from collections.abc import Callable
from typing import Any

_FULL = 2
SOONEST_S, LATEST_S = 600.0, 86_400.0
"""How long everything is left alone: doubled as long as nothing is found, halved when there was something."""

MUCH = 10_000
"""Objects in circles that are worth a walk: a megabyte or two."""


class Collector:
    """Heeds the collections of this process from `begin` to `end`. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause = SOONEST_S
        self._due = clock() + SOONEST_S
        self._whole = False

    def begin(self) -> None:
        """Call it when all is built that lives as long as the process."""
        gc.callbacks.append(self._heed)

    def end(self) -> None:
        """Everything is walked again, as Python does by itself."""
        gc.callbacks.remove(self._heed)
        gc.unfreeze()

    def _heed(self, phase: str, info: dict[str, Any]) -> None:
        if info["generation"] != _FULL:
            return
        if phase == "start":
            self._whole = self._clock() >= self._due
            if self._whole:
                gc.unfreeze()
            return
        if self._whole:
            longer = 0.5 if info["collected"] > MUCH else 2.0
            self._pause = min(LATEST_S, max(SOONEST_S, self._pause * longer))
            self._due = self._clock() + self._pause
        gc.freeze()
