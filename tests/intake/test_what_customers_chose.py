"""Each customer's own radius and quiet hours, from the table to the bell and to the phone."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta

import pytest
from office import DOOR, event, fixes_towards, now
from sqlalchemy import insert, select

from doorstepd.background.relay import Relay
from doorstepd.database.tables import merchants, outbox
from doorstepd.intake.assign_stops import Courier, NewStop
from doorstepd.intake.courier_round import BellPolicy
from doorstepd.parcels.records import StoredReminder
from doorstepd.parcels.vocabulary import Status
from doorstepd.reminders import preference_store
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.preferences import Preferences
from doorstepd.reminders.quiet import QuietHours

MIDNIGHT = datetime.now(UTC).replace(hour=16, minute=0, second=0, microsecond=0)  # in Shanghai
NIGHT = QuietHours(time(22), time(8))
AWAKE = QuietHours(time(0), time(0))


async def choose(office, customer_id, merchant_id="m", **chosen):
    async with office.database.writing() as c:
        await preference_store.put(c, merchant_id, customer_id, Preferences(**chosen), now())


async def chosen(office, customer_id, merchant_id="m"):
    async with office.database.reading() as c:
        return await preference_store.get(c, merchant_id, customer_id)


# Kept


async def test_who_is_not_known_has_chosen_nothing(office):
    assert await chosen(office, "nobody") == Preferences()


async def test_what_is_chosen_takes_the_place_of_all_that_was(office):
    await choose(office, "c1", radius_m=500.0, quiet=NIGHT)
    assert await chosen(office, "c1") == Preferences(500.0, NIGHT)
    await choose(office, "c1", radius_m=2000.0)
    assert await chosen(office, "c1") == Preferences(2000.0)


async def test_an_order_that_comes_later_leaves_what_was_chosen(office):
    await choose(office, "c1", radius_m=500.0)
    await office.register(customer_id="c1")
    assert await chosen(office, "c1") == Preferences(500.0)


async def test_a_customer_of_the_same_name_at_another_shop_is_another(office):
    await choose(office, "c1", radius_m=500.0)
    assert await chosen(office, "c1", "n") == Preferences()


# Rung by


async def parcel_on_round(office, customer_id, courier_id="k1"):
    """Its place in the round is not known, so that distance alone decides."""
    parcel_id = await office.parcel_id(customer_id=customer_id)
    await office.rounds.assign("m", Courier(courier_id), [NewStop(parcel_id, 0)], now())
    return parcel_id


class Ride:
    """From 2.3 km to 300 m from the door, 100 m each report; the last one is of now."""

    def __init__(self, office, its_round):
        self.office, self.its_round = office, its_round
        self.left = list(fixes_towards(DOOR, start_m=2300, step_m=100, count=21))

    async def comes_to(self, metres):
        here = len(self.left) - (metres - 300) // 100
        await self.office.positions.report(self.its_round, self.left[:here])
        self.left = self.left[here:]
        await self.office.positions.settled(self.its_round)

    async def is_told_of_stops(self):
        await self.office.positions.stops_changed("m", "k1")
        await self.office.positions.settled(self.its_round)


@asynccontextmanager
async def ride(office):
    async with office.positions.round("m", "k1") as its_round:
        yield Ride(office, its_round)


async def bells(office, parcel_id):
    return [one for one in await office.reminders(parcel_id) if one.kind == "courier_near"]


async def test_two_customers_of_one_courier_are_rung_each_at_his_own_distance(office):
    await choose(office, "near", radius_m=500.0)
    await choose(office, "far", radius_m=2000.0)
    near, usual, far = [await parcel_on_round(office, name) for name in ("near", "usual", "far")]
    rung = []
    async with ride(office) as courier:
        for metres in (1500, 800, 300):
            await courier.comes_to(metres)
            rung.append([[bell.reason["radius_m"] for bell in await bells(office, one)] for one in (near, usual, far)])
    assert rung == [[[], [], [2000.0]], [[], [1000.0], [2000.0]], [[500.0], [1000.0], [2000.0]]]


async def test_a_shop_that_chooses_another_radius_is_obeyed_at_the_next_look(office):
    radius = 500.0

    async def policy_of(merchant_id):
        return BellPolicy(radius)

    office.positions._policy_of = policy_of
    parcel_id = await parcel_on_round(office, "usual")
    async with ride(office) as courier:
        await courier.comes_to(800)
        assert await bells(office, parcel_id) == []
        radius = 1000.0
        await courier.is_told_of_stops()
        await courier.comes_to(700)
        await courier.comes_to(300)
    assert [bell.reason["radius_m"] for bell in await bells(office, parcel_id)] == [1000.0]


async def test_a_stop_that_is_open_takes_another_radius_at_the_next_look(office):
    parcel_id = await parcel_on_round(office, "c1")
    async with ride(office) as courier:
        await courier.comes_to(1500)
        assert await bells(office, parcel_id) == []
        await choose(office, "c1", radius_m=2000.0)
        await courier.is_told_of_stops()
        await courier.comes_to(1400)
        assert [one.reason["radius_m"] for one in await bells(office, parcel_id)] == [2000.0]


async def test_a_customer_rung_already_is_not_rung_again_at_another_radius(office):
    await choose(office, "c1", radius_m=2000.0)
    parcel_id = await parcel_on_round(office, "c1")
    async with ride(office) as courier:
        await courier.comes_to(1500)
        await choose(office, "c1", radius_m=500.0)
        await courier.is_told_of_stops()
        await courier.comes_to(300)
    assert [one.reason["radius_m"] for one in await bells(office, parcel_id)] == [2000.0]


# Left alone


class Phone:
    """A channel that keeps the notices it was given."""

    name = "recorded"

    def __init__(self):
        self.got = []

    async def send(self, notice):
        self.got.append((notice.parcel_id, notice.silent))


async def rung_at_midnight(office, customer_id):
    parcel_id = await office.parcel_id(customer_id=customer_id)
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY, ago=timedelta(days=3)))
    async with office.database.writing() as c:
        reminder = StoredReminder(parcel_id, 1, "courier_near", MIDNIGHT, "中", "en", {})
        await reminder_store.add(c, [("m", reminder)], ("recorded",))
    return parcel_id


async def released(office):
    """What the phones got, and why the others got nothing."""
    phone = Phone()
    await Relay(office.database, {"recorded": phone}).send_due(MIDNIGHT)
    async with office.database.reading() as c:
        dropped = await c.execute(select(outbox.c.parcel_id, outbox.c.drop_reason).where(outbox.c.state == "dropped"))
        return dict(phone.got), {row.parcel_id: row.drop_reason for row in dropped}


async def test_of_two_customers_the_one_who_sleeps_is_left_alone_and_the_reason_is_kept(office):
    await choose(office, "sleeps", quiet=NIGHT)
    await choose(office, "dozes", quiet=QuietHours(time(22), time(8), silently=True))
    asleep, dozing, awake = [await rung_at_midnight(office, name) for name in ("sleeps", "dozes", "usual")]
    assert await released(office) == ({dozing: True, awake: False}, {asleep: "QUIET_HOURS"})


@pytest.mark.parametrize("settings", [{"quiet_hours": {"start": "22:00", "end": "08:00"}}])
async def test_what_the_customer_chose_comes_before_the_shops_and_equal_ends_lift_it(office, settings):
    async with office.database.writing() as c:
        shop = {"merchant_id": "m", "name": "shop", "webhook_secret": "s", "create_time": now(), "settings": settings}
        await c.execute(insert(merchants).values(shop))
    await choose(office, "awake", quiet=AWAKE)
    await choose(office, "distant", radius_m=2000.0)
    awake, distant, usual = [await rung_at_midnight(office, name) for name in ("awake", "distant", "usual")]
    assert await released(office) == ({awake: False}, {distant: "QUIET_HOURS", usual: "QUIET_HOURS"})
