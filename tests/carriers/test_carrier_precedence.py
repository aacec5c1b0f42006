"""Code against sentence: who decides about an event."""

import json
from typing import Any

import pytest
from carrier_samples import parsed

from doorstepd.parcels.vocabulary import Status, SubStatus


def kdniao(action: str | None, sentence: str) -> tuple[Any, Any]:
    trace = {"AcceptTime": "2026-11-01 10:00:00", "AcceptStation": sentence, "Action": action}
    document = {"LogisticCode": "1", "ShipperCode": "YTO", "Success": True, "State": "2", "Traces": [trace]}
    (result,) = parsed("kdniao", document)
    return result.events[0].status, result.events[0].sub_status


@pytest.mark.parametrize(
    ("action", "sentence", "status", "sub_status"),
    [
        ("404", "收件人拒收，原因：商品破损", "delivery_failed", "refused"),
        ("405", "派送不成功，原因：收件人不在家", "delivery_failed", "recipient_absent"),
        ("211", "快件已到达【妈妈驿站】，请及时取件", "available_for_pickup", "at_station"),
        ("211", "请及时取件", "available_for_pickup", "locker_or_station"),
        ("204", "货物已到达【杭州下沙营业部】，等待派送", "in_transit", "at_delivery_station"),
        ("604", "海关要求收件人补充身份证明及发票", "customs", "documents_required"),
        ("301", "退件已由 【寄件人】 签收", "return_to_sender", "return_completed"),
        ("2", "快件清关中", "customs", "customs_processing"),
        ("4", "多次联系收件人，电话无人接听", "delivery_failed", "unreachable"),
        ("4", "快件已经到达 【杭州中转部】", "exception", "other"),
        ("987", "快件已经到达 【杭州中转部】", "in_transit", "arrived"),
        (None, "快件已经到达 【杭州中转部】", "in_transit", "arrived"),
        ("987", "qwertz", "unknown", "unmapped"),
        (None, "", None, None),
        ("202", "", "out_for_delivery", None),
    ],
)
def test_a_specific_code_decides_and_a_sentence_refines_what_is_generic(
    action: str | None, sentence: str, status: str | None, sub_status: str | None
) -> None:
    assert kdniao(action, sentence) == (status, sub_status)


def sf(**route: str) -> tuple[Any, Any]:
    row = {"mailno": "SF1", "acceptTime": "2026-11-01 10:00:00", **route}
    (result,) = parsed("sf", {"Body": {"WaybillRoute": row}})
    return result.events[0].status, result.events[0].sub_status


def test_sf_tells_courier_hand_over_from_customs_though_both_are_204() -> None:
    assert sf(opCode="204", remark="快件交给李四")[0] is Status.OUT_FOR_DELIVERY
    assert sf(opCode="31", secondaryStatusCode="204", firstStatusCode="2")[0] is Status.CUSTOMS


def test_sf_operation_of_failure_outranks_a_plain_status() -> None:
    plain = {"firstStatusCode": "3", "secondaryStatusCode": "301"}
    assert sf(opCode="70", remark="派送不成功", **plain) == (Status.DELIVERY_FAILED, SubStatus.ATTEMPT_FAILED)
    assert sf(opCode="125", remark="", **plain) == (Status.AVAILABLE_FOR_PICKUP, SubStatus.IN_LOCKER)


def test_sf_forwarding_that_is_a_return_is_a_return() -> None:
    assert sf(opCode="99", remark="快件已退回,新单号为: SF9")[0] is Status.RETURN_TO_SENDER
    assert sf(opCode="99", remark="快件转寄中") == (Status.IN_TRANSIT, SubStatus.FORWARDED)


def test_sf_notices_after_the_signature_never_move_a_parcel_but_a_loss_does() -> None:
    assert sf(opCode="8000", remark="在官网可查看签收人信息") == (None, None)
    assert sf(opCode="8000", reasonCode="6", remark="") == (Status.EXCEPTION, SubStatus.LOST)


def test_dhl_codes_belong_to_their_service() -> None:
    def told(service: str) -> Any:
        event = {"timestamp": "2026-11-01T10:00:00", "statusCode": "transit", "status": "104", "description": ""}
        (result,) = parsed("dhl", {"shipments": [{"id": "1", "service": service, "events": [event]}]})
        return result.events[0].sub_status

    assert told("express") is SubStatus.LABEL_CREATED
    assert told("ecommerce") is SubStatus.ARRIVED


