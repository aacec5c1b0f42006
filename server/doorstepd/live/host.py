"""Who has readers here, as far as they must know: the hub, which knows them all, is a long way up."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from doorstepd.live.board import Board
from doorstepd.live.reader import Fate, Reader
from doorstepd.live.surroundings import Surroundings


class Host(Surroundings, Protocol):
    """Counts readers in and out, and tells them what they do not know by themselves."""

    epoch: int
    """Tells the store from a restored copy; 0 before `know_epoch`."""

    @property
    def degraded(self) -> bool:
        """Whether positions are paused or statuses late."""
        ...

    def admit(self, reader: Reader) -> None:
        """Counts a reader in. Raises ResourceExhausted, Unavailable or Unauthenticated."""
        ...

    def dismiss(self, reader: Reader, fate: Fate) -> None:
        """Counts a reader out, if it was in."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """To read what a watch begins with. Entering raises Unavailable when the turn did not come for long."""
        ...

    def board(self, merchant_id: str) -> Board:
        """What is watched of a merchant."""
        ...

    def return_delay(self) -> float:
        """When a reader that is sent away should come back; seconds, at random."""
        ...

    def stamp(self) -> bytes:
        """The `sent_time` field."""
        ...

    async def know_epoch(self) -> None:
        """Learns the store's epoch before the first token is written or read. Raises whatever the log does."""
        ...
