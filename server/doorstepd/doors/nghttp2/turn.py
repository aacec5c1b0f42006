"""What was written in one turn of the event loop, sent at its end: one write a connection, however many streams."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Written(Protocol):
    """A connection on which something was written."""

    def turned(self) -> None:
        """The turn is over."""


class Turn:
    """One for all connections of a process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._written: list[Written] = []

    def add(self, connection: Written) -> None:
        """Has a connection flushed at the end of this turn."""
        if not self._written:
            self.loop.call_soon(self._end)
        self._written.append(connection)

    def _end(self) -> None:
        written, self._written = self._written, []
        for connection in written:
            try:
                connection.turned()
            except Exception as error:  # it is nobody else's trouble
                self.loop.call_exception_handler({"message": "a connection was not flushed", "exception": error})
