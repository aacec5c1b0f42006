"""Journeys to play: what happens to a parcel, minute by minute, in no provider's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorstepd.parcels.vocabulary import Status, SubStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One scan, `minutes` after the journey began, as a Chinese and as an English-speaking carrier tells it."""

    minutes: int
    status: Status
    sub_status: SubStatus | None
    zh: str
    en: str
    city: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A step that has happened, at its time."""

    time: datetime
    step: Step


@dataclass(slots=True)
class FakeParcel:
    """A parcel under way. `speed` is how many minutes of the journey pass in one real minute."""

    tracking_number: str
    carrier: str
    journey: str
    began: datetime
    speed: float = 60.0
    callback_url: str = ""
    pushed: int = 0

    def scans(self, now: datetime) -> list[Scan]:
        """What has happened so far, oldest first."""
        steps = ((self.began + timedelta(minutes=step.minutes / self.speed), step) for step in JOURNEYS[self.journey])
        return [Scan(time.replace(microsecond=0), step) for time, step in steps if time <= now]


_LABEL = Step(0, Status.INFO_RECEIVED, SubStatus.LABEL_CREATED, "运单已创建", "Shipment information received", "杭州市")
_COLLECTED = Step(
    60, Status.PICKED_UP, None, "【杭州市】 【杭州滨江】 的 张三（13800001111） 已揽收", "Shipment picked up", "杭州市"
)
_LEFT = Step(
    240,
    Status.IN_TRANSIT,
    SubStatus.DEPARTED,
    "【杭州市】 快件离开 【杭州滨江】 已发往 【上海中心】",
    "Departed facility in HANGZHOU",
    "杭州市",
)
_ARRIVED = Step(
    600,
    Status.IN_TRANSIT,
    SubStatus.ARRIVED,
    "【上海市】 快件已经到达 【上海中心】",
    "Arrived at sort facility SHANGHAI",
    "上海市",
)
_STATION = Step(
    840,
    Status.IN_TRANSIT,
    SubStatus.AT_DELIVERY_STATION,
    "【上海市】 快件已经到达 【上海浦东张江五部】，等待派送",
    "Arrived at delivery facility SHANGHAI",
    "上海市",
)
_WITH_COURIER = Step(
    900,
    Status.OUT_FOR_DELIVERY,
    None,
    "【上海市】 【上海浦东张江五部】 的李四（13800005678） 正在第1次派件",
    "Out for delivery",
    "上海市",
)
_SIGNED = Step(
    1020,
    Status.DELIVERED,
    SubStatus.SIGNED_BY_RECIPIENT,
    "快件已由 【本人】 签收",
    "Delivered, signed for by recipient",
    "上海市",
)
_TO_THE_DOOR = (_LABEL, _COLLECTED, _LEFT, _ARRIVED, _STATION, _WITH_COURIER)

JOURNEYS: Mapping[str, tuple[Step, ...]] = {
    "normal": (*_TO_THE_DOOR, _SIGNED),
    "locker": (
        *_TO_THE_DOOR,
        Step(
            990,
            Status.AVAILABLE_FOR_PICKUP,
            SubStatus.IN_LOCKER,
            "已放入【丰巢】张江某小区3号柜,请凭取件码取件",
            "Placed in a parcel locker, ready for collection",
            "上海市",
        ),
        Step(
            1300,
            Status.DELIVERED,
            SubStatus.COLLECTED_FROM_PICKUP_POINT,
            "已签收，签收人凭取件码签收。",
            "Collected by the recipient from the pickup point",
            "上海市",
        ),
    ),
    "failing": (
        *_TO_THE_DOOR,
        Step(
            1000,
            Status.DELIVERY_FAILED,
            SubStatus.ADDRESS_ISSUE,
            "快件派送不成功(因收方客户地址不详或错误),待进一步处理",
            "Delivery exception - Incorrect address",
            "上海市",
        ),
        Step(
            2340,
            Status.OUT_FOR_DELIVERY,
            SubStatus.REDELIVERY,
            "【上海市】 【上海浦东张江五部】 的李四（13800005678） 正在第2次派件",
            "Out for delivery, second attempt",
            "上海市",
        ),
        Step(
            2460,
            Status.DELIVERED,
            SubStatus.SIGNED_BY_OTHER,
            "快件已由 【前台】 签收",
            "Delivered to front desk",
            "上海市",
        ),
    ),
    "cross_border": (
        _LABEL,
        _COLLECTED,
        Step(600, Status.CUSTOMS, SubStatus.CUSTOMS_PROCESSING, "出口清关中", "Export clearance in progress", "上海市"),
        Step(900, Status.CUSTOMS, SubStatus.CUSTOMS_RELEASED, "出口清关完成", "Released by customs", "上海市"),
        Step(1000, Status.IN_TRANSIT, SubStatus.AIR_DEPARTED, "航班已起飞", "Departed from origin airport", "上海市"),
        Step(
            1800,
            Status.IN_TRANSIT,
            SubStatus.ARRIVED_DESTINATION_COUNTRY,
            "到达目的国机场",
            "Arrived at destination country port",
            "法兰克福",
        ),
        Step(
            2000,
            Status.CUSTOMS,
            SubStatus.DUTY_DUE,
            "海关扣留，等待收件人缴纳关税及增值税",
            "Awaiting payment of duties and taxes by the receiver",
            "法兰克福",
        ),
        Step(
            2600, Status.CUSTOMS, SubStatus.DUTY_PAID, "收件人已缴纳关税", "Duty and tax payment received", "法兰克福"
        ),
        Step(2800, Status.CUSTOMS, SubStatus.CUSTOMS_RELEASED, "海关放行", "Released by customs", "法兰克福"),
        Step(3600, Status.OUT_FOR_DELIVERY, None, "派送中", "Out for delivery", "柏林"),
        Step(
            3800, Status.DELIVERED, SubStatus.LEFT_AT_SAFE_PLACE, "已妥投,放在信箱", "Delivered, In/At Mailbox", "柏林"
        ),
    ),
    "returned": (
        *_TO_THE_DOOR,
        Step(
            1000,
            Status.DELIVERY_FAILED,
            SubStatus.REFUSED,
            "因收方客户拒收快件,待进一步处理",
            "Refused by the recipient",
            "上海市",
        ),
        Step(
            1500,
            Status.RETURN_TO_SENDER,
            SubStatus.RETURN_IN_TRANSIT,
            "快件正在退回寄件人",
            "Returning to shipper",
            "上海市",
        ),
        Step(
            2500,
            Status.RETURN_TO_SENDER,
            SubStatus.RETURN_COMPLETED,
            "退件已由 【寄件人】 签收",
            "Returned to sender",
            "杭州市",
        ),
    ),
}
