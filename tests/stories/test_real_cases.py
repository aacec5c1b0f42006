"""R34: the real cases, from the shop's order to the customer's screen, through the doors that everybody uses."""

import asking
import httpx2
import pytest
from doorstep.tracking.v1 import order_pb2, reminder_pb2, status_pb2, stop_pb2, tracking_service_pb2
from eventually import eventually

BELL = reminder_pb2.REMINDER_KIND_COURIER_NEAR


async def test_a_normal_order_正常订单(shop):
    order = await shop.sells(("zto", "78000000100001", ["毛巾", "牙刷"]))
    parcel = order.parcels[0]
    assert parcel.label.zh == "包裹 1（毛巾、牙刷）"
    screen = shop.screen(order.order_id)
    await eventually(lambda: screen.updates)

    await shop.carrier_says("78000000100001", (300, "【上海市】【上海浦东】的揽投员（13900001111）已揽收", "1"))
    await shop.carrier_says("78000000100001", (200, "【上海市】快件已离开【上海转运中心】，发往【苏州转运中心】", "2"))
    seen = await shop.customer().get_order(order.order_id)
    assert seen.status == status_pb2.PARCEL_STATUS_IN_TRANSIT
    assert "上海" in seen.sentence.zh
    assert "苏州" in seen.sentence.zh
    assert "Shanghai" in seen.sentence.en or "上海" in seen.sentence.en

    assert await shop.gives_round("k-normal", parcel.parcel_id) == [1]
    await shop.rides("k-normal")
    await eventually(lambda: screen.told(BELL) and screen.distances())
    (bell,) = screen.told(BELL)
    assert "距离您" in bell.text.zh
    assert "away" in bell.text.en
    assert min(screen.distances()) < 1000

    seen = (await shop.customer().get_order(order.order_id)).parcels[0]
    assert (seen.courier.display_name, seen.courier.masked_phone) == ("李*", "139****5678")
    done = await shop.completes("k-normal", parcel.parcel_id, stop_pb2.STOP_OUTCOME_DELIVERED)
    await screen.reaches(parcel.parcel_id, done.revision)
    seen = await shop.customer().get_order(order.order_id)
    assert seen.status == status_pb2.PARCEL_STATUS_DELIVERED
    assert not seen.parcels[0].HasField("position")
    assert screen.revisions(parcel.parcel_id) == list(range(2, done.revision + 1))
    kinds = [reminder_pb2.ReminderKind.Name(one.kind) for one in await shop.reminders(order.order_id)]
    assert sorted(kinds) == [
        "REMINDER_KIND_COURIER_NEAR",
        "REMINDER_KIND_DELIVERED",
        "REMINDER_KIND_OUT_FOR_DELIVERY",
    ]


async def test_two_parcels_多包裹(shop):
    order = await shop.sells(("zto", "78000000200001", ["毛巾"]), ("yto", "YT200000000002", ["牙刷", "牙膏"]))
    one, two = order.parcels
    assert [one.label.zh, two.label.zh] == ["包裹 1（毛巾）", "包裹 2（牙刷、牙膏）"]
    assert two.label.en == "Parcel 2 (牙刷, 牙膏)"
    await shop.carrier_says("78000000200001", (60, "【苏州市】快件已到达 【苏州转运中心】", "2"))
    await shop.gives_round("k-two", two.parcel_id)
    seen = await shop.customer().get_order(order.order_id)
    assert seen.status == status_pb2.PARCEL_STATUS_OUT_FOR_DELIVERY
    assert "2 个包裹" in seen.sentence.zh
    assert "1 个派送中" in seen.sentence.zh
    assert seen.sentence.en.startswith("2 parcels")
    await shop.completes("k-two", two.parcel_id, stop_pb2.STOP_OUTCOME_DELIVERED)
    seen = await shop.customer().get_order(order.order_id)
    assert [parcel.terminal for parcel in seen.parcels] == [False, True]
    assert seen.status == status_pb2.PARCEL_STATUS_IN_TRANSIT


