"""The day's orders: most at doors along the recorded rounds, the others somewhere on their way. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstepd.demo.pushes import Consignment, Journey
from doorstepd.demo.rounds import Door, Round

_ITEMS = (
    ("毛巾", "牙刷"), ("保温杯",), ("蓝牙耳机",), ("儿童绘本",), ("纸巾",), ("猫粮",), ("台灯",), ("雨伞",),
    ("运动鞋",), ("龙井茶",), ("手机壳", "数据线"), ("面膜",), ("行李箱",), ("羽绒服",), ("咖啡豆",), ("键盘",),
)  # fmt: skip
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = ("伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "明", "超", "秀英", "建国", "桂兰")
_COURIERS = (("李卫东", "13800005678"), ("王建军", "13900003456"), ("陈志强", "13700001234"), ("周海涛", "13600007890"))
_TO_THE_DOOR = ("zto_door", "sf_door", "yto_door")
# (journey, how many): parcels that are not with one of the couriers; pushed live one after another.
_ELSEWHERE = (
    ("ems_customs", 4), ("zto_locker", 4), ("sf_address", 3),
    ("sto_station", 4), ("jd_picked_up", 4), ("zto_moving", 6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedParcel:
    """A parcel that the merchant registers."""

    items: tuple[str, ...]
    consignment: Consignment


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order. Recipient's name, phone and address are complete; `door` is None where the address has no point."""

    order_id: str
    customer_id: str
    name: str
    phone: str
    address: str
    door: Door | None
    parcels: tuple[PlannedParcel, ...]


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A courier's day: the orders in the sequence of the doors; the first parcel of each is with this courier."""

    round: Round
    courier_id: str
    name: str
    phone: str
    orders: tuple[PlannedOrder, ...]

    @property
    def parcel_ids(self) -> list[str]:
        """The parcels that this courier brings, in sequence."""
        return [f"{order.order_id}-1" for order in self.orders]


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that is going to happen.

    `watched`: for each place on the screen the IDs of the orders shown there, one after another; `live`: the parcels
    whose next scans are pushed one after another.
    """

    rounds: tuple[PlannedRound, ...]
    elsewhere: tuple[PlannedOrder, ...]
    watched: tuple[tuple[str, ...], ...]
    live: tuple[Consignment, ...]

    @property
    def orders(self) -> list[PlannedOrder]:
        """All of them."""
        return [order for one in self.rounds for order in one.orders] + list(self.elsewhere)

    @property
    def consignments(self) -> list[Consignment]:
        """Of all parcels."""
        return [parcel.consignment for order in self.orders for parcel in order.parcels]


class Planner:
    """Plans a day. `run` makes the IDs and numbers of this run its own; the rest is the same every time."""

    def __init__(self, run: str, journeys: Mapping[str, Journey], now: datetime) -> None:
        self._run = run
        self._journeys = journeys
        self._now = now
        self._random = random.Random(7)
        self._orders = 0
        self._numbers = int(run) * 1000

    def day(self, rounds: Sequence[Round], seconds_to_doors: Sequence[Sequence[float]]) -> Day:
        """`seconds_to_doors`: for each round, after how many seconds the courier will be at each of its doors."""
        planned = tuple(self._round(place, one, seconds_to_doors[place]) for place, one in enumerate(rounds))
        elsewhere = tuple(self._elsewhere(name, rounds[0]) for name, count in _ELSEWHERE for _ in range(count))
        return Day(planned, elsewhere, _watched(planned, elsewhere), _live(planned, elsewhere))

    def _round(self, place: int, recorded: Round, seconds: Sequence[float]) -> PlannedRound:
        name, phone = _COURIERS[place]
        orders = []
        for number, door in enumerate(recorded.doors):
            words = _words(recorded) | {"courier": name, "phone": phone}
            first = self._parcel(_TO_THE_DOOR[(place + number) % 3], words, _quarter(self._now, seconds[number]))
            more = [self._parcel("zto_moving", words)] if number % 6 == 5 else []
            orders.append(self._order(recorded, door, [first, *more]))
        return PlannedRound(recorded, f"courier-{self._run}-{place + 1}", name, phone, tuple(orders))

    def _elsewhere(self, journey: str, near: Round) -> PlannedOrder:
        parcel = self._parcel(journey, _words(near) | {"courier": "", "phone": ""})
        return self._order(near, None, [parcel])

    def _order(self, near: Round, door: Door | None, parcels: list[PlannedParcel]) -> PlannedOrder:
        self._orders += 1
        pick = self._random
        order_id = f"D{self._run}-{self._orders:03d}"
        for parcel in parcels:
            parcel.consignment.order_id = order_id
        house = f"{pick.randint(1, 300)}号{pick.randint(1, 9)}幢{pick.randint(1, 12)}0{pick.randint(1, 4)}室"
        return PlannedOrder(
            order_id=order_id,
            customer_id=f"customer-{self._orders:03d}",
            name=pick.choice(_SURNAMES) + pick.choice(_GIVEN),
            phone=f"1{pick.choice('3578')}{pick.randint(0, 9)}0000{pick.randint(0, 9999):04d}",
            address=f"{near.city}{near.district}{pick.choice(near.roads)}{house}",
            door=door,
            parcels=tuple(parcels),
        )

    def _parcel(self, journey: str, words: Mapping[str, str], expected: datetime | None = None) -> PlannedParcel:
        self._numbers += 1
        track = self._journeys[journey]
        number = track.number.format(self._numbers)
        return PlannedParcel(self._random.choice(_ITEMS), Consignment(track, number, "", words, expected))


def _words(near: Round) -> dict[str, str]:
    return {"city": near.city, "city_short": near.city.removesuffix("市"), "station": near.station}


def _watched(rounds: Sequence[PlannedRound], elsewhere: Sequence[PlannedOrder]) -> tuple[tuple[str, ...], ...]:
    """First one whose bell is about to ring, then one about to be handed over, another bell, and two on their way."""
    with_couriers = (
        rounds[0].orders[rounds[0].round.bell :],
        rounds[2].orders,
        rounds[1].orders[rounds[1].round.bell :],
    )
    by_journey = {order.parcels[0].consignment.journey.name: order for order in reversed(elsewhere)}
    places = (*with_couriers, (by_journey["ems_customs"],), (by_journey["sf_address"],))
    return tuple(tuple(order.order_id for order in place) for place in places)


def _live(rounds: Sequence[PlannedRound], elsewhere: Sequence[PlannedOrder]) -> tuple[Consignment, ...]:
    """Turn about: one kind after another, so that the first few pushes show something of everything."""
    kinds: dict[str, list[Consignment]] = {}
    for order in elsewhere:
        consignment = order.parcels[0].consignment
        kinds.setdefault(consignment.journey.name, []).append(consignment)
    turns = [list(turn) for turn in zip(*kinds.values(), strict=False)]
    with_couriers = [one.orders[place].parcels[0].consignment for one in rounds for place in range(3, 8)]
    return tuple([one for turn in turns for one in turn] + with_couriers)


def _quarter(now: datetime, seconds: float) -> datetime:
    """So many seconds from now, rounded up to five minutes as a carrier would say it."""
    due = now + timedelta(seconds=seconds)
    return due + timedelta(minutes=5 - due.minute % 5, seconds=-due.second, microseconds=-due.microsecond)
