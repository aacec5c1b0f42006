"""What is kept of orders and parcels. Names, phones and addresses here are masked already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.vocabulary import Status, SubStatus


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was ordered."""

    title: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives, masked for one kind of reader."""

    name: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a parcel goes, in WGS-84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Order:
    """An order as registered."""

    merchant_id: str
    order_id: str
    customer_id: str
    digest: str
    order_time: datetime | None
    create_time: datetime
    recipient: Recipient
    recipient_public: Recipient
    door: Door | None = None


@dataclass(frozen=True, slots=True)
class CourierCard:
    """Whoever brings a parcel, masked. `courier_id` is None when only a carrier's text named the courier."""

    courier_id: str | None
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """When a parcel should arrive, and who says so: "carrier" or "live"."""

    time: datetime
    source: str = "carrier"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and where it stands."""

    merchant_id: str
    parcel_id: str
    order_id: str
    number: int
    items: tuple[Item, ...]
    carrier: str
    tracking_number: str
    create_time: datetime
    update_time: datetime
    status: Status = Status.PENDING
    sub_status: SubStatus | None = SubStatus.NO_INFO_YET
    status_time: datetime | None = None
    event_id: str | None = None
    attention: bool = False
    terminal: bool = False
    attempt: int = 1
    courier: CourierCard | None = None
    expected: Expected | None = None
    shipments: tuple[Shipment, ...] = ()
    revision: int = 0

    @property
    def visible_position(self) -> bool:
        """Only a parcel that is on its way to the door has a position to show."""
        return self.status is Status.OUT_FOR_DELIVERY and self.courier is not None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A tracking event as kept: its text, names and phones masked."""

    parcel_id: str
    event_id: str
    event: TrackingEvent
    receive_time: datetime


@dataclass(frozen=True, slots=True)
class StoredReminder:
    """A reminder that rang."""

    parcel_id: str
    attempt: int
    kind: str
    ring_time: datetime
    text_zh: str
    text_en: str
    reason: dict[str, Any]

    @property
    def reminder_id(self) -> str:
        """Names the reminder; there is never a second one of the same name."""
        return f"{self.parcel_id}/{self.attempt}/{self.kind}"


@dataclass(frozen=True, slots=True)
class Change:
    """One numbered change: the parcel right after it, and the event or reminder that it was.

    `deciding` is the event that the parcel's status rests on after the change; its sentence is the parcel's.
    `order` is there for its recipient's mask.
    """

    revision: int
    kind: str
    time: datetime
    after: Parcel
    event: StoredEvent | None = None
    reminder: StoredReminder | None = None
    deciding: StoredEvent | None = None
    order: Order | None = None

    @property
    def courier_id(self) -> str | None:
        """Who had the parcel right after it."""
        return self.after.courier.courier_id if self.after.courier else None
