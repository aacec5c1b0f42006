"""Deliveries from the carrier's scan to the watching customer, in the words that the customer reads."""

import asyncio
import itertools
import random

import httpx2
import pytest
from asking import new_id, order
from carrier_street import Street, timeline, watching
from doorstep.tracking.v1 import ingest_service_pb2, parcel_pb2, tracking_service_pb2

from doorstepd.carriers.fake.journeys import JOURNEYS

_numbers = itertools.count(1)

NORMAL = [
    ("包裹正在等杭州市的快递员取件", "Your parcel is waiting for the carrier to collect it"),
    (
        "快递公司已在杭州滨江收到包裹，很快会出发",
        "The carrier has collected your parcel in Hangzhou (杭州滨江) and will send it on soon",
    ),
    (
        "包裹已从杭州滨江发出，正发往上海中心",
        "Your parcel has left Hangzhou (杭州滨江) and is on its way to Shanghai (上海中心)",
    ),
    (
        "包裹已到达上海中心，之后会继续运往您那里",
        "Your parcel has arrived in Shanghai (上海中心) and will travel on towards you",
    ),
    (
        "包裹已到您附近的派送站点（上海浦东张江五部），快递员会尽快为您派送",
        "Your parcel is at a delivery station near you, Shanghai (上海浦东张江五部); a courier will bring it soon",
    ),
    (
        "快递员李*（138****5678）正在为您派送，请留意电话",
        "Your courier (138****5678) is out delivering your parcel; please keep your phone at hand",
    ),
    ("包裹已由收件人签收，祝您使用愉快", "Your parcel has been delivered and signed for by the recipient"),
]
FAILING = [
    (
        "收货地址不够清楚，暂时送不到，请尽快补充或更正地址",
        "The address is not clear enough to deliver; please complete or correct it soon",
    ),
    (
        "快递员李*（138****5678）正在再次为您派送，请留意电话",
        "Your courier (138****5678) is bringing your parcel again; please keep your phone at hand",
    ),
    (
        "包裹已由他人代签收，如果您没有拿到，请联系快递公司或商家",
        "Somebody else has signed for your parcel; if you do not have it, please contact the carrier or the shop",
    ),
]


def number_of(carrier: str) -> str:
    """A number that looks like the carrier's, and is new."""
    serial = next(_numbers)
    return f"7800{serial:010d}" if carrier == "zto" else f"{serial:010d}"


async def registered(stubs, house, *parcels):
    """An order of parcels (carrier, number, title); its ID and the parcels' IDs."""
    its = [
        ingest_service_pb2.NewParcel(
            items=[parcel_pb2.Item(title=title, quantity=1)], carrier=carrier, tracking_number=number
        )
        for carrier, number, title in parcels
    ]
    request = order(new_id("S"))
    del request.parcels[:]
    request.parcels.extend(its)
    made = await stubs.ingest.CreateOrder(request, metadata=house.caller(), timeout=10)
    return made.order_id, [one.parcel_id for one in made.parcels]


async def play(street: Street, http, reader, parcel_id, provider, number, journey):
    """Every step of the journey, pushed as it happens and read by the customer."""
    for steps in range(1, len(JOURNEYS[journey]) + 1):
        before = reader.parcels[parcel_id].revision
        await street.push(http, provider, street.pushes(provider, number, steps))
        await reader.until(parcel_id, lambda parcel, before=before: parcel.revision > before)


async def test_a_normal_delivery_is_told_step_by_step(street: Street, house, stubs):
    number = number_of("zto")
    order_id, (parcel_id,) = await registered(stubs, house, ("zto", number, "毛巾"))
    street.fakes.announce("kdniao", number, "zto", "normal")
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await play(street, http, reader, parcel_id, "kdniao", number, "normal")
        assert reader.told[parcel_id][1:] == NORMAL
        assert reader.parcels[parcel_id].terminal


async def test_two_parcels_of_one_order_travel_apart_and_each_is_named_by_what_is_in_it(street: Street, house, stubs):
    first, second = number_of("zto"), number_of("dhl")
    order_id, (one, two) = await registered(stubs, house, ("zto", first, "毛巾"), ("dhl", second, "牙刷"))
    street.fakes.announce("kdniao", first, "zto", "normal")
    street.fakes.announce("dhl", second, "dhl", "locker")
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await play(street, http, reader, one, "kdniao", first, "normal")
        assert len(reader.told[two]) == 1
        await play(street, http, reader, two, "dhl", second, "locker")
        assert reader.told[one][-1] == NORMAL[-1]
        assert reader.told[two][-2:] == [
            (
                "包裹已到服务网点（上海市），请带上身份证件前去领取",
                "Your parcel is at a service counter, Shanghai; please collect it and bring an ID",
            ),
            (
                "包裹已从取件点取走，如果不是您取的，请联系快递公司或商家",
                "Your parcel has been collected from the pickup point; if that was not you, please tell the carrier",
            ),
        ]
        assert [reader.parcels[each].label.zh for each in (one, two)] == ["包裹 1（毛巾）", "包裹 2（牙刷）"]


