"""What leaves the service while a courier drives his round: frames and answers, not only the rules behind them."""

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import pytest
import pytest_asyncio
import redis
from doorstep.tracking.v1.live_service_pb2 import WatchUpdate
from eventually import eventually
from valkey_process import valkey_process

from doorstepd.access.merchants import Merchants
from doorstepd.intake.assign_stops import Courier, NewStop
from doorstepd.intake.complete_stop import Outcome
from doorstepd.intake.register_order import NewOrder, NewParcel
from doorstepd.live import Targets, Viewer
from doorstepd.parcels.records import Door, Item, Recipient
from doorstepd.positions.datum import Datum
from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import RawFix
from doorstepd.positions.visibility import coarse
from doorstepd.rpc.reading import Audience
from doorstepd.settings import Settings
from doorstepd.wiring import Doorstep

METRE = 1 / 111_195.0
DOORS = {"near": Door(31.2, 121.6), "next": Door(31.2 + 400 * METRE, 121.6), "far": Door(31.25, 121.6)}
RECIPIENT = Recipient("张三丰", "13812345678", "上海市浦东新区张江路88号3栋501室")


class Town:
    """A service in this process, with three customers on one round."""

    def __init__(self, doorstep: Doorstep) -> None:
        self.doorstep = doorstep
        self.steps = 0

    async def settle(self, order: tuple[str, ...] = ("near", "next", "far"), courier_id: str = "k1") -> None:
        now = self.now()
        for name in order:
            new = NewOrder(name, f"c-{name}", (NewParcel((Item("毛巾"),), "zto", f"78{name}"),), RECIPIENT, DOORS[name])
            await self.doorstep.intake.orders.register("m", new, now)
        await self.assign(order, courier_id)

    async def assign(self, order: tuple[str, ...], courier_id: str = "k1") -> None:
        stops = [NewStop(f"{name}-1", place) for place, name in enumerate(order, 1)]
        await self.doorstep.intake.rounds.assign("m", Courier(courier_id, "李四", "13800005678"), stops, self.now())

    async def drive(self, lat: float, lng: float = 121.6, courier_id: str = "k1", ago: float = 0.0) -> None:
        """Two fixes a second apart, so that the track believes the place."""
        moment = time.time() - ago
        async with self.doorstep.intake.positions.round("m", courier_id) as its_round:
            self.its_round = its_round
            for before in (1.0, 0.0):
                raw = RawFix(lat - 3 * before * METRE, lng, Datum.WGS84, moment - before, time.time(), 8.0, 3.0, 90.0)
                await self.doorstep.intake.positions.report(its_round, [raw])

    async def complete(self, name: str, delivered: bool = True) -> None:
        await self.doorstep.intake.stops.complete("m", f"{name}-1", Outcome(delivered, None, self.now()), self.now())

    def watch(self, name: str, view: str = "self") -> "Eyes":
        viewer = Viewer(f"m/{name}{view}", "m", view)
        return Eyes(self.doorstep.hub.watch(viewer, Targets(orders=(name,))))

    async def answer(self, name: str, view: str = "self"):
        """What GetParcel says."""
        parcels = await self.doorstep.reading.parcels(Audience("m", view), [f"{name}-1"])
        return parcels[f"{name}-1"]

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)


class Eyes:
    """Reads a watch by itself."""

    def __init__(self, watch) -> None:
        self.updates = []
        self.task = asyncio.create_task(self._read(watch))

    async def _read(self, watch) -> None:
        async with watch as frames:
            async for frame in frames:
                self.updates.append((time.time(), WatchUpdate.FromString(frame)))

    @property
    def positions(self):
        return [one.position for _, one in self.updates if one.HasField("position")]

    @property
    def places(self):
        return [
            (one.position.point.latitude, one.position.point.longitude)
            for one in self.positions
            if one.HasField("position")
        ]

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture(scope="module")
def valkey():
    with valkey_process() as process:
        yield process


@asynccontextmanager
async def opened(tmp_path, url, **visibility):
    with redis.Redis.from_url(url) as admin:
        # The courier of the test before has the same name: where he was then is nothing that this shop's rules are for.
        admin.flushall()
    doorstep = Doorstep(Settings(data=tmp_path, redis_url=url, ask_carriers=False))
    await doorstep.start()
    try:
        await Merchants(doorstep.database, doorstep.sealer).create(
            "m", "shop", Town.now(), settings={"visibility": visibility} if visibility else {}
        )
        yield Town(doorstep)
    finally:
        await doorstep.stop()


@pytest_asyncio.fixture
async def town(tmp_path, valkey):
    async with opened(tmp_path, valkey.url) as one:
        yield one


def close_to(place, lat, lng=121.6):
    return distance_m(*place, lat, lng) < 1.0


async def test_on_the_open_road_a_customer_sees_the_very_place(town):
    await town.settle()
    eyes = town.watch("near")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    assert close_to(eyes.places[-1], 31.2 - 600 * METRE)
    assert eyes.positions[-1].approaches[0].distance_meters == pytest.approx(600, abs=3)
    assert eyes.positions[-1].approaches[0].stops_ahead == 0
    await eyes.close()


async def test_the_place_is_told_in_words_too(town):
    await town.settle()
    eyes = town.watch("near")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    assert eyes.positions[-1].position.place.zh == "上海市"
    assert (await town.answer("near")).position.place.en == "Shanghai"
    await eyes.close()


