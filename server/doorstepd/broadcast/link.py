"""Keeps a pair of connections to Redis alive, and knows when they are not.

redis-py reconnects in silence and never notices a half-open link; both lose messages without a word. So one connection
publishes a heartbeat each second and the other must hear it: a heartbeat that does not come back within three seconds
ends both connections, whatever the sockets say. Only a heartbeat that came back proves a new pair to work.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import hiredis
import structlog

from doorstepd.broadcast.connection import Connection, LinkError, dial
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.outbox import Command
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The verbs of a kind of channel, and what the server calls their messages."""

    publish: str
    subscribe: str
    unsubscribe: str
    message: bytes
    confirmed: bytes
    given_up: bytes
    names_a_command: int


PLAIN = Dialect("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", b"message", b"subscribe", b"unsubscribe", 500)
SHARDED = Dialect("SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE", b"smessage", b"ssubscribe", b"sunsubscribe", 1)
"""For a node of a cluster. Channels of one command would have to be of one slot."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Seconds: between heartbeats, until a missing one ends the link, for each step of connecting, between attempts."""

    interval: float = 1.0
    silence: float = 3.0
    connect: float = 2.0
    slowest_retry: float = 1.0


class Link:
    """The two connections. `on_message` gets (channel, payload), `on_confirmed` each confirmed channel, `on_given_up`
    each that the server says is no longer listened to.

    `on_up` is called when a pair was proven, after all of `wanted()` was subscribed and confirmed; `on_down` when a
    proven pair was lost. `setup` is sent on every new writing connection. `heartbeat` names our own channel.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        pulse: Pulse,
        counters: Counters,
        *,
        heartbeat: Callable[[], str],
        wanted: Callable[[], Iterable[str]],
        setup: Callable[[], Iterable[Command]],
        on_message: Callable[[bytes, bytes], None],
        on_confirmed: Callable[[bytes], None],
        on_given_up: Callable[[bytes], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
        on_error: Callable[[str], None],
    ) -> None:
        self._url = url
        self._dialect = dialect
        self._pulse = pulse
        self._counters = counters
        self._wanted = wanted
        self._setup = setup
        self._on_message = on_message
        self._on_confirmed = on_confirmed
        self._on_given_up = on_given_up
        self._on_up = on_up
        self._on_down = on_down
        self._on_error = on_error
        self._name_heartbeat = heartbeat
        self._heartbeat = ""
        self._reader: Connection | None = None
        self._writer: Connection | None = None
        self._lost = asyncio.Event()
        self._heard = asyncio.Event()
        self._last_heard = 0.0
        self._task: asyncio.Task[None] | None = None
        self.up = False
        self._stopping = False

    def start(self) -> None:
        """Begins to connect; never raises, never waits."""
        self._task = asyncio.create_task(self._run(), name="broadcast-link")

    async def stop(self) -> None:
        """Closes both connections."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._drop()

    def end_soon(self) -> None:
        """Closes both connections; what is on their way to us is lost."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
        self._drop()

    def begin_anew(self) -> None:
        """Gives the connections up for new ones."""
        self._lost.set()

    def write(self, *commands: Command) -> None:
        """Sends on the writing connection, if there is one."""
        if self._writer is not None:
            self._writer.send(*commands)

    @property
    def backlog(self) -> int:
        """Bytes waiting on the writing connection."""
        return self._writer.backlog if self._writer else 0

    def subscribe(self, channel: str) -> bool:
        """Asks for a channel; false when there is no connection, in which case the next one asks for it."""
        if self._reader is None:
            return False
        self._reader.send((self._dialect.subscribe, channel))
        return True

    def unsubscribe(self, channel: str) -> None:
        """Gives a channel up."""
        if self._reader is not None:
            self._reader.send((self._dialect.unsubscribe, channel))

    async def _run(self) -> None:
        wait = 0.05
        while True:
            try:
                await self._connect()
                wait = 0.05
                await self._watch_pulse()
            except (LinkError, TimeoutError):
                log.debug("broadcast.no_link")
            except Exception as error:
                log.error("broadcast.link_failed", **describe_failure(error))
            finally:
                self._drop()
            await asyncio.sleep(random.uniform(wait / 2, wait))
            wait = min(wait * 2, self._pulse.slowest_retry)

    async def _connect(self) -> None:
        self._lost.clear()
        self._heard.clear()
        self._heartbeat = self._name_heartbeat()
        timeout = self._pulse.connect
        self._writer = await dial(self._url, self._lost.set, timeout)
        self._writer.on_reply = self._on_write_reply
        self._writer.send(*self._setup())
        reader = await dial(self._url, self._lost.set, timeout)
        reader.on_reply = self._on_read_reply
        self._reader = reader
        size = self._dialect.names_a_command
        reader.send(*((self._dialect.subscribe, *names) for names in _chunks([*self._wanted()], size)))
        # Last, so that its coming back also proves that everything before it was confirmed.
        reader.send((self._dialect.subscribe, self._heartbeat))
        await self._prove(timeout)

    async def _prove(self, timeout: float) -> None:
        """Waits until a heartbeat went out and came back, then says that the link is up."""
        async with asyncio.timeout(timeout):
            while not self._heard.is_set():
                if self._lost.is_set():
                    raise LinkError
                self._beat()
                await _wait(self._heard, 0.05)
        self.up = True
        self._counters.links += 1
        log.info("broadcast.link_up")
        self._on_up()

    async def _watch_pulse(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._lost.is_set():
            self._beat()
            before = loop.time()
            await _wait(self._lost, self._pulse.interval)
            overslept = loop.time() - before - self._pulse.interval
            if overslept > self._pulse.interval:
                # This process stood still, not Redis: what came meanwhile is still waiting in the socket.
                self._last_heard += overslept
            elif loop.time() - self._last_heard > self._pulse.silence:
                self._counters.silences += 1
                return

    def _beat(self) -> None:
        self.write((self._dialect.publish, self._heartbeat, b""))

    def _drop(self) -> None:
        was_up, self.up = self.up, False
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.abort()
        self._reader = self._writer = None
        if was_up and not self._stopping:
            log.warning("broadcast.link_down")
        if was_up:
            self._on_down()

    def _on_read_reply(self, reply: Any) -> None:
        if not isinstance(reply, list) or len(reply) != 3:
            self._lost.set()
            return
        kind, channel, payload = reply
        ours = channel == self._heartbeat.encode()
        if kind == self._dialect.message and not ours:
            self._on_message(channel, payload)
        elif kind == self._dialect.message:
            self._last_heard = asyncio.get_running_loop().time()
            self._heard.set()
        elif kind == self._dialect.confirmed and not ours:
            self._on_confirmed(channel)
        elif kind == self._dialect.given_up:
            self._on_given_up(channel)

    def _on_write_reply(self, reply: Any) -> None:
        if isinstance(reply, hiredis.ReplyError):
            self._counters.failed_commands += 1
            self._on_error(str(reply))


def _chunks(names: list[str], size: int) -> Iterable[list[str]]:
    return (names[at : at + size] for at in range(0, len(names), size))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, but no longer than this."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