async def test_cross_border_跨境(shop):
    order = await shop.sells(("ems", "EA300000001CN", ["奶粉"]))
    steps = [
        (500, "快件已揽收", "1", status_pb2.PARCEL_STATUS_PICKED_UP),
        (400, "快件已到达口岸，等待清关", "601", status_pb2.PARCEL_STATUS_CUSTOMS),
        (300, "快件清关中", "602", status_pb2.PARCEL_STATUS_CUSTOMS),
        (200, "快件已完成清关，进入国内派送环节", "603", None),
    ]
    said = []
    for ago, text, code, status in steps:
        said.append((ago, text, code))
        await shop.carrier_says("EA300000001CN", *said, carrier="EMS")
        seen = (await shop.customer().get_order(order.order_id)).parcels[0]
        if status is not None:
            assert seen.status == status, text
    assert "清关" in seen.sentence.zh
    assert "customs" in seen.sentence.en.lower()
    assert len(seen.events) == 4


async def test_a_failing_delivery_and_its_second_attempt_异常件(shop):
    order = await shop.sells(("zto", "78000000400001", ["毛巾"]))
    parcel_id = order.parcels[0].parcel_id
    screen = shop.screen(order.order_id)
    await eventually(lambda: screen.updates)
    assert await shop.gives_round("k-fail", parcel_id) == [1]
    await shop.rides("k-fail")
    failed = await shop.completes(
        "k-fail",
        parcel_id,
        stop_pb2.STOP_OUTCOME_FAILED,
        sub_status=status_pb2.PARCEL_SUB_STATUS_RECIPIENT_ABSENT,
    )
    assert failed.attempt == 1
    seen = (await shop.customer().get_order(order.order_id)).parcels[0]
    assert seen.status == status_pb2.PARCEL_STATUS_DELIVERY_FAILED
    assert seen.needs_attention
    assert seen.attempt == 2
    assert seen.sentence.zh
    assert seen.sentence.en

    assert await shop.gives_round("k-again", parcel_id) == [2]
    await shop.rides("k-again")
    done = await shop.completes("k-again", parcel_id, stop_pb2.STOP_OUTCOME_DELIVERED)
    assert done.attempt == 2
    await screen.reaches(parcel_id, done.revision)
    assert [bell.attempt for bell in screen.told(BELL)] == [1, 2]
    assert screen.revisions(parcel_id) == list(range(2, done.revision + 1))
    failures = [
        one for one in await shop.reminders(order.order_id) if one.kind == reminder_pb2.REMINDER_KIND_DELIVERY_FAILED
    ]
    assert [one.attempt for one in failures] == [1]


async def test_a_carrier_that_says_nothing_is_no_error_暂未更新(shop):
    order = await shop.sells(("zto", "78000000500001", ["毛巾"]))
    await shop.carrier_says("78000000500001", Reason="没有记录", Success=True, State="0")
    seen = await shop.customer().get_order(order.order_id)
    assert seen.sentence.zh
    assert not seen.parcels[0].events


@pytest.fixture
async def order(shop):
    made = await shop.sells(("zto", asking.new_id("79"), ["毛巾"]))
    await shop.carrier_says(made.parcels[0].tracking_number, (60, "【苏州市】快件已到达 【苏州转运中心】", "2"))
    return made


async def test_a_grpcio_client_a_grpc_web_client_and_the_python_client_each_get_the_same_order(shop, order):
    import struct

    import grpc
    from house import Stubs

    asked = tracking_service_pb2.GetOrderRequest(order_id=order.order_id)
    caller = shop.house.customer()
    async with grpc.aio.insecure_channel(shop.house.daemon.target) as channel:
        by_grpcio = await Stubs(channel).tracking.GetOrder(asked, metadata=caller)
    by_client = await shop.customer().get_order(order.order_id)
    data = asked.SerializeToString()
    async with httpx2.AsyncClient(base_url=shop.house.daemon.http_url) as web:
        answer = await web.post(
            "/doorstep.tracking.v1.TrackingService/GetOrder",
            content=struct.pack(">BI", 0, len(data)) + data,
            headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1", **dict(caller)},
        )
    flags, size = struct.unpack(">BI", answer.content[:5])
    assert flags == 0
    by_web = order_pb2.Order.FromString(answer.content[5 : 5 + size])
    assert b"grpc-status:0" in answer.content[5 + size :].replace(b" ", b"")
    assert by_grpcio == by_client == by_web
    assert by_web.parcels[0].events