def test_4px_codes_are_families() -> None:
    row = {"businessLinkCode": "FPX_D_FDWP", "occurDatetime": "2026-11-01 10:00:00", "trackingContent": ""}
    (result,) = parsed("fourpx", {"result": "1", "data": {"deliveryOrderNo": "4PX1", "trackingList": [row]}})
    assert result.events[0].sub_status is SubStatus.ATTEMPT_FAILED


def test_4px_reads_a_delivery_told_in_the_field_of_the_place() -> None:
    row = {"businessLinkCode": "FPX_S_OK", "occurDatetime": "2026-11-01 10:00:00", "trackingContent": "Delivered"}
    row["occurLocation"] = "Delivered, Front Door/Porch"
    (result,) = parsed("fourpx", {"result": "1", "data": {"deliveryOrderNo": "4PX1", "trackingList": [row]}})
    assert result.sub_status is SubStatus.LEFT_AT_SAFE_PLACE


@pytest.mark.parametrize(
    ("provider", "document", "kind", "retryable"),
    [
        ("kdniao", {"Success": False, "Reason": "没有可用套餐"}, "quota_exhausted", False),
        ("kdniao", {"Success": "false", "Reason": "顺丰单号请填写手机号后四位"}, "phone_required", False),
        ("kdniao", {"Success": False, "ResultCode": 102, "Reason": "x"}, "auth_failed", False),
        ("kuaidi100", {"result": False, "returnCode": 408, "message": "验证码错误"}, "phone_required", False),
        ("kuaidi100", {"result": False, "returnCode": "502", "message": "服务器繁忙"}, "rate_limited", True),
        ("track17", {"code": -18010002, "data": {"errors": [{"code": -18010002}]}}, "auth_failed", False),
        ("aftership", {"meta": {"code": 429, "message": "Too many"}, "data": {}}, "rate_limited", True),
        ("zto", {"status": "false", "statusCode": "S02", "message": "不合法的签名"}, "auth_failed", False),
        ("sf", {"apiResultCode": "A1004", "apiErrorMsg": "无权限", "apiResultData": None}, "auth_failed", False),
        ("yto", {"success": False, "code": 500, "reason": "系统异常"}, "unavailable", True),
        ("jd", {"error_response": {"code": "1", "zh_desc": "请求过于频繁，请稍后再试"}}, "rate_limited", True),
        ("dhl", {"title": "Too many", "status": 429}, "rate_limited", True),
        ("fedex", {"errors": [{"code": "SERVICE.UNAVAILABLE.ERROR"}]}, "unavailable", True),
        ("fourpx", {"result": "1", "errors": [{"error_msg": "签名错误"}], "data": None}, "auth_failed", False),
    ],
)
def test_refusals_have_a_kind_and_no_status(provider: str, document: Any, kind: str, retryable: bool) -> None:
    (result,) = parsed(provider, document)
    assert result.status is None
    assert result.error
    assert (result.error.kind, result.error.retryable) == (kind, retryable)


def test_a_watch_given_up_after_some_scans_is_expired_but_a_delivery_stays_one() -> None:
    def told(context: str) -> Any:
        rows = [{"ftime": "2026-09-01 10:00:00", "context": context}]
        last = {"nu": "1", "com": "yuantong", "status": "200", "state": "0", "data": rows}
        (result,) = parsed("kuaidi100", {"status": "abort", "message": "60天无变化", "lastResult": last})
        return result.status, result.sub_status

    assert told("快件已经到达 【杭州中转部】") == (Status.EXCEPTION, SubStatus.TRACKING_EXPIRED)
    assert told("客户签收人: 本人签收 已签收")[0] is Status.DELIVERED


def test_an_alarm_that_the_aggregator_worked_out_wins_over_the_latest_event() -> None:
    trace = {"AcceptTime": "2026-11-01 10:00:00", "AcceptStation": "已放入【丰巢】3号柜", "Action": "211"}
    document = {"LogisticCode": "1", "Success": True, "State": "2", "StateEx": "412", "Traces": [trace]}
    (result,) = parsed("kdniao", document)
    assert (result.sub_status, result.attention) == (SubStatus.COLLECTION_OVERDUE, True)
    assert json.dumps(result.shipment and result.shipment.computed) == "true"
