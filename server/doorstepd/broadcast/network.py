"""The links to Redis: one to a server by itself; to a cluster, one for each of its masters.

In a cluster, what is said with PUBLISH goes to every node, so that more nodes bear no more. SPUBLISH stays on the node
that has the channel's slot; it asks for a link to each node, and for knowing where the slots are when they move.
"""

import asyncio
import random
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

import structlog

from doorstepd.broadcast.connection import LinkError
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.link import PLAIN, SHARDED, Link, Pulse
from doorstepd.broadcast.outbox import Command
from doorstepd.broadcast.slots import Node, Slots, survey
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

_LARGEST_BACKLOG = 4 * 1024 * 1024
_LOOK_AGAIN_S = 30.0

Owns = Callable[[str], bool]
"""Whether a channel is on the link in question."""


@dataclass(frozen=True, slots=True)
class Events:
    """What the network asks of the bus, and tells it. `wanted` and `on_down` are about the channels of one link."""

    wanted: Callable[[Owns], Iterable[str]]
    setup: Callable[[], Iterable[Command]]
    on_message: Callable[[bytes, bytes], None]
    on_confirmed: Callable[[bytes], None]
    on_given_up: Callable[[bytes], bool]
    on_up: Callable[[], None]
    on_down: Callable[[Owns], None]
    on_error: Callable[[str], None]
    on_arranged: Callable[[], None]


@dataclass(slots=True)
class Network:
    """Finds out what kind of server `url` names when it first answers, and keeps the links that it takes."""

    url: str
    pulse: Pulse
    counters: Counters
    events: Events
    slots: Slots | None = None
    """The layout, when it is a cluster."""
    _links: dict[Node | None, Link] = field(default_factory=dict)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _heartbeat: str = field(default_factory=lambda: f"doorstep:heartbeat:{secrets.token_hex(8)}")

    def start(self) -> None:
        """Begins to connect; never raises, never waits."""
        self._task = asyncio.create_task(self._run(), name="broadcast-network")

    async def stop(self) -> None:
        """Closes every connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(link.stop() for link in self._links.values()))

    @property
    def up(self) -> bool:
        """Whether everything gets through: each link is proven, and each slot has a master."""
        whole = self.slots is None or self.slots.whole
        return whole and bool(self._links) and all(link.up for link in self._links.values())

    @property
    def reachable(self) -> bool:
        """Whether some link is proven."""
        return any(link.up for link in self._links.values())

    @property
    def takes(self) -> bool:
        """Whether some link takes commands now, without a backlog that does not drain."""
        return any(map(_drains, self._links.values()))

    @property
    def waits(self) -> bool:
        """Whether a link that is proven has such a backlog."""
        return any(link.up and not _drains(link) for link in self._links.values())

    def write(self, *commands: Command) -> None:
        """Sends each command to the node that it is for; what is for one that does not take it is thrown away."""
        if self.slots is None:
            for link in self._links.values():
                link.write(*commands)
            return
        by_node: dict[Node | None, list[Command]] = {}
        for command in commands:
            by_node.setdefault(self.slots.of(_key(command)), []).append(command)
        for node, its in by_node.items():
            node_link = self._links.get(node)
            if node_link is not None and _drains(node_link):
                node_link.write(*map(_sharded, its))
            else:
                self.counters.dropped += len(its)

    def write_to_all(self, *commands: Command) -> None:
        """Sends the commands on every link."""
        for link in self._links.values():
            link.write(*commands)

    def subscribe(self, channel: str) -> bool:
        """Asks for a channel; false when there is no link to its node, in which case the next one asks for it."""
        link = self._link_of(channel)
        return link is not None and link.subscribe(channel)

    def unsubscribe(self, channel: str) -> None:
        """Gives a channel up."""
        link = self._link_of(channel)
        if link is not None:
            link.unsubscribe(channel)

    def reaches(self, channel: str) -> bool:
        """Whether the link that the channel is on is proven."""
        link = self._link_of(channel)
        return link is not None and link.up

    def _link_of(self, channel: str) -> Link | None:
        return self._links.get(self.slots.of(channel) if self.slots else None)

    async def _run(self) -> None:
        wait = 0.05
        while True:
            try:
                self._arrange(await self._survey())
                if self.slots is None:
                    return
                wait = 0.2
                await self._until_moved()
            except (LinkError, TimeoutError):
                log.debug("broadcast.no_server")
            except Exception as error:
                log.error("broadcast.survey_failed", **describe_failure(error))
            await asyncio.sleep(random.uniform(wait / 2, wait))
            wait = min(wait * 2, self.pulse.slowest_retry)

    async def _survey(self) -> Slots | None:
        """Of the first that answers: a node that we know, or the address that we were given."""
        links = (node.url(self.url) for node, link in self._links.items() if node and link.up)
        for url in chain(links, [self.url], (node.url(self.url) for node in self._links if node)):
            try:
                return await survey(url, self.pulse.connect)
            except LinkError:
                continue
        raise LinkError

    async def _until_moved(self) -> None:
        """Until something says that the slots have moved, or a while has passed; at once while a link is down."""
        if not self.up:
            self._moved.set()
            await asyncio.sleep(self.pulse.slowest_retry)
        try:
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._moved.wait()
        except TimeoutError:
            pass
        self._moved.clear()

    def _arrange(self, slots: Slots | None) -> None:
        """Has a link to each master, and has those whose slots are others begin anew."""
        before, self.slots = self.slots, slots
        nodes: set[Node | None] = {None} if slots is None else set(slots.nodes)
        for node in nodes - self._links.keys():
            self._links[node] = self._open(node)
        for node in self._links.keys() - nodes:
            self._links.pop(node).end_soon()
        if before is not None and slots is not None:
            for node in slots.nodes & before.nodes:
                if slots.owned_by(node) != before.owned_by(node):
                    self._links[node].begin_anew()
        self.events.on_arranged()

    def _open(self, node: Node | None) -> Link:
        def owns(channel: str) -> bool:
            return self.slots is None or self.slots.of(channel) == node

        def heartbeat() -> str:
            return self.slots.name_at(node, self._heartbeat) if self.slots and node else self._heartbeat

        def on_down() -> None:
            self._moved.set()
            self.events.on_down(owns)

        def on_given_up(channel: bytes) -> None:
            # A node that loses a slot takes its channels from whoever listens, unasked. Others may not know of it yet.
            if self.events.on_given_up(channel):
                self._moved.set()
                link.begin_anew()

        link = Link(
            self.url if node is None else node.url(self.url),
            PLAIN if node is None else SHARDED,
            self.pulse,
            self.counters,
            heartbeat=heartbeat,
            wanted=lambda: self.events.wanted(owns),
            setup=self.events.setup,
            on_message=self.events.on_message,
            on_confirmed=self.events.on_confirmed,
            on_given_up=on_given_up,
            on_up=self.events.on_up,
            on_down=on_down,
            on_error=self._on_error,
        )
        link.start()
        return link

    def _on_error(self, text: str) -> None:
        if text.startswith(("MOVED", "CLUSTERDOWN")):
            self._moved.set()
        self.events.on_error(text)


def _drains(link: Link) -> bool:
    return link.up and link.backlog < _LARGEST_BACKLOG


def _key(command: Command) -> str | bytes:
    """What decides to which node a command goes."""
    key = command[3] if command[0] == "EVALSHA" else command[1]
    return key if isinstance(key, str | bytes) else str(key)


def _sharded(command: Command) -> Command:
    return ("SPUBLISH", *command[1:]) if command[0] == "PUBLISH" else command
