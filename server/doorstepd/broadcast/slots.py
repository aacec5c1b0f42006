"""How a cluster is laid out: which of its nodes has which keys and channels."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import hiredis
from redis.crc import key_slot

from doorstepd.broadcast.connection import LinkError, ask, dial

_SLOTS = 16384


@dataclass(frozen=True, slots=True)
class Node:
    """Where a master listens."""

    host: str
    port: int

    def url(self, seed: str) -> str:
        """Its address, with the scheme, login and options of the address that named the cluster."""
        parts = urlsplit(seed)
        login, at, _ = parts.netloc.rpartition("@")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return parts._replace(netloc=f"{login}{at}{host}:{self.port}", path="/0").geturl()


@dataclass(frozen=True)
class Slots:
    """Ranges of slots, each (first, last, its master)."""

    ranges: tuple[tuple[int, int, Node], ...]

    @cached_property
    def _owner(self) -> list[Node | None]:
        owners: list[Node | None] = [None] * _SLOTS
        for first, last, node in self.ranges:
            owners[first : last + 1] = [node] * (last + 1 - first)
        return owners

    @property
    def nodes(self) -> set[Node]:
        """Every master that has slots."""
        return {node for _, _, node in self.ranges}

    @property
    def whole(self) -> bool:
        """Whether every slot has a master."""
        return None not in self._owner

    def of(self, name: str | bytes) -> Node | None:
        """The master that has this key or channel."""
        return self._owner[key_slot(name.encode() if isinstance(name, str) else name)]

    def owned_by(self, node: Node) -> list[tuple[int, int]]:
        """The ranges of a master."""
        return sorted((first, last) for first, last, owner in self.ranges if owner == node)

    def name_at(self, node: Node, prefix: str) -> str:
        """A channel of this master's, whose name begins with `prefix`."""
        return next(name for n in count() if self.of(name := f"{prefix}:{n}") == node)


async def survey(url: str, timeout: float) -> Slots | None:
    """Asks a server for the layout of its cluster; None when it is no cluster. Raises LinkError."""
    connection = await dial(url, lambda: None, timeout)
    try:
        async with asyncio.timeout(timeout):
            (about,) = await ask(connection, ("INFO", "cluster"))
            # Who may not ask is taken for the usual case: a server by itself.
            if not isinstance(about, bytes) or b"cluster_enabled:1" not in about:
                return None
            (layout,) = await ask(connection, ("CLUSTER", "SLOTS"))
    except TimeoutError:
        raise LinkError from None
    finally:
        connection.abort()
    if isinstance(layout, hiredis.ReplyError):
        raise LinkError
    return read_layout(layout, urlsplit(url).hostname or "localhost")


def read_layout(layout: Iterable[Sequence[Any]], asked: str) -> Slots:
    """CLUSTER SLOTS, as the host `asked` answered it: a node that does not know its own name is at that host."""

    def node(master: Sequence[Any]) -> Node:
        host = (master[0] or b"").decode()
        return Node(asked if host in ("", "?") else host, int(master[1]))

    return Slots(tuple((int(first), int(last), node(master)) for first, last, master, *_ in layout))
