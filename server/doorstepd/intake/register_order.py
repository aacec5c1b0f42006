"""An order arrives from the shop: it and its parcels are registered, once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from doorstepd.access.masking import Profile, mask_address, mask_name, mask_phone
from doorstepd.access.sealing import Sealer
from doorstepd.database import Database
from doorstepd.database.grouping import GroupedWrites
from doorstepd.database.prepared import KeyTaken
from doorstepd.errors import AlreadyExists
from doorstepd.intake.early_reports import EarlyReports
from doorstepd.intake.ledger import Ledger
from doorstepd.intake.signals import Signals
from doorstepd.names import parcel_id, tracking_number
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


@dataclass(frozen=True, slots=True)
class _Sent:
    """An order as it will be kept unless it is known, its complete recipient sealed."""

    order: Order
    parcels: list[Parcel]
    sealed: bytes

    @property
    def name(self) -> tuple[str, str]:
        return self.order.merchant_id, self.order.order_id

    @property
    def parcel_names(self) -> set[tuple[str, str]]:
        return {(one.merchant_id, one.parcel_id) for one in self.parcels}


class OrderRegister:
    """Registers orders; those that arrive while a transaction is being written go into the next one together."""

    def __init__(self, database: Database, sealer: Sealer, ledger: Ledger, signals: Signals) -> None:
        self._writes = GroupedWrites(database, self._register_all)
        self._database = database
        self._sealer = sealer
        self._ledger = ledger
        self._early = EarlyReports(ledger)
        self._signals = signals

    async def register(self, merchant_id: str, new: NewOrder, now: datetime) -> Registered:
        """The order as kept. The same content again changes nothing.

        Raises AlreadyExists when the order ID, or a parcel ID, is taken by something else.
        """
        order = self._order(merchant_id, new, now)
        parcels = [_parcel(order, number, one, now) for number, one in enumerate(new.parcels, 1)]
        sent = _Sent(order, parcels, self._seal(merchant_id, new))
        try:
            known = await self._writes.run(sent)
        except KeyTaken:
            known = await self._after_race(sent)
        if known is not None:
            return known
        for parcel in parcels:
            self._signals.parcel_changed(merchant_id, parcel.order_id, parcel.parcel_id, parcel.revision)
        return Registered(order, parcels)

    async def _register_all(self, c: AsyncConnection, waiting: Sequence[_Sent]) -> list[Registered | Exception | None]:
        """For each order what is known under its ID, None if it is new and was written, or AlreadyExists."""
        taken = await _taken(c, waiting)
        known = await _known(c, waiting)  # second: else an order that another process adds meanwhile seems a stranger's
        outcomes: list[Registered | Exception | None] = []
        new: list[_Sent] = []
        for sent in waiting:
            if sent.name in known:
                outcomes.append(_same(known[sent.name], sent))
            elif len(sent.parcel_names) < len(sent.parcels) or not taken.isdisjoint(sent.parcel_names):
                outcomes.append(AlreadyExists(order_id=sent.order.order_id))
            else:
                outcomes.append(None)
                new.append(sent)
                known[sent.name] = Registered(sent.order, sent.parcels)
                taken |= sent.parcel_names
        await self._write(c, new)
        return outcomes

    async def _write(self, c: AsyncConnection, new: Sequence[_Sent]) -> None:
        parcels = [parcel for sent in new for parcel in sent.parcels]
        await store.insert_orders(c, [(sent.order, sent.sealed) for sent in new], parcels)
        await self._ledger.begin(c, parcels)
        await subscriptions.queue(c, parcels)
        early = await self._early.replay(c, parcels, datetime.now(UTC))
        for sent in new if early else ():
            sent.parcels[:] = [early.get((one.merchant_id, one.parcel_id), one) for one in sent.parcels]

    async def _after_race(self, sent: _Sent) -> Registered:
        """Somebody else registered the order, or took a parcel ID, between our look and our write."""
        async with self._database.reading() as c:
            known = (await _known(c, [sent])).get(sent.name)
        outcome = _same(known, sent) if known else AlreadyExists(order_id=sent.order.order_id)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

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


def _same(known: Registered, sent: _Sent) -> Registered | AlreadyExists:
    if known.order.digest != sent.order.digest:
        return AlreadyExists(order_id=sent.order.order_id)
    return known


async def _known(c: AsyncConnection, waiting: Sequence[_Sent]) -> dict[tuple[str, str], Registered]:
    """Orders that are kept already under the IDs of those that wait."""
    found: dict[tuple[str, str], Registered] = {}
    for merchant_id, ids in _by_merchant(sent.name for sent in waiting).items():
        orders = await store.get_orders(c, merchant_id, ids)
        parcels = await store.parcels_of_orders(c, merchant_id, orders) if orders else {}
        found |= {(merchant_id, name): Registered(one, parcels.get(name, [])) for name, one in orders.items()}
    return found


async def _taken(c: AsyncConnection, waiting: Sequence[_Sent]) -> set[tuple[str, str]]:
    """Parcel IDs that are in use already."""
    wanted = _by_merchant(name for sent in waiting for name in sent.parcel_names)
    return {
        (merchant_id, name) for merchant_id, ids in wanted.items() for name in await store.existing(c, merchant_id, ids)
    }


def _by_merchant(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for merchant_id, name in names:
        found.setdefault(merchant_id, []).append(name)
    return found


def _parcel(order: Order, place: int, new: NewParcel, now: datetime) -> Parcel:
    number = tracking_number(new.tracking_number)
    return Parcel(
        merchant_id=order.merchant_id,
        parcel_id=new.parcel_id or parcel_id(order.order_id, place),
        order_id=order.order_id,
        number=place,
        items=new.items,
        carrier=new.carrier,
        tracking_number=number,
        create_time=now,
        update_time=now,
        revision=1,
        status=Status.INFO_RECEIVED if number else Status.PENDING,
        sub_status=SubStatus.LABEL_CREATED if number else SubStatus.NO_INFO_YET,
    )
