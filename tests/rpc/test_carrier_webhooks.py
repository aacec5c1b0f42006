"""Pushes at the webhook: signed ones are stored before they are acknowledged, everything else is refused by name."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta

import asking
import pytest
from doorstep.tracking.v1 import status_pb2, tracking_service_pb2
from house import OTHER_SHOP, SHOP, kdniao_push, kdniao_track, signed_form
from refusing import LEAK

FORM = {"content-type": "application/x-www-form-urlencoded"}


def address(house, provider="kdniao", shop=SHOP):
    return f"/webhooks/{provider}/{house.webhook_secrets[shop]}"


def track(number, *said):
    moment = datetime.now(UTC) - timedelta(hours=1)
    return kdniao_track(number, *((moment + timedelta(minutes=n), text, "2") for n, text in enumerate(said)))


@pytest.fixture
async def parcel(house, stubs):
    created = await stubs.ingest.CreateOrder(asking.order(), metadata=house.caller())
    return created.parcels[0]


async def shown(house, stubs, parcel):
    asked = tracking_service_pb2.GetParcelRequest(parcel_id=parcel.parcel_id)
    return await stubs.tracking.GetParcel(asked, metadata=house.customer())


async def test_a_signed_push_is_stored_and_acknowledged_in_the_providers_words(house, stubs, web, parcel):
    push = kdniao_push(track(parcel.tracking_number, "【上海市】已离开 上海浦东中心；发往 苏州中转站"))
    response = await web.post(address(house), data=push)
    assert (response.status_code, response.json()["Success"], response.json()["EBusinessID"]) == (200, True, "1000001")
    after = await shown(house, stubs, parcel)
    assert after.status == status_pb2.PARCEL_STATUS_IN_TRANSIT
    assert after.events[0].source == "kdniao"


async def test_a_push_that_comes_again_in_any_order_changes_nothing(house, stubs, web, parcel):
    said = [f"【上海市】快件已到达 第{n}分拣中心" for n in range(4)]
    tracks = [track(parcel.tracking_number, *said[: n + 1]) for n in range(4)]
    for one in (tracks[3], tracks[0], tracks[2], tracks[3], tracks[1]):
        assert (await web.post(address(house), data=kdniao_push(one))).status_code == 200
    after = await shown(house, stubs, parcel)
    assert [event.raw_text for event in after.events] == said[::-1]


async def test_pushes_at_the_same_time_are_all_kept(house, stubs, web, parcel):
    said = [f"【上海市】快件已到达 第{n}分拣中心" for n in range(12)]
    pushes = [kdniao_push(track(parcel.tracking_number, *said[n : n + 1])) for n in range(12)]
    answers = await asyncio.gather(*(web.post(address(house), data=push) for push in pushes))
    assert {answer.status_code for answer in answers} == {200}
    assert len((await shown(house, stubs, parcel)).events) == 12


async def test_numbers_that_nobody_has_are_acknowledged_and_kept_for_their_order(house, stubs, web):
    number, order = f"ZT{datetime.now(UTC):%H%M%S%f}", asking.order()
    order.parcels[0].tracking_number = f" {number[:4]} {number[4:].lower()}"
    response = await web.post(address(house), data=kdniao_push(track(number.lower(), "快件已揽收")))
    assert response.json()["Success"] is True
    created = await stubs.ingest.CreateOrder(order, metadata=house.caller())
    after = await shown(house, stubs, created.parcels[0])
    assert [event.raw_text for event in after.events] == ["快件已揽收"]


async def test_a_push_of_one_shop_does_not_reach_a_parcel_of_another(house, stubs, web, parcel):
    response = await web.post(
        address(house, shop=OTHER_SHOP), data=kdniao_push(track(parcel.tracking_number, "已签收"))
    )
    assert response.status_code == 200
    assert not (await shown(house, stubs, parcel)).events


def forged(push):
    """Ways in which a signed push can be tampered with."""
    one_more = push["RequestData"].replace("快件", "快 件")
    return {
        "wrong signature": push | {"DataSign": "bad"},
        "no signature": {k: v for k, v in push.items() if k != "DataSign"},
        "empty signature": push | {"DataSign": ""},
        "another key's": kdniao_push(track("7", "快件"), key="another"),
        "no key's": kdniao_push(track("7", "快件"), key=""),
        "content changed": push | {"RequestData": one_more},
        "upper case": push | {"DataSign": push["DataSign"].upper()},
    }


@pytest.mark.parametrize("how", forged(kdniao_push(track("7", "快件"))))
async def test_a_forged_push_is_refused_and_nothing_is_stored(house, stubs, web, parcel, how):
    before = await house.stored()
    push = forged(kdniao_push(track(parcel.tracking_number, "快件已签收")))[how]
    response = await web.post(address(house), data=push)
    assert (response.status_code, response.json()["reason"]) == (403, "INVALID_TOKEN")
    assert not LEAK.search(response.text)
    assert await house.stored() == before


def bad_bodies():
    deep = "[" * 10_000 + "]" * 10_000
    many = json.dumps({"EBusinessID": "1", "Data": [{"LogisticCode": "7", "x": list(range(200_000))}]})
    one = '{"Data": [{"LogisticCode": %s, "State": "2", "Traces": [{"AcceptTime": "%s", "AcceptStation": "%s"}]}]}'
    signed = {
        "not JSON": "hello",
        "deep JSON": deep,
        "deep in the form": '{"Data":' + deep + "}",
        "a list": "[1,2]",
        "a string": '"x"',
        "half": '{"Data": [',
        "NaN": '{"Data": NaN}',
        "NUL": one % ('"a\\u0000b"', "2026-11-07 10:00:00", "\\u0000"),
        "odd types": '{"Data": [{"LogisticCode": {"a": 1}, "Traces": {"b": 2}}]}',
        "odd times": one % ("7", "99999-99-99", "x"),
        "wide JSON": many,
    }
    return {name: ("signed", data) for name, data in signed.items()} | {
        "empty": ("raw", b""),
        "2 MB": ("raw", b"RequestData=" + b"x" * 2_000_000),
        "no form": ("raw", b"\x00\xff\xfe" * 50),
        "GBK": ("raw", "RequestData=快件".encode("gbk")),
        "a form of many fields": ("raw", b"&".join(b"k%d=v" % n for n in range(50_000))),
    }


@pytest.mark.parametrize("name", bad_bodies())
async def test_a_body_that_cannot_be_read_is_a_typed_refusal_and_stores_nothing(house, web, name):
    before = await house.stored(leave_out=("lookups", "early_reports"))
    kind, content = bad_bodies()[name]
    sent = {"data": signed_form(content)} if kind == "signed" else {"content": content, "headers": FORM}
    response = await web.post(address(house), **sent)
    assert response.status_code in (200, 400, 403, 413), response.text
    assert not LEAK.search(response.text)
    if response.status_code != 200 and response.headers.get("content-type") == "application/json":
        assert response.json()["reason"]
    assert await house.stored(leave_out=("lookups", "early_reports")) == before


async def test_a_packed_body_is_refused_unread(house, web):
    packed = gzip.compress(b"x" * 50_000_000)
    response = await web.post(address(house), content=packed, headers=FORM | {"content-encoding": "gzip"})
    assert response.status_code in (400, 413)
    assert not LEAK.search(response.text)


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/nobody/{secret}",
        "/webhooks/kdniao/unknown-secret-00000000",
        "/webhooks/kdniao/x",
        "/webhooks/kdniao/%00%00%00%00%00%00%00%00%00",
        "/webhooks/kdniao/%27%20OR%201%3D1%20--%20aaaa",
        "/webhooks/kdniao/%E5%BF%AB%E4%BB%B6%E5%BF%AB%E4%BB%B6%E5%BF%AB%E4%BB%B6",
        "/webhooks/../{secret}",
        "/webhooks/kdniao",
    ],
)
async def test_an_unknown_address_is_not_found(house, web, path):
    response = await web.post(path.format(secret=house.webhook_secrets[SHOP]), data=kdniao_push(track("7", "快件")))
    assert response.status_code == 404
    assert not LEAK.search(response.text)


async def test_an_unknown_provider_and_an_unknown_secret_are_told_the_same(house, web):
    push = kdniao_push(track("7", "快件"))
    one = await web.post(f"/webhooks/nobody/{house.webhook_secrets[SHOP]}", data=push)
    other = await web.post("/webhooks/kdniao/unknown-secret-00000000", data=push)
    assert one.content == other.content


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_webhook_takes_posts_only(house, web, method):
    response = await web.request(method, address(house))
    assert response.status_code == 405


async def test_health_and_metrics_answer(house, web):
    assert (await web.get("/healthz")).text == "ok\n"
    metrics = (await web.get("/metrics")).text
    assert "doorstep_pushes_total" in metrics
