"""Carriers are asked about quiet parcels: whom, how often, and what becomes of it."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import update

from doorstepd.access.masking import mask_phone
from doorstepd.carriers.carrier import Wanted
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.health import FIRST_REST_S, OPENS_AFTER
from doorstepd.carriers.query import Answer
from doorstepd.database.tables import accounts
from doorstepd.intake.ledger import Report
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.vocabulary import Status


async def test_a_quiet_parcel_is_asked_about_and_its_journey_recorded_under_the_providers_name(world):
    await world.holds("kdniao")
    parcel_id = await world.parcel("78000000000777")
    world.fakes.announce("kdniao", "78000000000777")
    assert await world.ask() == 0
    world.clock.pass_(hours=12)
    assert await world.ask() == 1
    told = await world.told(parcel_id)
    assert len(told) == 4
    assert all(one.startswith("kdniao: ") for one in told)
    assert (await world.read(parcel_id)).status is Status.IN_TRANSIT


async def test_a_merchant_without_keys_asks_nobody(world):
    await world.holds()
    await world.parcel()
    world.clock.pass_(days=3)
    assert await world.ask() == 0
    assert not world.wire.requests


async def test_the_carrier_itself_is_asked_rather_than_an_aggregator(world):
    await world.holds("kdniao", "zto", "sf")
    await world.parcel(carrier="zto")
    world.clock.pass_(hours=5)
    await world.ask()
    assert {one.url.path.split("/")[1] for one in world.wire.requests} == {"zto"}


async def test_where_one_provider_is_down_the_next_answers_in_the_same_round(world):
    await world.holds("zto", "kdniao", "kuaidi100")
    parcel_id = await world.parcel(carrier="zto")
    world.modes("down", ["zto"])
    world.modes("html", ["kdniao"])
    world.clock.pass_(hours=5)
    await world.ask()
    world.fakes.modes.clear()
    assert [one.url.path.split("/")[1] for one in world.wire.requests] == ["zto", "kdniao", "kuaidi100"]
    assert all(one.startswith("kuaidi100: ") for one in await world.told(parcel_id))


@pytest.mark.parametrize(
    ("status", "silence"),
    [
        (Status.OUT_FOR_DELIVERY, timedelta(minutes=20)),
        (Status.IN_TRANSIT, timedelta(hours=2)),
        (Status.INFO_RECEIVED, timedelta(hours=4)),
        (Status.DELIVERED, None),
    ],
)
async def test_how_long_a_parcel_may_be_quiet_depends_on_its_state(world, status, silence):
    parcel_id = await world.parcel()
    now = world.clock.pass_(hours=1)
    await world.recorder.record("m", parcel_id, Report((TrackingEvent("internal", now, "x", status),)), now)
    row = await world.row(parcel_id)
    assert row["next_poll_time"] == (now + silence if silence else None)


async def test_fruitless_questions_grow_rarer(world):
    await world.holds("kdniao")
    parcel_id = await world.parcel()
    world.modes("empty")
    waits = []
    for _ in range(4):
        world.clock.now = (await world.row(parcel_id))["next_poll_time"]
        assert await world.ask() == 1
        waits.append(await world.due_in(parcel_id))
    assert waits[0] < waits[1] <= waits[2] + timedelta(minutes=1) < timedelta(hours=13)


@pytest.mark.parametrize("provider", ["kuaidi100", "dhl"])
async def test_a_number_is_never_asked_about_more_often_than_its_provider_allows(world, provider):
    """News comes all day long by another way, so that the parcel is due every 20 minutes."""
    await world.holds(provider)
    parcel_id = await world.parcel(carrier="zto" if provider == "kuaidi100" else provider)
    world.modes("empty")
    asked = []
    for minute in range(0, 24 * 60, 5):
        now = world.clock.pass_(minutes=5)
        if minute % 20 == 0:
            news = TrackingEvent("internal", now, f"x{minute}", Status.OUT_FOR_DELIVERY)
            await world.recorder.record("m", parcel_id, Report((news,)), now)
        await world.make_due(parcel_id)
        before = len(world.wire.requests)
        await world.ask()
        asked += [now] * (len(world.wire.requests) - before)
    least = {"kuaidi100": timedelta(minutes=30), "dhl": timedelta(hours=2)}[provider]
    assert min(later - earlier for earlier, later in pairwise(asked)) > least
    assert 8 <= len(asked) < 48


async def test_many_parcels_keep_a_providers_pace_and_daily_quota(world):
    await world.holds("dhl")
    ids = [await world.parcel(f"{number:010d}", carrier="dhl") for number in range(30)]
    world.clock.pass_(hours=5)
    sent = []
    for _ in range(20):
        before = len(world.wire.requests)
        await world.ask()
        sent.append(len(world.wire.requests) - before)
        world.clock.pass_(seconds=1)
    assert sum(sent) == 4
    async with world.database.writing() as c:
        await c.execute(update(accounts).values(calls=250))
    world.clock.pass_(seconds=60)
    await world.make_due(*ids)
    assert await world.ask() == 30
    assert len(world.wire.requests) == 4
    assert await world.due_in(ids[-1]) > timedelta(hours=15)


async def test_seventeentrack_is_asked_about_forty_numbers_in_one_call(world):
    await world.holds("track17")
    ids = [await world.parcel() for _ in range(45)]
    world.clock.pass_(hours=5)
    assert await world.ask() == 45
    assert len(world.wire.requests) == 2
    assert {(await world.read(one)).event_id is not None for one in ids} == {True}


async def test_processes_share_the_parcels_and_none_is_asked_about_twice(world):
    await world.holds("kuaidi100")
    for _ in range(12):
        await world.parcel()
    world.clock.pass_(hours=5)
    claimed = await asyncio.gather(*(one.ask() for one in (world, world.twin(), world.twin(), world.twin())))
    assert sum(claimed) == 12
    asked = [one.content for one in world.wire.to("kuaidi100")]
    assert len(asked) == len(set(asked)) > 0


async def test_what_a_dead_process_had_claimed_is_asked_by_another_after_the_lease(world):
    await world.holds("kdniao")
    parcel_id = await world.parcel()
    world.clock.pass_(hours=5)

    async def dies(*_: object) -> None:
        raise asyncio.CancelledError

    twin = world.twin()
    twin.calls.query = dies
    with pytest.raises(asyncio.CancelledError):
        await twin.ask()
    assert await world.ask() == 0
    world.clock.pass_(minutes=4)
    assert await world.ask() == 1
    assert await world.told(parcel_id)


async def test_parcels_under_one_number_are_one_question(world):
    await world.holds("kdniao")
    ids = [await world.parcel("78000000000888") for _ in range(3)]
    world.fakes.announce("kdniao", "78000000000888")
    world.clock.pass_(hours=5)
    assert await world.ask() == 3
    assert len(world.wire.requests) == 1
    assert len({tuple(await world.told(one)) for one in ids}) == 1


@pytest.mark.parametrize(
    ("carrier", "provider", "phone", "tail"),
    [
        ("zto", "zto", "13812345678", "5678"),
        ("sf", "sf", "+86 138-1234-5678", "5678"),
        ("sf", "kdniao", "13812345678-4321", "4321"),
        ("zto", "kuaidi100", "１３８１２３４５６７８", "5678"),
    ],
)
async def test_the_last_digits_of_the_phone_go_to_who_wants_them(world, carrier, provider, phone, tail):
    await world.holds(provider)
    number = {"zto": "78000000000999", "sf": "SF1000000000999"}[carrier]
    await world.parcel(number, carrier, phone=phone)
    world.clock.pass_(hours=5)
    await world.ask()
    (asked,) = world.wire.requests
    body = unquote_plus(asked.content.decode())
    assert f'"{tail}"' in body
    assert not any(digits in body for digits in (phone, "1381234", mask_phone(phone)))


async def test_who_does_not_want_a_phone_gets_none(world):
    await world.holds("yto")
    await world.parcel("YT9000000003001", "yto")
    world.clock.pass_(hours=5)
    await world.ask()
    assert "5678" not in unquote_plus(world.wire.requests[0].content.decode())


async def test_retry_after_is_honoured_by_all_processes(world):
    await world.holds("dhl")
    parcel_id = await world.parcel("0000007001", "dhl")
    world.modes("limited")
    world.clock.pass_(hours=5)
    await world.ask()
    assert len(world.wire.requests) == 1
    twin = world.twin()
    world.clock.pass_(seconds=50)
    await world.make_due(parcel_id, await world.parcel("0000007002", "dhl"))
    await twin.ask()
    assert len(world.wire.requests) == 1


async def test_a_provider_in_trouble_is_spared_and_probed_by_one_question(world):
    await world.holds("yto")
    ids = [await world.parcel(f"YT90000000{number:05d}", "yto") for number in range(9)]
    world.modes("down")
    world.clock.pass_(hours=5)
    for _ in range(6):
        await world.make_due(*ids)
        await world.ask()
        world.clock.pass_(seconds=1)
    failed = len(world.wire.requests)
    assert failed < 9 * 6
    world.clock.pass_(minutes=2)
    await world.make_due(*ids)
    world.modes("ok")
    world.wire.requests.clear()
    world.clock.pass_(hours=1)
    await world.make_due(*ids)
    await world.ask()
    assert len(world.wire.requests) >= 1
    world.clock.pass_(hours=1)
    await world.make_due(*ids)
    await world.ask()
    assert {bool(await world.told(one)) for one in ids} == {True}


async def test_keys_that_lack_a_part_trouble_nobody(world):
    await world.merchants.create("m", "shop", world.clock.now, credentials={"kdniao": {"EBusinessID": "1"}})
    parcel_id = await world.parcel()
    world.clock.pass_(hours=5)
    assert await world.ask() == 1
    assert await world.due_in(parcel_id) > timedelta(hours=3)


async def test_where_the_shop_named_no_carrier_the_likely_ones_are_tried_and_the_right_one_is_kept(world):
    await world.holds("zto", "kdniao")
    parcel_id = await world.parcel("78000000000666", carrier="")
    world.fakes.announce("zto", "78000000000666")
    world.clock.pass_(hours=5)
    await world.ask()
    parcel = await world.read(parcel_id)
    assert (parcel.carrier, parcel.status) == ("zto", Status.IN_TRANSIT)
    assert {one.split(":")[0] for one in await world.told(parcel_id)} == {"zto"}


async def test_nothing_personal_is_logged(world, capsys):
    await world.holds("kdniao", "zto", "dhl")
    world.modes("html", ["kdniao", "zto"])
    await world.parcel()
    world.clock.pass_(hours=5)
    await world.ask()
    printed = "".join(capsys.readouterr())
    assert not any(secret in printed for secret in ("5678", "张三", TEST_CREDENTIALS["kdniao"]["ApiKey"]))


async def test_a_provider_in_trouble_is_spared_by_every_process(world):
    await world.holds("kdniao")
    twin, keys = world.twin(), TEST_CREDENTIALS["kdniao"]

    async def call(one):
        return await one.calls.query(
            "m", "kdniao", [Wanted("78000000000777", "zto")], keys, world.clock.pass_(seconds=5)
        )

    world.modes("down")
    for _ in range(OPENS_AFTER):
        await call(world)
    calls = len(world.wire.requests)
    assert (await call(twin)).wait > 0
    assert len(world.wire.requests) == calls
    world.modes("ok")
    world.clock.pass_(seconds=FIRST_REST_S)
    assert isinstance(await call(twin), Answer)