async def test_a_place_that_a_rule_keeps_unnamed_is_told_to_nobody_who_waits(tmp_path, valkey):
    async with opened(tmp_path, valkey.url, place="never") as town:
        await town.settle()
        eyes = town.watch("near")
        await town.drive(31.2 - 600 * METRE)
        await eventually(lambda: eyes.places)
        assert not eyes.positions[-1].position.HasField("place")
        assert not (await town.answer("near")).position.HasField("place")
        await eyes.close()


async def test_at_a_neighbours_door_others_see_the_grid_and_the_neighbour_the_place(town):
    await town.settle()
    eyes, neighbour = town.watch("next"), town.watch("near")
    await town.drive(31.2 - 20 * METRE)
    await eventually(lambda: eyes.places and neighbour.places)
    assert close_to(neighbour.places[-1], 31.2 - 20 * METRE)
    assert close_to(eyes.places[-1], *coarse(31.2 - 20 * METRE, 121.6))
    shown = eyes.positions[-1].position
    assert not shown.HasField("speed_mps")
    assert not shown.HasField("heading_degrees")
    from_grid = distance_m(*eyes.places[-1], 31.2 + 400 * METRE, 121.6)
    assert eyes.positions[-1].approaches[0].distance_meters == pytest.approx(from_grid, abs=0.1)
    answer = await town.answer("next")
    assert (answer.position.point.latitude, answer.position.point.longitude) == pytest.approx(eyes.places[-1])
    await eyes.close()
    await neighbour.close()


async def test_a_guest_sees_the_grid_even_on_the_open_road(town):
    await town.settle()
    eyes = town.watch("near", "guest")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    assert close_to(eyes.places[-1], *coarse(31.2 - 600 * METRE, 121.6))
    assert (await town.answer("near", "guest")).courier.masked_phone == ""
    await eyes.close()


async def test_delivery_ends_the_sight_within_a_second(town):
    await town.settle()
    eyes = town.watch("near")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    seen, over = len(eyes.places), time.time()
    await town.complete("near")
    await eventually(lambda: eyes.positions[-1].state == 3, 1.0)
    assert time.time() - over <= 1.0
    for step in range(5):
        await town.drive(31.2 - (590 - step) * METRE)
    await asyncio.sleep(0.3)
    assert len(eyes.places) == seen
    answer = await town.answer("near")
    assert not answer.HasField("position")
    assert not answer.HasField("approach")
    await eyes.close()


async def test_after_a_change_of_couriers_only_the_new_one_is_seen(town):
    await town.settle()
    eyes = town.watch("near")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    await town.assign(("near",), "k2")
    await eventually(lambda: eyes.positions[-1].state == 3)
    seen = len(eyes.positions)
    await town.drive(31.2 - 590 * METRE)
    await town.drive(31.2 + 2000 * METRE, courier_id="k2")
    await eventually(lambda: close_to(eyes.places[-1], 31.2 + 2000 * METRE))
    assert {one.courier_id for one in eyes.positions[seen:]} == {"k2"}
    assert (await town.answer("near")).position.courier_id == "k2"
    await eyes.close()


async def test_the_stops_ahead_fall_as_others_are_served(town):
    await town.settle()
    eyes = town.watch("next")
    await town.drive(31.2 - 900 * METRE)
    await eventually(lambda: eyes.places)
    assert eyes.positions[-1].approaches[0].stops_ahead == 1
    async with town.doorstep.intake.positions.round("m", "k1"):
        await town.complete("near")
        await asyncio.sleep(0.2)
        await town.drive(31.2 - 880 * METRE)
        await eventually(lambda: eyes.positions[-1].approaches[0].stops_ahead == 0)
    await eyes.close()


async def test_a_merchants_rule_keeps_the_place_back_and_tells_the_rest(tmp_path, valkey):
    async with opened(tmp_path, valkey.url, position="stops<=0", distance="never", courier_phone="never") as town:
        await town.settle()
        eyes = town.watch("next")
        await town.drive(31.2 - 900 * METRE)
        await eventually(lambda: eyes.positions)
        assert eyes.places == []
        assert eyes.positions[-1].state == 3
        told = eyes.positions[-1].approaches[0]
        assert (told.stops_ahead, told.HasField("distance_meters")) == (1, False)
        answer = await town.answer("next")
        assert answer.courier.display_name == "李*"
        assert answer.courier.masked_phone == ""
        assert not answer.HasField("position")
        await eyes.close()


async def test_what_is_kept_back_is_not_in_the_changes_either(tmp_path, valkey):
    async with opened(tmp_path, valkey.url, courier_phone="never") as town:
        await town.settle()
        eyes = town.watch("next")
        await eventually(lambda: eyes.updates)
        await town.complete("next")
        await eventually(lambda: any(one.HasField("change") for _, one in eyes.updates))
        changes = [one.change for _, one in eyes.updates if one.HasField("change")]
        assert {one.parcel.courier.masked_phone for one in changes} == {""}
        assert {one.parcel.courier.display_name for one in changes} == {"李*"}
        await eyes.close()


async def test_a_resting_courier_is_taken_off_the_map(town):
    await town.settle(("far",))
    eyes = town.watch("far")
    await town.drive(31.2 - 600 * METRE)
    await eventually(lambda: eyes.places)
    async with town.doorstep.intake.positions.round("m", "k1") as its_round:
        its_round._rest._since = its_round._rest._since - 601.0
        await town.drive(31.2 - 598 * METRE)
        await eventually(lambda: eyes.positions[-1].state == 3)
        assert not (await town.answer("far", "desk")).HasField("position")
        its_round._rest._lat -= 0.01
        await town.drive(31.2 - 596 * METRE)
        await eventually(lambda: close_to(eyes.places[-1], 31.2 - 596 * METRE))
    await eyes.close()
