"""What everything in this room works with; the hub has it all."""

from collections.abc import Callable
from typing import Protocol

from doorstepd.broadcast import Broadcast
from doorstepd.live.limits import Counters, Limits
from doorstepd.live.ports import Fixes, Log, Renderer


class Surroundings(Protocol):
    """Where news come from and what they are turned into. `clock` gives seconds since the epoch."""

    bus: Broadcast
    fixes: Fixes
    log: Log
    renderer: Renderer
    limits: Limits
    counters: Counters
    clock: Callable[[], float]
