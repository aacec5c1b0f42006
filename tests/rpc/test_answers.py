"""Kept answers are never older than they may be: a wake, a gap or their age makes them void."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doorstep.tracking.v1 import order_pb2, parcel_pb2

from doorstepd.errors import Unavailable
from doorstepd.live.publish import wakes_channel, write_wake
from doorstepd.parcels.records import Expected, Order, Parcel, Recipient
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions.visibility import DEFAULT_RULES, NEVER, VisibilityRules
from doorstepd.rpc.answers import ON_THE_WAY_S, SETTLED_S, Answers
from doorstepd.rpc.reading import Audience, Rendered

ME = Audience("shop", "self")
NOW = datetime.now(UTC)
ORDER = Order("shop", "A", "c", "", None, NOW, Recipient(), Recipient())
PARCEL = Parcel("shop", "A-1", "A", 1, (), "zto", "78", NOW, NOW)


class Bus:
    """Delivers at once what a test publishes."""

    def __init__(self) -> None:
        self.degraded = False
        self.gap: Callable[[], None] = lambda: None
        self._listeners: dict[str, list[Callable[[bytes], None]]] = {}

    def on_gap(self, callback: Callable[[], None]) -> None:
        self.gap = callback

    async def subscribe(self, channel: str, listener: Callable[[bytes], None]) -> None:
        self._listeners.setdefault(channel, []).append(listener)

    def wake(self, order_id: str, revision: int, merchant_id: str = "shop") -> None:
        for listener in self._listeners.get(wakes_channel(merchant_id), []):
            listener(write_wake(order_id, f"{order_id}-1", revision))


class Store:
    """The truth: one order, whose text is its revision."""

    def __init__(self) -> None:
        self.revision = 1
        self.reads = 0
        self.status = Status.IN_TRANSIT
        self.hold: asyncio.Event | None = None
        self.visible = DEFAULT_RULES
        self.expected: datetime | None = None
        self.looks = 0
        self.failing = False

    def rules(self, merchant_id: str) -> VisibilityRules:
        return self.visible

    async def standing(
        self, merchant_id: str, order_ids: list[str]
    ) -> tuple[VisibilityRules, dict[str, dict[str, int]]]:
        self.looks += 1
        revision = self.revision
        if self.hold is not None:
            await self.hold.wait()
        return self.visible, {"A": {"A-1": revision}} if "A" in order_ids else {}

    async def orders(self, audience: Audience, order_ids: list[str]) -> dict[str, Rendered]:
        self.reads += 1
        revision = self.revision
        if self.hold is not None:
            await self.hold.wait()
        if self.failing:
            raise Unavailable
        return {"A": self._rendered(revision)} if "A" in order_ids else {}

    def _rendered(self, revision: int) -> Rendered:
        expected = Expected(self.expected) if self.expected else None
        parcel = replace(PARCEL, revision=revision, status=self.status, expected=expected)
        message = order_pb2.Order(parcels=[parcel_pb2.Parcel(parcel_id="A-1", revision=revision)])
        return Rendered(message.SerializeToString(), ORDER, [parcel])


class World:
    """Bus, store and answers, on a clock that tests move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bus, self.store, self.late = Bus(), Store(), 0.0
        bus: Any = self.bus
        reading: Any = self.store
        self.answers = Answers(bus, reading)
        loop = asyncio.get_running_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self.late)

    async def revision(self, order_id: str = "A", audience: Audience = ME) -> int | None:
        answer = await self.answers.order(audience, order_id)
        return order_pb2.Order.FromString(answer.body).parcels[0].revision if answer else None


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


async def test_an_order_asked_for_again_is_not_read_again(world: World) -> None:
    assert [await world.revision() for _ in range(5)] == [1] * 5
    assert world.store.reads == 1


async def test_a_wake_makes_the_answer_void(world: World) -> None:
    await world.revision()
    world.store.revision = 2
    world.bus.wake("A", 2)
    assert await world.revision() == 2


async def test_a_wake_of_another_order_or_shop_changes_nothing(world: World) -> None:
    await world.revision()
    world.bus.wake("B", 2)
    world.bus.wake("A", 2, merchant_id="other")
    await world.revision()
    assert world.store.reads == 1


async def test_a_change_while_the_order_is_read_is_not_hidden_by_what_was_read(world: World) -> None:
    await world.revision()
    world.bus.wake("A", 1)
    world.store.hold = asyncio.Event()
    reading = asyncio.create_task(world.revision())
    await asyncio.sleep(0)
    world.store.revision = 2
    world.bus.wake("A", 2)
    world.store.hold.set()
    await reading
    assert await world.revision() == 2


