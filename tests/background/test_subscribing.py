"""Providers are asked, once and in time, to tell of new numbers by themselves."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode

import pytest

from doorstepd.carriers.carrier import Push
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.guess import guess
from doorstepd.carriers.signing import md5_hex
from doorstepd.intake.receive_push import PushReceiver


def states(rows):
    return [row["state"] for row in rows]


async def test_a_new_number_is_subscribed_to_with_the_shops_own_webhook(world):
    await world.holds("kuaidi100")
    await world.parcel("78000000000777")
    assert await world.subscribe() == 1
    (request,) = world.wire.requests
    param = json.loads(parse_qs(request.content.decode())["param"][0])
    secret = (await world.merchants.get("m")).webhook_secret
    assert param["number"] == "78000000000777"
    assert param["parameters"]["callbackurl"] == f"https://shop.example/webhooks/kuaidi100/{secret}"
    assert param["parameters"]["phone"] == "5678"
    assert states(await world.subscribed()) == ["active"]
    assert await world.subscribe() == 0


async def test_a_parcel_without_number_or_a_merchant_without_keys_subscribes_to_nothing(world):
    await world.holds()
    await world.parcel()
    assert await world.subscribe() == 0
    await world.holds("sf", "jd", "fedex", "fourpx")
    twin = world.twin()
    assert await twin.subscribe() == 1
    assert states(await world.subscribed()) == ["none"]
    assert not world.wire.requests


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("kuaidi100", {"result": False, "returnCode": "501", "message": "POLL:重复订阅"}),
        (
            "track17",
            {
                "code": 0,
                "data": {"accepted": [], "rejected": [{"number": "1", "error": {"code": -18019901, "message": "x"}}]},
            },
        ),
        ("aftership", {"meta": {"code": 4003, "message": "Tracking already exists."}, "data": {}}),
    ],
)
async def test_already_subscribed_is_success(world, provider, answer, monkeypatch):
    from doorstepd.carriers.fake import server

    monkeypatch.setattr(server, "_SUBSCRIBED", {provider: answer})
    await world.holds(provider)
    await world.parcel()
    await world.subscribe()
    assert states(await world.subscribed()) == ["active"]


@pytest.mark.parametrize("mode", ["down", "html", "error_body", "limited"])
async def test_a_provider_in_trouble_is_tried_again_until_it_accepts(world, mode):
    await world.holds("kdniao")
    await world.parcel()
    world.modes(mode)
    await world.subscribe()
    (row,) = await world.subscribed()
    assert row["state"] == "queued"
    assert row["due_time"] > world.clock.now + timedelta(seconds=20)
    world.modes("ok")
    world.clock.now = row["due_time"]
    await world.subscribe()
    assert states(await world.subscribed()) == ["active"]


async def test_wrong_keys_are_not_tried_for_ever(world):
    keys = {name: f"{value}x" for name, value in TEST_CREDENTIALS["kdniao"].items()}
    await world.merchants.create("m", "shop", world.clock.now, credentials={"kdniao": keys})
    await world.parcel()
    await world.subscribe()
    assert states(await world.subscribed()) == ["dead"]


async def test_kuaidi100_takes_a_number_four_times_a_month_and_then_waits_for_the_next(world):
    from doorstepd.parcels import subscriptions

    await world.holds("kuaidi100")
    await world.parcel("78000000000777")
    for _ in range(6):
        await world.subscribe()
        world.clock.pass_(hours=1)
        async with world.database.writing() as c:
            await subscriptions.renew(c, "m", "78000000000777", "kuaidi100", world.clock.now)
    assert len(world.wire.requests) == 4
    (row,) = await world.subscribed()
    assert row["due_time"] >= datetime(2026, 12, 1, tzinfo=UTC)
    world.clock.now = row["due_time"]
    await world.subscribe()
    assert len(world.wire.requests) == 5


async def test_processes_share_the_numbers_and_none_is_subscribed_to_twice(world):
    await world.holds("kdniao")
    for _ in range(5):
        await world.parcel()
    await asyncio.gather(*(one.subscribe() for one in (world, world.twin(), world.twin())))
    bodies = [one.content for one in world.wire.requests]
    assert len(bodies) == len(set(bodies)) == 5


async def test_a_number_that_came_later_is_subscribed_to_as_well(world):
    await world.holds("kdniao")
    parcel_id = await world.parcel(number="78000000000001")
    await world.subscribe()
    await world.setter.set("m", parcel_id, "sf", "SF1000000000001", world.clock.now)
    assert await world.subscribe() == 1
    assert states(await world.subscribed()) == ["active", "active"]


async def test_what_the_aggregator_stopped_watching_is_subscribed_to_again_half_an_hour_later(world):
    await world.holds("kuaidi100")
    await world.parcel("78000000000777")
    await world.subscribe()
    secret = (await world.merchants.get("m")).webhook_secret
    param = json.dumps(
        {"status": "abort", "message": "3天查询无记录", "lastResult": {"nu": "78000000000777", "data": []}}
    )
    sign = md5_hex(param + TEST_CREDENTIALS["kuaidi100"]["salt"]).upper()
    push = Push(urlencode({"param": param, "sign": sign}).encode(), "application/x-www-form-urlencoded")
    receiver = PushReceiver(world.merchants, world.recorder, world.database)
    await receiver.receive("kuaidi100", secret, push, world.clock.now)
    assert await world.subscribe() == 0
    world.clock.pass_(minutes=31)
    assert await world.subscribe() == 1
    assert len(world.wire.requests) == 2


async def test_17track_takes_forty_numbers_a_call(world):
    await world.holds("track17")
    for _ in range(45):
        await world.parcel()
    assert await world.subscribe() == 45
    asked = [json.loads(request.content) for request in world.wire.to("track17")]
    assert sorted(map(len, asked)) == [5, 40]
    assert len({each["number"] for call in asked for each in call}) == 45
    assert states(await world.subscribed()) == ["active"] * 45


async def test_a_number_that_is_refused_does_not_hold_back_those_it_was_sent_with(world, monkeypatch):
    from doorstepd.carriers.fake import server

    await world.holds("track17")
    numbers = [f"7800000000000{n}" for n in range(3)]
    for number in numbers:
        await world.parcel(number)
    rejected = [{"number": numbers[1], "error": {"code": -18010012, "message": "x"}}]
    answer = {"code": 0, "data": {"accepted": [{"number": numbers[0]}, {"number": numbers[2]}], "rejected": rejected}}
    monkeypatch.setattr(server, "_SUBSCRIBED", {"track17": answer})
    await world.subscribe()
    assert states(await world.subscribed()) == ["active", "dead", "active"]
    assert len(world.wire.to("track17")) == 1


async def test_the_only_carrier_whose_number_it_can_be_is_recorded_once_a_provider_accepts_it(world):
    await world.holds("kuaidi100")
    parcel_id = await world.parcel("SF1000000000001", carrier="")
    await world.subscribe()
    assert (await world.read(parcel_id)).carrier == "sf"


async def test_one_accepted_guess_of_several_proves_nothing(world):
    await world.holds("kuaidi100")
    number = next(n for n in ("78000000000001", "123456789012", "4300000000000") if len(guess(n)) > 1)
    parcel_id = await world.parcel(number, carrier="")
    await world.subscribe()
    assert states(await world.subscribed()) == ["active"]
    assert (await world.read(parcel_id)).carrier == ""
