"""An order arrives from the shop: it and its parcels are registered, once."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.masking import Profile, mask_address, mask_name, mask_phone
from doorstepd.access.sealing import Sealer
from doorstepd.database import Database
from doorstepd.errors import AlreadyExists
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.signals import Signals
from doorstepd.names import parcel_id
from doorstepd.parcels import store, subscriptions
from doorstepd.parcels.records import Door, Item, Order, Parcel, Recipient
from doorstepd.parcels.vocabulary import Status, SubStatus


@dataclass(frozen=True, slots=True)
class NewParcel:
    """A parcel as the shop sends it."""

    items: tuple[Item, ...] = ()
    carrier: str = ""
    tracking_number: str = ""
    parcel_id: str = ""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as the shop sends it; name, phone and address are complete."""

    order_id: str
    customer_id: str
    parcels: tuple[NewParcel, ...]
    recipient: Recipient = field(default_factory=Recipient)
    door: Door | None = None
    order_time: datetime | None = None

    @property
    def content(self) -> str:
        """The same for the same order, so that a repeated call is told from a different one."""
        return json.dumps(asdict(self), default=str, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """The order and its parcels as they are kept."""

    order: Order
    parcels: list[Parcel]


class OrderRegister:
    """Registers orders."""

    def __init__(self, database: Database, sealer: Sealer, ledger: Ledger, signals: Signals) -> None:
        self._database = database
        self._sealer = sealer
        self._ledger = ledger
        self._signals = signals

    async def register(self, merchant_id: str, new: NewOrder, now: datetime) -> Registered:
        """The order as kept. The same content again changes nothing.

        Raises AlreadyExists when the order ID, or a parcel ID, is taken by something else.
        """
        try:
            async with self._database.writing() as c:
                known = await store.get_order(c, merchant_id, new.order_id)
                if known is not None:
                    return Registered(self._same(known, new), await _parcels(c, known))
                order = self._order(merchant_id, new, now)
                created = await self._insert(c, order, new, now)
        except IntegrityError:
            return await self._after_race(merchant_id, new)
        for parcel in created:
            self._signals.parcel_changed(merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)
        return Registered(order, created)

    async def _insert(self, c: AsyncConnection, order: Order, new: NewOrder, now: datetime) -> list[Parcel]:
        parcels = [_parcel(order, number, one, now) for number, one in enumerate(new.parcels, 1)]
        await store.insert_order(c, order, self._seal(order.merchant_id, new), parcels)
        await subscriptions.queue(c, parcels, now)
        created = [await self._ledger.note(c, parcel, "created", now) for parcel in parcels]
        for parcel in created:
            await self._ledger.save(c, parcel, now)
        return created

    async def _after_race(self, merchant_id: str, new: NewOrder) -> Registered:
        """Somebody else registered the order, or took a parcel ID, between our look and our write."""
        async with self._database.reading() as c:
            known = await store.get_order(c, merchant_id, new.order_id)
            if known is None:
                raise AlreadyExists(order_id=new.order_id)
            return Registered(self._same(known, new), await _parcels(c, known))

    def _same(self, known: Order, new: NewOrder) -> Order:
        if known.digest != self._sealer.fingerprint(known.merchant_id, new.content):
            raise AlreadyExists(order_id=new.order_id)
        return known

    def _order(self, merchant_id: str, new: NewOrder, now: datetime) -> Order:
        return Order(
            merchant_id=merchant_id,
            order_id=new.order_id,
            customer_id=new.customer_id,
            digest=self._sealer.fingerprint(merchant_id, new.content),
            order_time=new.order_time,
            create_time=now.astimezone(UTC),
            recipient=_masked(new.recipient, Profile.SELF),
            recipient_public=_masked(new.recipient, Profile.PUBLIC),
            door=new.door,
        )

    def _seal(self, merchant_id: str, new: NewOrder) -> bytes:
        complete = json.dumps(asdict(new.recipient), ensure_ascii=False)
        return self._sealer.seal(merchant_id, "orders.recipient", complete)


def _masked(recipient: Recipient, profile: Profile) -> Recipient:
    return Recipient(
        mask_name(recipient.name) if recipient.name else "",
        mask_phone(recipient.phone, profile) if recipient.phone else "",
        mask_address(recipient.address) if recipient.address else "",
    )


async def _parcels(c: AsyncConnection, order: Order) -> list[Parcel]:
    found = await store.parcels_of_orders(c, order.merchant_id, [order.order_id])
    return found.get(order.order_id, [])


def _parcel(order: Order, number: int, new: NewParcel, now: datetime) -> Parcel:
    return Parcel(
        merchant_id=order.merchant_id,
        parcel_id=new.parcel_id or parcel_id(order.order_id, number),
        order_id=order.order_id,
        number=number,
        items=new.items,
        carrier=new.carrier,
        tracking_number=new.tracking_number,
        create_time=now,
        update_time=now,
        status=Status.INFO_RECEIVED if new.tracking_number else Status.PENDING,
        sub_status=SubStatus.LABEL_CREATED if new.tracking_number else SubStatus.NO_INFO_YET,
    )