async def test_a_delivery_that_failed_says_what_to_do_and_ends_well(street: Street, house, stubs):
    number = number_of("zto")
    order_id, (parcel_id,) = await registered(stubs, house, ("zto", number, "毛巾"))
    street.fakes.announce("kdniao", number, "zto", "failing")
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await play(street, http, reader, parcel_id, "kdniao", number, "failing")
        assert reader.told[parcel_id][-3:] == FAILING
        assert reader.parcels[parcel_id].attempt == 2


async def test_a_parcel_across_the_border_says_where_customs_stand_and_what_is_due(street: Street, house, stubs):
    number = number_of("zto")
    order_id, (parcel_id,) = await registered(stubs, house, ("zto", number, "毛巾"))
    street.fakes.announce("kdniao", number, "zto", "cross_border")
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await play(street, http, reader, parcel_id, "kdniao", number, "cross_border")
        told = reader.told[parcel_id]
    assert (
        "包裹正在办理清关（上海市），暂时不需要您做什么",
        "Your parcel is going through customs, Shanghai; there is nothing you need to do for now",
    ) in told
    (due,) = [one for one in told if "关税" in one[0] and "缴" in one[0] and "已" not in one[0].partition("缴")[0][-2:]]
    assert "duty" in due[1] or "duties" in due[1]
    assert (
        "包裹已完成清关（法兰克福），接下来会继续运输和派送",
        "Your parcel has cleared customs, Frankfurt and goes on towards delivery",
    ) in told
    assert told[-1][0].startswith("包裹已放在门口、信箱")


@pytest.mark.parametrize("journey", ["normal", "failing", "cross_border", "returned"])
async def test_a_carrier_that_never_pushes_is_asked_and_the_customer_reads_the_same(
    street: Street, house, stubs, journey
):
    number, pushed = number_of("zto"), number_of("zto")
    order_id, (asked, told) = await registered(stubs, house, ("zto", number, "毛巾"), ("zto", pushed, "毛巾"))
    street.fakes.announce("zto", number, "zto", journey)
    street.fakes.announce("kdniao", pushed, "zto", journey)
    street.finish(journey)
    await street.hurry(asked)
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await street.push(http, "kdniao", street.pushes("kdniao", pushed, len(JOURNEYS[journey])))
        for parcel_id in (asked, told):
            await reader.until(parcel_id, lambda parcel: parcel.terminal)
        assert reader.told[asked][-1] == reader.told[told][-1]


@pytest.mark.parametrize("journey", JOURNEYS)
async def test_pushes_in_any_order_any_number_of_times_and_from_two_sources_at_once_give_one_timeline(
    street: Street, house, stubs, journey
):
    chance, found = random.Random(journey), []
    began = street.began
    for turn in range(3):
        number = f"{number_of('zto')}"
        order_id, _ = await registered(stubs, house, ("zto", number, "毛巾"))
        its = []
        for provider in ("kdniao", "kuaidi100"):
            street.now = began
            street.fakes.announce(provider, number, "zto", journey)
            its += [
                (provider, push)
                for steps in range(1, len(JOURNEYS[journey]) + 1)
                for push in street.pushes(provider, number, steps)
            ]
        if turn:
            its += chance.choices(its, k=len(its))
            chance.shuffle(its)
        async with httpx2.AsyncClient() as http:
            if turn == 1:
                await asyncio.gather(*(street.push(http, provider, [push]) for provider, push in its))
            else:
                for provider, push in its:
                    await street.push(http, provider, [push])
        shown = await timeline(stubs, house, order_id)
        request = tracking_service_pb2.GetOrderRequest(order_id=order_id)
        (parcel,) = (await stubs.tracking.GetOrder(request, metadata=house.customer(), timeout=10)).parcels
        found.append((shown, parcel.status, parcel.sub_status, parcel.sentence.zh, parcel.attempt))
    assert len(found[0][0][0]) == len(JOURNEYS[journey])
    assert found[1] == found[0]
    assert found[2] == found[0]
