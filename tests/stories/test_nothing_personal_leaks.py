"""After a whole story nothing personal is in the clear: in no answer, log, metric, error or table."""

import asking
import grpc
import httpx2
import pytest
from doorstep import DoorstepError
from doorstep.tracking.v1 import status_pb2, stop_pb2
from house import Stubs

SECRETS = (
    asking.NAME,
    asking.PHONE,
    asking.ADDRESS,
    "3栋501室",
    asking.COURIER_NAME,
    asking.COURIER_PHONE,
    "赵小明",
    "13700002222",
    "4-1-9988",
    "王小明",
    "JOHN SMITH",
    "88号3栋",
    "310101199001011234",
)


async def tell_the_story(shop):
    order = await shop.sells(("zto", "78000000900001", ["毛巾"]))
    parcel_id = order.parcels[0].parcel_id
    screen = shop.screen(order.order_id)
    await shop.carrier_says(
        "78000000900001",
        (90, "【苏州市】快件已到达 【苏州网点】", "2"),
        (70, "收件人王小明身份证号 310101199001011234 已上传，收货地址：金鸡湖路88号3栋501室", "2"),
        (60, "【苏州市】【园区网点】的派件员赵小明（13700002222）正在派件", "202"),
        DeliveryMan="赵小明",
        DeliveryManTel="13700002222",
    )
    await shop.gives_round("k-secret", parcel_id)
    await shop.rides("k-secret")
    await shop.completes(
        "k-secret",
        parcel_id,
        stop_pb2.STOP_OUTCOME_FAILED,
        sub_status=status_pb2.PARCEL_SUB_STATUS_RECIPIENT_ABSENT,
        note="电话 13812345678 无人接听",
    )
    await shop.carrier_says("78000000900001", (-1, "已投递至丰巢快递柜，取件码：4-1-9988", "211"))
    await shop.carrier_says("78000000900001", (-2, "已签收，签收人：王小明 (signed by: JOHN SMITH)", "3"))
    done = await shop.customer().get_parcel(parcel_id)
    await screen.reaches(parcel_id, done.revision)
    return order.order_id, parcel_id


def found_in(content):
    content = content.encode() if isinstance(content, str) else content
    escaped = [secret.encode("unicode_escape") for secret in SECRETS if not secret.isascii()]
    octal = [
        "".join(f"\\{byte:03o}" for byte in secret.encode()).encode() for secret in SECRETS if not secret.isascii()
    ]
    return [one for one in (*(secret.encode() for secret in SECRETS), *escaped, *octal) if one in content]


async def errors_of(shop, order_id):
    """Refusals that were given personal data to choke on."""
    said = []
    async with grpc.aio.insecure_channel(shop.house.daemon.target) as channel:
        stubs = Stubs(channel)
        for request in (
            asking.order(order_id, customer_id="c9"),
            asking.order("bad id", recipient=asking.order().recipient),
            asking.order(parcels=[]),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stubs.ingest.CreateOrder(request, metadata=shop.house.caller())
            said.append(repr(caught.value) + repr(caught.value.trailing_metadata()))
    with pytest.raises(DoorstepError) as refused:
        await shop.customer("13812345678").get_order(order_id)
    return "\n".join([*said, repr(refused.value)])


async def test_nothing_personal_is_found_anywhere_in_the_clear(shop):
    order_id, _ = await tell_the_story(shop)
    text = await shop.all_text(order_id)
    assert "138****5678" in text
    assert "137****2222" in text or "139****5678" in text
    assert found_in(text) == []
    assert found_in(await errors_of(shop, order_id)) == []
    async with httpx2.AsyncClient(base_url=shop.house.daemon.http_url) as web:
        assert found_in((await web.get("/metrics")).content) == []
    assert found_in(shop.house.daemon.log.read_bytes()) == []
    stored = await shop.house.everything_stored()
    assert b"138****5678" in stored
    assert found_in(stored) == []


def test_a_leak_would_be_found():
    assert found_in(f"电话 {asking.PHONE}")
    assert found_in(repr(asking.NAME.encode("unicode_escape")).replace("\\\\", "\\"))