async def test_a_lost_wake_is_made_good_by_age(world: World) -> None:
    await world.revision()
    world.store.revision = 2
    world.late = SETTLED_S + 0.1
    assert await world.revision() == 2


async def test_an_old_answer_that_would_come_out_the_same_is_not_read_again(world: World) -> None:
    for _ in range(3):
        assert await world.revision() == 1
        world.late += SETTLED_S + 0.1
    assert (world.store.reads, world.store.looks) == (1, 2)


async def test_an_answer_looked_at_anew_is_good_for_as_long_again(world: World) -> None:
    await world.revision()
    world.late = SETTLED_S + 0.1
    await world.revision()
    world.late += SETTLED_S - 1
    await world.revision()
    assert world.store.looks == 1


async def test_an_old_answer_is_read_again_when_the_shops_rules_are_others(world: World) -> None:
    await world.revision()
    world.store.visible = VisibilityRules(courier_phone=NEVER)
    world.late = SETTLED_S + 0.1
    await world.revision()
    assert world.store.reads == 2


async def test_an_old_answer_is_read_again_when_its_words_for_the_time_are_others(world: World) -> None:
    world.store.expected = datetime.now(UTC) + timedelta(seconds=SETTLED_S / 2)
    await world.revision()
    world.late = SETTLED_S / 2 + 0.1
    await world.revision()
    assert (world.store.reads, world.store.looks) == (2, 0)


async def test_an_order_on_its_way_is_read_again_though_no_revision_tells(world: World) -> None:
    world.store.status = Status.OUT_FOR_DELIVERY
    await world.revision()
    world.late = ON_THE_WAY_S + 0.1
    await world.revision()
    assert (world.store.reads, world.store.looks) == (2, 0)


async def test_a_change_while_revisions_are_looked_at_is_not_hidden_by_them(world: World) -> None:
    await world.revision()
    world.late = SETTLED_S + 0.1
    world.store.hold = asyncio.Event()
    looking = asyncio.create_task(world.revision())
    await asyncio.sleep(0)
    world.store.revision = 2
    world.bus.wake("A", 2)
    world.store.hold.set()
    await looking
    assert await world.revision() == 2


async def test_many_orders_are_answered_from_what_is_kept_and_the_rest_read_together(world: World) -> None:
    await world.revision()
    found = await world.answers.orders(ME, ["A", "B", "C"])
    assert list(found) == ["A"]
    assert world.store.reads == 2
    assert await world.answers.orders(ME, ["A"]) == found
    assert world.store.reads == 2


async def test_a_failed_read_fails_for_all_who_wait_and_is_forgotten(world: World) -> None:
    world.store.hold = asyncio.Event()
    world.store.failing = True
    waiting = [asyncio.create_task(world.revision()) for _ in range(3)]
    await asyncio.sleep(0)
    world.store.hold.set()
    assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [Unavailable] * 3
    world.store.failing = False
    assert await world.revision() == 1


async def test_an_order_on_its_way_ages_sooner(world: World) -> None:
    world.store.status = Status.OUT_FOR_DELIVERY
    await world.revision()
    world.store.revision = 2
    world.late = ON_THE_WAY_S + 0.1
    assert await world.revision() == 2


async def test_a_gap_makes_every_answer_void(world: World) -> None:
    await world.revision()
    world.store.revision = 2
    world.bus.gap()
    assert await world.revision() == 2


async def test_nothing_is_kept_while_the_bus_is_away(world: World) -> None:
    world.bus.degraded = True
    await world.revision()
    world.store.revision = 2
    assert await world.revision() == 2


async def test_each_mask_has_an_answer_of_its_own(world: World) -> None:
    await world.revision()
    await world.revision(audience=Audience("shop", "guest"))
    assert world.store.reads == 2


async def test_many_who_ask_at_once_share_one_read(world: World) -> None:
    assert await asyncio.gather(*(world.revision() for _ in range(50))) == [1] * 50
    assert world.store.reads == 1


async def test_what_is_not_there_is_not_kept(world: World) -> None:
    assert await world.revision("B") is None
    assert await world.revision("B") is None
    assert world.store.reads == 2


async def test_the_oldest_answers_make_room(world: World) -> None:
    bus: Any = world.bus
    reading: Any = world.store
    world.answers = Answers(bus, reading, most_bytes=1)
    await world.revision()
    await world.revision()
    assert world.store.reads == 2
