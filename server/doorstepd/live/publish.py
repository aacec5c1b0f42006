"""The sending side: what a process that takes scans and fixes tells those that have watchers."""

from collections.abc import Iterable, Mapping, Sequence

from doorstepd.broadcast import Broadcast, NewestFixes
from doorstepd.live.position import Position, pack, unpack


def wakes_channel(merchant_id: str) -> str:
    """One channel a merchant: a wake is 40 bytes and there are a hundred times fewer of them than positions, so that
    reading those of parcels nobody watches here costs less than keeping a subscription for each that somebody does."""
    return f"doorstep:wakes:{merchant_id}"


class Publisher:
    """Never waits and never raises; what is lost on the way, watchers find in the log."""

    def __init__(self, bus: Broadcast, fixes: NewestFixes) -> None:
        self._bus = bus
        self._fixes = fixes

    def wake(self, merchant_id: str, order_id: str, parcel_id: str, revision: int) -> None:
        """Says that the log of a parcel reaches this revision. Call it after the commit."""
        self._bus.publish(wakes_channel(merchant_id), write_wake(order_id, parcel_id, revision))

    def look_again(self, merchant_id: str, order_id: str, parcel_id: str) -> None:
        """Says that a parcel's head is another, though its log is not: the stops ahead of it, say."""
        self.wake(merchant_id, order_id, parcel_id, 0)

    def positions(self, merchant_id: str, positions: Iterable[Position]) -> None:
        """Stores and shows accepted positions; of one courier, the last is enough."""
        self._fixes.put(merchant_id, map(pack, positions))


class StoredFixes:
    """The newest positions, as the hub reads them."""

    def __init__(self, fixes: NewestFixes) -> None:
        self._fixes = fixes

    async def get(self, merchant_id: str, courier_ids: Iterable[str]) -> Mapping[str, Position]:
        """Of these couriers; nothing when Redis is away."""
        found = await self._fixes.get(merchant_id, courier_ids)
        return {name: position for name, fix in found.items() if (position := unpack(fix))}

    async def all(self, merchant_id: str) -> Mapping[str, Position]:
        """Of every courier of the merchant."""
        found = await self._fixes.all(merchant_id)
        return {name: position for name, fix in found.items() if (position := unpack(fix))}


def write_wake(order_id: str, parcel_id: str, revision: int) -> bytes:
    """The entry on a wakes channel."""
    return f"{revision}\0{parcel_id}\0{order_id}".encode()


def read_wake(entry: bytes) -> tuple[str, str, int] | None:
    """(order, parcel, revision); None for what is not ours."""
    parts: Sequence[str] = entry.decode(errors="replace").split("\0")
    if len(parts) != 3 or not parts[0].isdecimal():
        return None
    return parts[2], parts[1], int(parts[0])
