"""What the live plane needs from others, and the words it shares with them. Wiring fills the protocols."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from doorstepd.access.permissions import may_courier_see
from doorstepd.live.position import Position
from doorstepd.positions.datum import Datum
from doorstepd.positions.visibility import DEFAULT_RULES, VisibilityRules


@dataclass(frozen=True, slots=True)
class Head:
    """Where a parcel stands, as far as streams must know.

    `revision` is that of its last change and `oldest_kept_revision` that of the first one still in the log. `live`
    while it is out for delivery, which is when its courier may be shown. `destination` is (latitude, longitude) in
    WGS-84. `expected_time` is in seconds since the epoch. `rules` are its merchant's, for those who wait for it.
    `closed` once its journey is over.
    """

    revision: int
    oldest_kept_revision: int = 1
    courier_id: str | None = None
    destination: tuple[float, float] | None = None
    live: bool = False
    stops_ahead: int | None = None
    expected_time: float | None = None
    parcel_id: str = ""
    rules: VisibilityRules = DEFAULT_RULES
    closed: bool = False


class Glimpse(IntEnum):
    """How much of a courier a viewer may see because of one parcel; what is nothing is false."""

    NOTHING = 0
    EXACT = 1
    EXACT_UNNAMED = 2
    COARSE = 3
    COARSE_UNNAMED = 4
    NO_PLACE = 5
    """Not where he is, but other facts of his approach. Unnamed: without the name of the street."""


Contact = tuple[bool, bool]
"""Whether the courier's name and phone may be shown."""

Seen = tuple[Glimpse, bytes]
"""How a place may be shown because of one parcel, and what else may be: an `Approach` message."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who watches. `principal` is whom limits count against; `view` is opaque here and says what may be shown.

    Whether the viewer may watch the targets at all is decided by the caller before the watch is opened, and whether the
    courier may be shown is decided for each frame. What may end in between ends the stream: the token, at `expires_at`
    (seconds since the epoch) or when its `credential` is withdrawn; and, for the courier `only_of`, that the parcel is
    his.
    """

    principal: str
    merchant_id: str
    view: Hashable
    datum: Datum = Datum.WGS84
    expires_at: float | None = None
    credential: Hashable = None
    only_of: str | None = None

    def may_see(self, head: Head) -> bool:
        """Whether a watched parcel is still for this viewer's eyes."""
        return self.only_of is None or may_courier_see(self.only_of, head.courier_id, closed=head.closed)

    def may_see_change(self, change: "Numbered") -> bool:
        """The same of one change: what closed the parcel is the last that its courier sees of it."""
        return self.only_of is None or may_courier_see(self.only_of, change.courier_id, closed=False)


@dataclass(frozen=True, slots=True)
class Targets:
    """What is watched: every parcel of some orders, also those added later, and some parcels by themselves."""

    orders: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()


class Numbered(Protocol):
    """A change in the log. Only its number and who had the parcel after it matter here; the renderer knows the rest."""

    @property
    def revision(self) -> int: ...

    @property
    def courier_id(self) -> str | None: ...


class Credentials(Protocol):
    """What viewers showed to be let in, and whether it still lets them."""

    def generation(self, now: float) -> int:
        """Another number than before once some of them may stand no longer."""
        ...

    def stands(self, credential: Hashable) -> bool:
        """Whether a viewer's `credential` is still good, but for its time."""
        ...


class Log(Protocol):
    """The numbered log. It may raise anything when the database is away; streams stay open and read again."""

    async def epoch(self) -> int:
        """Tells the store from a restored copy."""
        ...

    async def parcels_of_orders(self, merchant_id: str, order_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Parcel IDs of each known order in the order of their numbers. A later parcel is always appended."""
        ...

    async def heads(self, merchant_id: str, parcel_ids: Sequence[str]) -> Mapping[str, Head]:
        """The head of each known parcel."""
        ...

    async def changes(self, merchant_id: str, parcel_id: str, after: int, limit: int) -> Sequence[Numbered]:
        """Changes numbered above `after`, in order, without holes."""
        ...


class Onlooker(Protocol):
    """One kind of viewer of one parcel, for as long as the parcel's head is the same."""

    def look(self, position: Position) -> Seen:
        """What this viewer may see of the courier now because of this parcel; asked for every position."""
        ...


class Renderer(Protocol):
    """Turns what is known into serialised messages of the contract. All of it may raise refusals."""

    async def snapshot(self, viewer: Viewer, targets: Targets) -> tuple[bytes, Mapping[str, Head]]:
        """A `Snapshot` message, and every parcel's head as of the same read. Raises NotFound for unknown targets."""
        ...

    def contact(self, change: Numbered, head: Head, position: Position | None, viewer: Viewer) -> Contact:
        """What a change may tell of its courier, by where the parcel (`head`) and he (`position`) are now."""
        ...

    def change(self, change: Numbered, viewer: Viewer, shown: Contact) -> bytes:
        """A `ParcelChange` message. The answer is shared by all viewers with an equal `view` who are shown as much."""
        ...

    def position(self, position: Position, datum: Datum, *, named: bool) -> bytes:
        """A `CourierPosition` message, with the place in words if `named`. Serialised once, however many watch."""
        ...

    def known_as(self, courier_id: str, viewer: Viewer) -> str:
        """The name by which this kind of viewer knows a courier; the same for all with an equal `view`."""
        ...

    def onlooker(self, parcel_id: str, head: Head, viewer: Viewer) -> Onlooker:
        """Who looks at a courier because of this parcel; shared by all viewers with an equal `view`."""
        ...


class Line(Protocol):
    """A way to a reader that takes a frame at once, while the task that serves him sleeps."""

    @property
    def busy(self) -> bool:
        """Whether the last frame has not been taken yet: he does not read."""
        ...

    def post(self, message: bytes) -> None:
        """Sends a frame; only while it is not busy."""
        ...

    def when_free(self, then: Callable[[], None]) -> None:
        """Calls back once, when the frame on its way has been taken."""
        ...


class Fixes(Protocol):
    """The newest position of each courier, for whoever begins to watch."""

    async def get(self, merchant_id: str, courier_ids: Iterable[str]) -> Mapping[str, Position]:
        """Of these couriers; nothing when Redis is away."""
        ...

    async def all(self, merchant_id: str) -> Mapping[str, Position]:
        """Of every courier of the merchant."""
        ...
