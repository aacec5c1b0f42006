"""Ends streams whose reader has stopped reading.

A message that cannot be sent waits: the caller's window is full, and so is the server's buffer. What waits with it is a
handler, and whatever it holds. The reader gets SlowReader's status, if it ever reads again, and resumes.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from doorstepd.doors.calls.status import Ended, slow_reader


class Writer(Protocol):
    """A call that sends a stream."""

    sent: int
    """Messages sent so far."""

    @property
    def writing(self) -> bool:
        """Whether one, the last of them or one more, waits to be taken."""

    def end(self, fate: Ended) -> None:
        """Ends the call."""


async def end_stalled(writers: Iterable[Writer], seconds: float) -> None:
    """Runs for ever; ends a call whose message has waited between `seconds` and half as much again."""
    looks = 2
    before: dict[Writer, tuple[int, int]] = {}
    loop = asyncio.get_running_loop()
    while True:
        asleep = loop.time()
        await asyncio.sleep(seconds / looks)
        if loop.time() - asleep > 2 * seconds / looks:
            continue  # this process stood still, and could not have taken notice of anybody's reading
        now: dict[Writer, tuple[int, int]] = {}
        for writer in tuple(writers):
            if not writer.writing:
                continue
            sent, seen = before.get(writer, (writer.sent, 0))
            seen = seen + 1 if sent == writer.sent else 1
            now[writer] = (writer.sent, seen)
            if seen > looks:
                writer.end(slow_reader())
        before = now
