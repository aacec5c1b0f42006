"""Who moved on a fleet map after some version of it: found once, and joined once, for every map that stood there."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from doorstepd.live import frames
from doorstepd.live.ports import Renderer
from doorstepd.live.position import Position
from doorstepd.positions.datum import Datum


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, degrees in WGS-84. `west > east` means that it crosses the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, position: Position) -> bool:
        """Whether a position lies in it, edges included."""
        if not self.south <= position.lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= position.lng <= self.east
        return position.lng >= self.west or position.lng <= self.east

    def contains(self, other: "Box") -> bool:
        """Whether all of another lies in it; neither crosses the antimeridian."""
        return (
            self.south <= other.south
            and other.north <= self.north
            and self.west <= other.west <= other.east <= self.east
        )


class Cell:
    """One courier's newest position on the map, and its bytes for each datum. `gone` when it is too old to show."""

    __slots__ = ("_bytes", "courier_id", "gone", "position", "version")

    def __init__(self, position: Position, version: int, *, gone: bool) -> None:
        self.courier_id = position.courier_id
        self.position = position
        self.version = version
        self.gone = gone
        self._bytes: dict[Datum, bytes] = {}

    def rendered(self, datum: Datum, renderer: Renderer) -> bytes:
        """The position as a field of the frame."""
        body = self._bytes.get(datum)
        if body is None:
            body = self._bytes[datum] = frames.fleet_cell(renderer.position(self.position, datum, named=False))
        return body


class Moves:
    """The cells that changed, last first. Those who `stay` are on the map, those who `left` fell silent."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.stay: list[Cell] = []
        self.left: list[str] = []
        for cell in cells:
            if cell.gone:
                self.left.append(cell.courier_id)
            else:
                self.stay.append(cell)
        self._joined: dict[Datum, bytes] = {}

    @cached_property
    def ids(self) -> frozenset[str]:
        """Of those who stay."""
        return frozenset(cell.courier_id for cell in self.stay)

    @cached_property
    def bounds(self) -> Box | None:
        """The smallest box around those who stay."""
        if not self.stay:
            return None
        lats = [cell.position.lat for cell in self.stay]
        lngs = [cell.position.lng for cell in self.stay]
        return Box(min(lats), min(lngs), max(lats), max(lngs))

    def all_in(self, box: Box | None) -> bool:
        """Whether a box holds everybody who stays."""
        return box is None or (self.bounds is not None and box.contains(self.bounds))

    def joined(self, datum: Datum, renderer: Renderer) -> bytes:
        """All who stay, as fields of the frame."""
        body = self._joined.get(datum)
        if body is None:
            body = self._joined[datum] = b"".join([cell.rendered(datum, renderer) for cell in self.stay])
        return body
