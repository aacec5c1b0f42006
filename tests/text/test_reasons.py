"""Every reason of a failed delivery is understood in every frame that carriers put it in."""

from itertools import product

import pytest

from doorstepd.carriers.text import read
from doorstepd.parcels.vocabulary import SubStatus

ZH_REASONS = {
    SubStatus.RECIPIENT_ABSENT: "收件人不在 家中无人 无人在家 收件人外出 客户不在公司 收件人不在指定地址",
    SubStatus.UNREACHABLE: "电话无人接听 收件人电话关机 多次联系不上收件人 电话停机 电话打不通 收件人拒接电话",
    SubStatus.ADDRESS_ISSUE: "地址不详 收件地址有误 收货地址不完整 查无此人 收件人已搬迁 地址缺少门牌号",
    SubStatus.WRONG_PHONE: "收件人电话错误 电话为空号 联系电话有误 手机号码不存在",
    SubStatus.REFUSED: "收件人拒收 客户拒签 收件人拒绝签收 客户不要了",
    SubStatus.OUT_OF_AREA: "超出派送范围 超区 不在派送范围 该地区不在服务范围内",
    SubStatus.BUSINESS_CLOSED: "单位放假 公司休息 门店关门 公司放假无人收件",
    SubStatus.RESCHEDULED: "客户要求改期 收件人要求改日派送 客户要求更改派送时间 客户要求明天派送",
}
ZH_FRAMES = (
    "派送失败，原因：{}",
    "由于{}原因 派件不成功",
    "您的快件因【{}】配送不成功，预计11月15日再次配送",
    "【昆明市】 问题件：{}",
    "【昆明市】【昆明五华】的业务员王五已进行问题件上报，原因：{}",
    "快件派送不成功(因{}),待进一步处理",
    "未妥投，备注：{}",
    "您的快件派送未成功，原因：{}，将安排再次派送",
)
EN_REASONS = {
    SubStatus.RECIPIENT_ABSENT: ("recipient not home", "customer not available", "no one home", "nobody was in"),
    SubStatus.UNREACHABLE: ("unable to contact recipient", "recipient could not be contacted", "no answer on phone"),
    SubStatus.ADDRESS_ISSUE: ("incorrect address", "address not found", "recipient moved", "house number missing"),
    SubStatus.WRONG_PHONE: ("wrong phone number", "recipient phone number invalid"),
    SubStatus.REFUSED: ("refused by recipient", "customer refused delivery", "recipient refused to accept"),
    SubStatus.BUSINESS_CLOSED: ("business closed", "closed on arrival", "recipient business closed"),
    SubStatus.OUT_OF_AREA: ("outside delivery area", "address outside service area"),
    SubStatus.RESCHEDULED: ("future delivery requested", "delivery date changed", "rescheduled by recipient"),
}
EN_FRAMES = (
    "Delivery exception - {}",
    "Delivery attempted - {}",
    "Delivery not possible, {}",
    "Delivery attempt unsuccessful: {}.",
    "The shipment could not be delivered ({})",
    "Attempted delivery, {}. We will try again.",
)


@pytest.mark.parametrize("frame", ZH_FRAMES)
def test_a_chinese_reason_is_found(frame: str) -> None:
    for sub, reasons in ZH_REASONS.items():
        for reason in reasons.split():
            assert (reason, read(frame.format(reason)).sub_status) == (reason, sub)


@pytest.mark.parametrize(("frame", "shout"), list(product(EN_FRAMES, (False, True))))
def test_an_english_reason_is_found(frame: str, shout: bool) -> None:
    for sub, reasons in EN_REASONS.items():
        for reason in reasons:
            text = frame.format(reason)
            reading = read(text.upper() if shout else text)
            assert (reason, reading.sub_status, reading.places) == (reason, sub, ())


@pytest.mark.parametrize(
    ("inside", "sub"),
    [
        ("丰巢柜", SubStatus.IN_LOCKER),
        ("阳光小区1号柜", SubStatus.IN_LOCKER),
        ("速递易", SubStatus.IN_LOCKER),
        ("菜鸟驿站", SubStatus.AT_STATION),
        ("阳光超市", SubStatus.AT_STATION),
        ("学府路代收点", SubStatus.AT_STATION),
    ],
)
def test_where_it_waits_is_told_apart_and_taking_it_out_ends_it(inside: str, sub: SubStatus) -> None:
    for waiting in (
        f"快件已放入【{inside}】，请及时取件",
        f"已派送至（{inside}），请凭取件码取件",
        f"快件已由【{inside}】代收",
    ):
        assert read(waiting).sub_status is sub
    for taken in (f"您的快递已签收，签收人在【{inside}】领取", f"快件已从{inside}取出"):
        assert read(taken).sub_status is SubStatus.COLLECTED_FROM_PICKUP_POINT
