"""Who listens to which channel: counted, taken up once, given up late.

There is no lock because there is no await between a decision and its command: commands of one connection are carried
out in order, so an UNSUBSCRIBE followed by a SUBSCRIBE of the same channel ends subscribed.
"""

import asyncio
from collections.abc import Callable, Iterator

import structlog

from doorstepd.broadcast.counters import Counters
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

Listener = Callable[[bytes], None]
"""Gets one entry. It runs inside the reader, so it must not block; what it raises is logged and counted."""


class Channel:
    """A channel with at least one listener, or one that lingers after its last."""

    __slots__ = ("awaited", "lingering", "listeners", "name", "ready")

    def __init__(self, name: str) -> None:
        self.name = name
        self.listeners: dict[Listener, int] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.awaited = 0
        self.lingering: asyncio.TimerHandle | None = None

    def confirm(self) -> bool:
        """Notes that the server confirmed; false when nobody had asked, so somebody subscribed us anew."""
        expected = self.awaited > 0
        self.awaited = max(0, self.awaited - 1)
        if self.awaited == 0 and not self.ready.done():
            self.ready.set_result(None)
        return expected

    def forget(self) -> None:
        """Notes that the link is gone: the channel waits for its next confirmation."""
        self.awaited = 0
        if self.ready.done():
            self.ready = asyncio.get_running_loop().create_future()


class Subscription:
    """One listener's hold on a channel. `release` it once; doing so again is harmless."""

    __slots__ = ("_release",)

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Stops listening now; the channel itself is given up a little later unless somebody else wants it."""
        if (release := self._release) is not None:
            self._release = None
            release()


class Channels:
    """The table of channels. `ask` and `drop` write SUBSCRIBE and UNSUBSCRIBE, when there is a link."""

    def __init__(
        self, ask: Callable[[str], bool], drop: Callable[[str], None], linger: float, counters: Counters
    ) -> None:
        self._ask = ask
        self._drop = drop
        self._linger = linger
        self._counters = counters
        self._open: dict[bytes, Channel] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._open.values()))

    def listeners(self) -> int:
        """How many subscriptions are held."""
        return sum(sum(channel.listeners.values()) for channel in self._open.values())

    def get(self, name: bytes) -> Channel | None:
        """The channel if it is open here."""
        return self._open.get(name)

    def take(self, name: str, listener: Listener) -> tuple[Channel, Subscription]:
        """Adds a listener; the same one twice is called once for each entry and released twice."""
        channel = self._open.get(name.encode())
        if channel is None:
            channel = self._open[name.encode()] = Channel(name)
            channel.awaited += self._ask(name)
        if channel.lingering is not None:
            channel.lingering.cancel()
            channel.lingering = None
        channel.listeners[listener] = channel.listeners.get(listener, 0) + 1
        return channel, Subscription(lambda: self._release(channel, listener))

    def deliver(self, name: bytes, entries: list[bytes]) -> None:
        """Hands entries to every listener of the channel, in order."""
        channel = self._open.get(name)
        if channel is None:
            return
        self._counters.received += len(entries)
        for listener in tuple(channel.listeners):
            for entry in entries:
                try:
                    listener(entry)
                except Exception as error:
                    self._counters.listener_errors += 1
                    log.error("broadcast.listener_failed", **describe_failure(error))

    def _release(self, channel: Channel, listener: Listener) -> None:
        held = channel.listeners.get(listener, 0) - 1
        if held > 0:
            channel.listeners[listener] = held
            return
        channel.listeners.pop(listener, None)
        if not channel.listeners and channel.lingering is None:
            loop = asyncio.get_running_loop()
            channel.lingering = loop.call_later(self._linger, self._give_up, channel)

    def _give_up(self, channel: Channel) -> None:
        channel.lingering = None
        if not channel.listeners and self._open.get(channel.name.encode()) is channel:
            del self._open[channel.name.encode()]
            self._drop(channel.name)

    def close(self) -> None:
        """Forgets every channel."""
        for channel in self:
            if channel.lingering is not None:
                channel.lingering.cancel()
        self._open.clear()
