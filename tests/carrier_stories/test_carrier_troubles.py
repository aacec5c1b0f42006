"""A carrier in trouble is never the customer's: the last state stays, and nothing looks like an error."""

import httpx2
import pytest
from carrier_street import Street, watching
from doorstep.tracking.v1 import status_pb2, tracking_service_pb2
from test_carrier_journeys import number_of, registered

from doorstepd.parcels.sentences import NOTHING_NEW

TROUBLES = ["down", "slow", "html", "error_body", "empty", "limited"]
WORDS = ("error", "exception", "503", "502", "Gateway", "系统", "错误", "异常")


async def order_of(stubs, house, order_id):
    request = tracking_service_pb2.GetOrderRequest(order_id=order_id)
    return await stubs.tracking.GetOrder(request, metadata=house.customer(), timeout=10)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_before_the_first_news_the_customer_is_asked_for_patience(street: Street, house, stubs, trouble):
    street.modes(trouble)
    number = number_of("zto")
    order_id, (parcel_id,) = await registered(stubs, house, ("zto", number, "毛巾"))
    await street.hurry(parcel_id)
    async with watching(stubs, house, order_id) as reader:
        await street.asked(parcel_id)
        (parcel,) = (await order_of(stubs, house, order_id)).parcels
        assert (parcel.sentence.zh, parcel.sentence.en) == (NOTHING_NEW.zh, NOTHING_NEW.en)
        assert reader.told[parcel_id] == [(NOTHING_NEW.zh, NOTHING_NEW.en)]
        assert not parcel.events


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_afterwards_the_last_state_stays_and_news_comes_when_the_trouble_is_over(
    street: Street, house, stubs, trouble
):
    number = number_of("zto")
    order_id, (parcel_id,) = await registered(stubs, house, ("zto", number, "毛巾"))
    street.fakes.announce("kdniao", number, "zto", "normal")
    async with httpx2.AsyncClient() as http, watching(stubs, house, order_id) as reader:
        await street.push(http, "kdniao", street.pushes("kdniao", number, 4))
        await reader.until(parcel_id, lambda parcel: parcel.sentence.zh.startswith("包裹已到达上海中心"))
        before = reader.parcels[parcel_id]
        street.modes(trouble)
        await street.hurry(parcel_id)
        await street.asked(parcel_id)
        (parcel,) = (await order_of(stubs, house, order_id)).parcels
        assert (parcel.status, parcel.sentence, parcel.revision) == (before.status, before.sentence, before.revision)
        shown = parcel.sentence.zh + parcel.sentence.en + "".join(row.raw_text for row in parcel.events)
        assert not [word for word in WORDS if word in shown]
        await street.push(http, "kdniao", street.pushes("kdniao", number, 7))
        await reader.status(parcel_id, status_pb2.PARCEL_STATUS_DELIVERED)
