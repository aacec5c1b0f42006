"""The bus as the rest of the server sees it."""

import asyncio
from collections.abc import Callable

import structlog

from doorstepd.broadcast.channels import Channels, Listener, Subscription
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.link import PLAIN, SHARDED, Pulse
from doorstepd.broadcast.network import Events, Network, Owns
from doorstepd.broadcast.outbox import Command, Outbox, split

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 1.0


class Broadcast:
    """One process's place on the bus.

    Redis may be away at any time: `publish` never waits and never raises, `subscribe` waits a second at most,
    `degraded` says so, and `on_gap` tells when messages may have been missed, which is after every new link.
    """

    def __init__(
        self,
        url: str,
        *,
        flush_interval: float = 0.004,
        linger: float = 2.0,
        subscribe_timeout: float = 1.0,
        outbox_limit: int = 20_000,
        pulse: Pulse | None = None,
    ) -> None:
        self.url = url
        self.counters = Counters()
        self._flush_interval = flush_interval
        self._subscribe_timeout = subscribe_timeout
        self._outbox = Outbox(outbox_limit, self.counters)
        self._sources: list[Callable[[], list[Command]]] = [self._outbox.take]
        self._scripts: dict[str, bytes] = {}
        self._flushing: asyncio.TimerHandle | None = None
        self._looking_again: asyncio.TimerHandle | None = None
        self._gap_callbacks: list[Callable[[], None]] = []
        self._state_callbacks: list[Callable[[bool], None]] = []
        self._first_up = asyncio.Event()
        self.degraded = True
        """Whether messages do not get through just now, or only some."""
        events = Events(
            wanted=self._wanted,
            setup=self._setup,
            on_message=self._on_message,
            on_confirmed=self._on_confirmed,
            on_given_up=self._on_given_up,
            on_up=self._on_up,
            on_down=self._on_down,
            on_error=self._on_error,
            on_arranged=self._tell_state,
        )
        self.network = Network(url, pulse or Pulse(), self.counters, events)
        self.channels = Channels(self.network.subscribe, self.network.unsubscribe, linger, self.counters)

    async def start(self, wait: float = 2.0) -> None:
        """Connects; goes on without Redis when it does not answer within `wait` seconds, and keeps trying."""
        self.network.start()
        try:
            async with asyncio.timeout(wait):
                await self._first_up.wait()
        except TimeoutError:
            log.warning("broadcast.started_without_redis")

    async def stop(self) -> None:
        """Sends what waits, if it can be sent at once, and closes."""
        if self._looking_again is not None:
            self._looking_again.cancel()
        if self._flushing is not None:
            self._flushing.cancel()
            self._flush()
        self.channels.close()
        await self.network.stop()

    @property
    def reachable(self) -> bool:
        """Whether at least some messages get through."""
        return self.network.reachable

    @property
    def clustered(self) -> bool:
        """Whether the server has shown itself to be a cluster."""
        return self.network.slots is not None

    @property
    def verb(self) -> str:
        """The command that publishes, for scripts that do so themselves."""
        return SHARDED.publish if self.clustered else PLAIN.publish

    def on_gap(self, callback: Callable[[], None]) -> None:
        """Calls back whenever messages may have been missed: read again what matters."""
        self._gap_callbacks.append(callback)

    def on_state(self, callback: Callable[[bool], None]) -> None:
        """Calls back with the new value of `degraded` whenever it changes."""
        self._state_callbacks.append(callback)

    def publish(self, channel: str, entry: bytes) -> None:
        """Sends an entry to the channel's listeners in all processes: soon, at most once, in order."""
        self._outbox.add(channel, entry)
        self.flush_soon()

    async def subscribe(self, channel: str, listener: Listener) -> Subscription:
        """Listens to a channel from now on.

        Returns when the server has confirmed, so that what is published afterwards arrives; or, when Redis is away or
        slow, after a second at most: then the channel is taken up later and `on_gap` called.
        """
        taken, subscription = self.channels.take(channel, listener)
        try:
            if not taken.ready.done() and self.network.reaches(channel):
                await asyncio.wait({taken.ready}, timeout=self._subscribe_timeout)
                if not taken.ready.done():
                    taken.ready.add_done_callback(lambda _: self._gap())
        except BaseException:
            subscription.release()
            raise
        return subscription

    def gather(self, source: Callable[[], list[Command]]) -> None:
        """Adds a source of commands, asked at each flush, whose answers nobody waits for."""
        self._sources.append(source)

    def script(self, digest: str, text: bytes) -> None:
        """Has a script loaded on every new connection, so that it can be called by its SHA-1 digest."""
        self._scripts[digest] = text
        self.network.write_to_all(("SCRIPT", "LOAD", text))

    def flush_soon(self) -> None:
        """Arranges a flush within the flush interval."""
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(self._flush_interval, self._flush)

    def look_again_soon(self) -> None:
        """Calls `on_gap` in a moment, once for all who ask: something could not be read though the link is there."""
        if self._looking_again is None:
            self._looking_again = asyncio.get_running_loop().call_later(_LOOK_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._looking_again = None
        self._gap()

    def _flush(self) -> None:
        self._flushing = None
        # Without a proven link, or with one that does not drain, entries stay in their bounded boxes.
        if self.network.takes:
            if commands := [command for source in self._sources for command in source()]:
                self.network.write(*commands)
        elif self.network.waits:
            self.flush_soon()

    def _wanted(self, owns: Owns) -> list[str]:
        wanted = [channel for channel in self.channels if owns(channel.name)]
        for channel in wanted:
            channel.awaited = 1
        return [channel.name for channel in wanted]

    def _setup(self) -> list[Command]:
        return [("CLIENT", "SETNAME", "doorstepd"), *(("SCRIPT", "LOAD", text) for text in self._scripts.values())]

    def _on_message(self, channel: bytes, payload: bytes) -> None:
        self.channels.deliver(channel, split(payload))

    def _on_confirmed(self, name: bytes) -> None:
        channel = self.channels.get(name)
        if channel is not None and not channel.confirm():
            self._gap()

    def _on_given_up(self, name: bytes) -> bool:
        """Whether the server gave up a channel that we still want."""
        channel = self.channels.get(name)
        return channel is not None and not channel.awaited

    def _on_up(self) -> None:
        self._tell_state()
        if not self.degraded:
            self._first_up.set()
        self._gap()
        self.flush_soon()

    def _on_down(self, owns: Owns) -> None:
        for channel in self.channels:
            if owns(channel.name):
                channel.forget()
        self._tell_state()

    def _on_error(self, text: str) -> None:
        if text.startswith("NOSCRIPT"):
            # Somebody flushed the scripts; what this call carried is lost, as a lost position is.
            self.network.write_to_all(*(("SCRIPT", "LOAD", script) for script in self._scripts.values()))
            return
        log.warning("broadcast.command_refused", kind=text.split(" ", 1)[0])

    def _gap(self) -> None:
        self.counters.gaps += 1
        for callback in self._gap_callbacks:
            callback()

    def _tell_state(self) -> None:
        degraded = not self.network.up
        if degraded != self.degraded:
            self.degraded = degraded
            for callback in self._state_callbacks:
                callback(degraded)
