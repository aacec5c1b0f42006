"""SF signs no push: what asks for money is not passed on, and an end of the journey is checked with SF first."""

import json
from datetime import timedelta

import pytest

from doorstepd.carriers import carrier
from doorstepd.carriers.carrier import Push
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.pushes import pushes
from doorstepd.carriers.times import CHINA
from doorstepd.intake.ledger import Report
from doorstepd.intake.receive_push import PushReceiver
from doorstepd.parcels.vocabulary import Status, SubStatus
from doorstepd.reminders import store as reminder_store

NUMBER = "SF1000000000777"
DEMAND = "您的快件待缴关税，请点击 http://pay.example 支付 300 元"


def said(world, remark, code="", number=NUMBER, ago=timedelta()):
    """A push that anybody could have sent."""
    time = f"{(world.clock.now - ago).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    route = {"mailno": number, "acceptTime": time, "remark": remark, "opCode": code, "acceptAddress": "上海市"}
    return Push(json.dumps({"Body": {"WaybillRoute": [route]}}).encode(), "application/json")


async def receive(world, push, **options):
    receiver = PushReceiver(world.merchants, world.recorder, world.database, **options)
    secret = (await world.merchants.get("m")).webhook_secret
    return await receiver.receive("sf", secret, push, world.clock.now)


async def rung(world, parcel_id):
    async with world.database.reading() as c:
        return [one.kind for one, _ in await reminder_store.of_parcels(c, "m", [parcel_id])]


def played(world):
    """The whole journey of a parcel as the fake SF knows it, and the pushes that it sends of it."""
    world.fakes.announce("sf", NUMBER)
    world.clock.pass_(hours=18)
    parcel = world.fakes.parcels["sf", NUMBER]
    return pushes("sf", parcel, parcel.scans(world.clock.now), TEST_CREDENTIALS["sf"])


@pytest.mark.parametrize("keys", [(), ("sf",)])
async def test_an_unsigned_push_never_asks_the_customer_for_money(world, keys):
    await world.holds(*keys)
    parcel_id = await world.parcel(NUMBER, "sf")
    await receive(world, said(world, DEMAND))
    parcel = await world.read(parcel_id)
    assert (parcel.status, parcel.sub_status) == (Status.CUSTOMS, SubStatus.CUSTOMS_PROCESSING)
    assert not parcel.attention
    assert not await rung(world, parcel_id)
    assert await world.told(parcel_id) == ["sf: "]


async def test_what_sf_itself_answers_may_ask_for_money(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf")
    push = said(world, DEMAND)
    await receive(world, push)
    (answer,) = carrier("sf").parse_push(push)
    await world.recorder.record("m", parcel_id, Report(answer.events, answer.shipment), world.clock.now)
    assert (await world.read(parcel_id)).sub_status is SubStatus.DUTY_DUE
    assert await rung(world, parcel_id) == ["customs_action"]
    assert len(await world.told(parcel_id)) == 1


async def test_a_delivery_that_an_unsigned_push_tells_ends_nothing_until_sf_is_asked(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf")
    await receive(world, said(world, "快件派送中", "44", ago=timedelta(hours=1)))
    await receive(world, said(world, "已签收", "80"))
    parcel = await world.read(parcel_id)
    assert (parcel.status, parcel.terminal) == (Status.OUT_FOR_DELIVERY, False)
    assert "delivered" not in await rung(world, parcel_id)
    assert await world.due_in(parcel_id) == timedelta()


async def test_a_delivery_that_sf_does_not_confirm_stays_a_claim(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf")
    world.fakes.announce("sf", NUMBER)
    world.clock.pass_(minutes=700)
    await receive(world, said(world, "已签收", "80"))
    assert await world.ask() == 1
    parcel = await world.read(parcel_id)
    assert (parcel.status, parcel.terminal) == (Status.IN_TRANSIT, False)
    assert await rung(world, parcel_id) == []


async def test_a_delivery_that_sf_confirms_is_one_event_and_rings_once(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf")
    for push in played(world):
        await receive(world, Push(push.body, "application/json", push.headers))
    before = await world.told(parcel_id)
    assert not (await world.read(parcel_id)).terminal
    assert await world.ask() == 1
    parcel = await world.read(parcel_id)
    assert (parcel.status, parcel.terminal) == (Status.DELIVERED, True)
    assert await world.told(parcel_id) == before
    assert (await rung(world, parcel_id)).count("delivered") == 1
    assert await world.ask() == 0


@pytest.mark.parametrize("case", ["no keys", "nobody asks"])
async def test_a_delivery_counts_where_nobody_can_be_asked(world, case):
    await world.holds(*(() if case == "no keys" else ("sf",)))
    parcel_id = await world.parcel(NUMBER, "sf")
    await receive(world, said(world, "已签收", "80"), asks_carriers=case == "no keys")
    assert (await world.read(parcel_id)).terminal


async def test_a_delivery_counts_where_sf_keeps_silent_for_want_of_a_phone(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf", phone="")
    world.modes("empty", ["sf"])
    await receive(world, said(world, "已签收", "80"))
    assert not (await world.read(parcel_id)).terminal
    await world.ask()
    assert (await world.read(parcel_id)).terminal
    assert len(await world.told(parcel_id)) == 1


async def test_a_delivery_waits_while_sf_is_down(world):
    await world.holds("sf")
    parcel_id = await world.parcel(NUMBER, "sf")
    world.modes("down", ["sf"])
    await receive(world, said(world, "已签收", "80"))
    await world.ask()
    assert not (await world.read(parcel_id)).terminal


async def test_an_unsigned_push_does_not_say_whom_to_ask(world):
    await world.holds("sf")
    parcel_id = await world.parcel("999", "")
    await receive(world, said(world, "快件派送中", "44", number="999"))
    parcel = await world.read(parcel_id)
    assert (parcel.status, parcel.carrier) == (Status.OUT_FOR_DELIVERY, "")
