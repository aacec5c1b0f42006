"""Oddities of payloads are counted, and named without their text; a row without a time stays out and is no error."""

import json
from datetime import timedelta

import pytest
import structlog
from office import Office, now, order
from prometheus_client import REGISTRY

from doorstepd.access.merchants import Merchants
from doorstepd.carriers.carrier import Push
from doorstepd.carriers.times import CHINA
from doorstepd.intake import count_results
from doorstepd.intake.receive_push import PushReceiver
from doorstepd.intake.register_order import NewParcel

NUMBER = "SF1000000000999"


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name, {"provider": "sf"}) or 0.0


def push(*rows: tuple[str, str, str]) -> Push:
    routes = [{"mailno": NUMBER, "acceptTime": time, "remark": text, "opCode": code} for time, text, code in rows]
    return Push(json.dumps({"Body": {"WaybillRoute": routes}}).encode(), "application/json")


def at(minutes: int) -> str:
    return f"{(now() - timedelta(minutes=minutes)).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
async def receive(office: Office, monkeypatch):
    monkeypatch.setattr(count_results, "_named", set())
    merchants = Merchants(office.database, office.events._ledger.sealer)
    shop = await merchants.create(office.merchant_id, "shop", now())
    receiver = PushReceiver(merchants, office.events, office.database)
    parcel = (await office.register(order(parcels=(NewParcel((), "sf", NUMBER),)))).parcels[0]

    async def receive(*rows):
        reply = await receiver.receive("sf", shop.webhook_secret, push(*rows), now())
        assert (reply.status, json.loads(reply.body)["return_code"]) == (200, "0000")
        return [one.event.text for one in await office.timeline(parcel.parcel_id)]

    return receive


@pytest.mark.parametrize("time", ["1970-01-01 00:00:00", "1999-12-31 10:00:00", "", "soon", "0"])
async def test_a_row_without_a_time_is_counted_and_stays_out_of_the_timeline(receive, time):
    before = counted("doorstep_undated_rows_total")
    with structlog.testing.capture_logs() as logs:
        assert await receive((at(9), "快件到达", "31"), (time, "机密内容", "31")) == ["快件到达"]
        assert await receive((time, "机密内容", "31")) == ["快件到达"]
    assert counted("doorstep_undated_rows_total") == before + 2
    undated = [one for one in logs if one["event"] == "carrier.undated_rows"]
    assert [(one["provider"], one["rows"]) for one in undated] == [("sf", 1), ("sf", 1)]
    assert "机密" not in str(logs)


async def test_an_unknown_code_is_counted_once_an_event_and_named_once(receive):
    rows = [(at(9), "快件到达", "x<9>"), (at(8), "快件到达", "x<9>"), (at(7), "快件到达", "31")]
    before = counted("doorstep_unknown_codes_total")
    with structlog.testing.capture_logs() as logs:
        for cut in (1, 2, 3, 3, 3):
            await receive(*rows[:cut])
    assert counted("doorstep_unknown_codes_total") == before + 2
    named = [one["code"] for one in logs if one["event"] == "carrier.unknown_code"]
    assert named == ["x9"]
