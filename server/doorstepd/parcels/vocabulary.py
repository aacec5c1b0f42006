"""The words of doorstep: 13 statuses and 70 sub-statuses, whatever the carrier calls them.

The list blends 17TRACK, AfterShip, EasyPost and the open OLTS list, widened for China (lockers, stations,
signing by others) and for customs and duty. The protos carry the same names as enums; a test compares them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a parcel stands, coarsely."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    INFO_RECEIVED = "info_received"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    CUSTOMS = "customs"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURN_TO_SENDER = "return_to_sender"
    CANCELLED = "cancelled"


class SubStatus(StrEnum):
    """The finer state; each belongs to exactly one status."""

    UNMAPPED = "unmapped"
    NO_INFO_YET = "no_info_yet"
    NOT_FOUND = "not_found"
    LABEL_CREATED = "label_created"
    AWAITING_PICKUP = "awaiting_pickup"
    PICKUP_ASSIGNED = "pickup_assigned"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    SORTED = "sorted"
    AIR_DEPARTED = "air_departed"
    AIR_ARRIVED = "air_arrived"
    ARRIVED_DESTINATION_COUNTRY = "arrived_destination_country"
    ARRIVED_DESTINATION_CITY = "arrived_destination_city"
    AT_DELIVERY_STATION = "at_delivery_station"
    HANDED_OVER = "handed_over"
    FORWARDED = "forwarded"
    AWAITING_CLEARANCE = "awaiting_clearance"
    CUSTOMS_PROCESSING = "customs_processing"
    CUSTOMS_INSPECTION = "customs_inspection"
    DOCUMENTS_REQUIRED = "documents_required"
    DUTY_DUE = "duty_due"
    DUTY_PAID = "duty_paid"
    CUSTOMS_HELD = "customs_held"
    CUSTOMS_RELEASED = "customs_released"
    CUSTOMS_REJECTED = "customs_rejected"
    REDELIVERY = "redelivery"
    COURIER_CONTACTED = "courier_contacted"
    APPOINTMENT = "appointment"
    IN_LOCKER = "in_locker"
    AT_STATION = "at_station"
    LOCKER_OR_STATION = "locker_or_station"
    AT_COUNTER = "at_counter"
    COLLECTION_OVERDUE = "collection_overdue"
    ATTEMPT_FAILED = "attempt_failed"
    RECIPIENT_ABSENT = "recipient_absent"
    UNREACHABLE = "unreachable"
    ADDRESS_ISSUE = "address_issue"
    WRONG_PHONE = "wrong_phone"
    REFUSED = "refused"
    OUT_OF_AREA = "out_of_area"
    BUSINESS_CLOSED = "business_closed"
    RESCHEDULED = "rescheduled"
    SIGNED_BY_RECIPIENT = "signed_by_recipient"
    SIGNED_BY_OTHER = "signed_by_other"
    COLLECTED_FROM_PICKUP_POINT = "collected_from_pickup_point"
    LEFT_AT_SAFE_PLACE = "left_at_safe_place"
    SIGNED_AFTER_PROBLEM = "signed_after_problem"
    PARTIAL = "partial"
    DELIVERED_DAMAGED = "delivered_damaged"
    DELAYED = "delayed"
    WEATHER = "weather"
    STALLED = "stalled"
    PICKUP_OVERDUE = "pickup_overdue"
    PICKUP_FAILED = "pickup_failed"
    DELIVERY_OVERDUE = "delivery_overdue"
    MISROUTED = "misrouted"
    HELD = "held"
    HELD_FOR_PAYMENT = "held_for_payment"
    INTERCEPTED = "intercepted"
    DAMAGED = "damaged"
    LOST = "lost"
    DESTROYED = "destroyed"
    REJECTED_BY_CARRIER = "rejected_by_carrier"
    TRACKING_EXPIRED = "tracking_expired"
    OTHER = "other"
    RETURN_REQUESTED = "return_requested"
    RETURN_IN_TRANSIT = "return_in_transit"
    RETURN_COMPLETED = "return_completed"
    ORDER_CANCELLED = "order_cancelled"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Word:
    """What a status or sub-status is called, and what it asks of us."""

    zh: str
    en: str
    attention: bool = False
    terminal: bool = False


STATUSES: dict[Status, Word] = {
    Status.UNKNOWN: Word("未知状态", "Status unknown"),
    Status.PENDING: Word("暂无物流信息", "No tracking yet"),
    Status.INFO_RECEIVED: Word("待揽收", "Awaiting collection"),
    Status.PICKED_UP: Word("已揽收", "Collected"),
    Status.IN_TRANSIT: Word("运输中", "In transit"),
    Status.CUSTOMS: Word("清关中", "In customs"),
    Status.OUT_FOR_DELIVERY: Word("派送中", "Out for delivery"),
    Status.AVAILABLE_FOR_PICKUP: Word("待取件", "Ready for pickup"),
    Status.DELIVERY_FAILED: Word("派件失败", "Delivery failed", attention=True),
    Status.DELIVERED: Word("已签收", "Delivered", terminal=True),
    Status.EXCEPTION: Word("物流异常", "Problem", attention=True),
    Status.RETURN_TO_SENDER: Word("退回", "Returning", attention=True),
    Status.CANCELLED: Word("已取消", "Cancelled", terminal=True),
}

# Grouped by the status that each belongs to.
_SUB_STATUSES: dict[Status, dict[SubStatus, Word]] = {
    Status.UNKNOWN: {
        SubStatus.UNMAPPED: Word("承运商状态未识别", "Not recognised yet"),
    },
    Status.PENDING: {
        SubStatus.NO_INFO_YET: Word("暂无轨迹", "No scans yet"),
        SubStatus.NOT_FOUND: Word("承运商查无此单", "Not known to the carrier"),
    },
    Status.INFO_RECEIVED: {
        SubStatus.LABEL_CREATED: Word("已下单/面单已生成", "Label created"),
        SubStatus.AWAITING_PICKUP: Word("等待揽收", "Awaiting collection"),
        SubStatus.PICKUP_ASSIGNED: Word("已分配揽收员", "Collection assigned"),
    },
    Status.PICKED_UP: {},
    Status.IN_TRANSIT: {
        SubStatus.DEPARTED: Word("已发往下一站", "On its way to the next stop"),
        SubStatus.ARRIVED: Word("已到达中转站", "Arrived at a facility"),
        SubStatus.SORTED: Word("分拣/处理中", "Being sorted"),
        SubStatus.AIR_DEPARTED: Word("航班起飞", "Flight departed"),
        SubStatus.AIR_ARRIVED: Word("航班到达", "Flight arrived"),
        SubStatus.ARRIVED_DESTINATION_COUNTRY: Word("到达目的国", "Arrived in the destination country"),
        SubStatus.ARRIVED_DESTINATION_CITY: Word("到达派件城市", "Arrived in the destination city"),
        SubStatus.AT_DELIVERY_STATION: Word("到达派件网点", "At the delivery station"),
        SubStatus.HANDED_OVER: Word("转交合作承运商", "Handed to a partner carrier"),
        SubStatus.FORWARDED: Word("转寄/改址", "Redirected"),
    },
    Status.CUSTOMS: {
        SubStatus.AWAITING_CLEARANCE: Word("待清关", "Awaiting customs clearance"),
        SubStatus.CUSTOMS_PROCESSING: Word("清关中", "Clearing customs"),
        SubStatus.CUSTOMS_INSPECTION: Word("海关查验", "Customs inspection"),
        SubStatus.DOCUMENTS_REQUIRED: Word("需补充资料", "Documents required", attention=True),
        SubStatus.DUTY_DUE: Word("待缴关税", "Duty to pay", attention=True),
        SubStatus.DUTY_PAID: Word("关税已缴", "Duty paid"),
        SubStatus.CUSTOMS_HELD: Word("清关异常/扣留", "Held by customs", attention=True),
        SubStatus.CUSTOMS_RELEASED: Word("已放行", "Released by customs"),
        SubStatus.CUSTOMS_REJECTED: Word("清关被拒", "Refused by customs", attention=True),
    },
    Status.OUT_FOR_DELIVERY: {
        SubStatus.REDELIVERY: Word("再次派送", "Delivery tried again"),
        SubStatus.COURIER_CONTACTED: Word("已电联收件人", "Recipient was called"),
        SubStatus.APPOINTMENT: Word("已预约派送", "Delivery appointment made"),
    },
    Status.AVAILABLE_FOR_PICKUP: {
        SubStatus.IN_LOCKER: Word("已放入快递柜", "In a parcel locker"),
        SubStatus.AT_STATION: Word("已到驿站/代收点", "At a pickup station"),
        SubStatus.LOCKER_OR_STATION: Word("柜或驿站(未区分)", "In a locker or at a station"),
        SubStatus.AT_COUNTER: Word("网点/服务点自提", "At a service counter"),
        SubStatus.COLLECTION_OVERDUE: Word("超时未取", "Not collected in time", attention=True),
    },
    Status.DELIVERY_FAILED: {
        SubStatus.ATTEMPT_FAILED: Word("派送未成功(原因不明)", "Attempt failed", attention=True),
        SubStatus.RECIPIENT_ABSENT: Word("收件人不在", "Recipient not at home", attention=True),
        SubStatus.UNREACHABLE: Word("联系不上收件人", "Recipient could not be reached", attention=True),
        SubStatus.ADDRESS_ISSUE: Word("地址不详/错误", "Address unclear or wrong", attention=True),
        SubStatus.WRONG_PHONE: Word("收件电话错误", "Wrong phone number", attention=True),
        SubStatus.REFUSED: Word("拒收", "Refused by the recipient", attention=True),
        SubStatus.OUT_OF_AREA: Word("超出派送范围", "Outside the delivery area", attention=True),
        SubStatus.BUSINESS_CLOSED: Word("单位休息/关门", "Business closed", attention=True),
        SubStatus.RESCHEDULED: Word("改期派送", "Rescheduled", attention=True),
    },
    Status.DELIVERED: {
        SubStatus.SIGNED_BY_RECIPIENT: Word("本人签收", "Signed by the recipient", terminal=True),
        SubStatus.SIGNED_BY_OTHER: Word("他人代签", "Signed for by someone else", terminal=True),
        SubStatus.COLLECTED_FROM_PICKUP_POINT: Word("从柜/驿站取走", "Collected from the pickup point", terminal=True),
        SubStatus.LEFT_AT_SAFE_PLACE: Word("放置指定位置", "Left in a safe place", terminal=True),
        SubStatus.SIGNED_AFTER_PROBLEM: Word("异常后签收", "Delivered after a problem", terminal=True),
        SubStatus.PARTIAL: Word("部分签收", "Partly delivered", attention=True, terminal=True),
        SubStatus.DELIVERED_DAMAGED: Word("签收但有破损", "Delivered damaged", attention=True, terminal=True),
    },
    Status.EXCEPTION: {
        SubStatus.DELAYED: Word("延误", "Delayed", attention=True),
        SubStatus.WEATHER: Word("天气/不可抗力", "Weather or force majeure", attention=True),
        SubStatus.STALLED: Word("滞留/长时间未更新", "No movement for long", attention=True),
        SubStatus.PICKUP_OVERDUE: Word("揽收超时", "Collection overdue", attention=True),
        SubStatus.PICKUP_FAILED: Word("揽收失败", "Collection failed", attention=True),
        SubStatus.DELIVERY_OVERDUE: Word("超时未签收", "Delivery overdue", attention=True),
        SubStatus.MISROUTED: Word("错分/错发", "Sent the wrong way", attention=True),
        SubStatus.HELD: Word("暂扣/控单", "On hold", attention=True),
        SubStatus.HELD_FOR_PAYMENT: Word("待付款暂扣", "Held for payment", attention=True),
        SubStatus.INTERCEPTED: Word("已拦截", "Intercepted", attention=True),
        SubStatus.DAMAGED: Word("破损", "Damaged", attention=True),
        SubStatus.LOST: Word("丢失", "Lost", attention=True),
        SubStatus.DESTROYED: Word("销毁/弃件", "Destroyed", attention=True, terminal=True),
        SubStatus.REJECTED_BY_CARRIER: Word("承运商拒运/违禁品", "Refused by the carrier", attention=True),
        SubStatus.TRACKING_EXPIRED: Word("跟踪已过期", "Tracking expired", attention=True),
        SubStatus.OTHER: Word("问题件(未细分)", "Problem, no details", attention=True),
    },
    Status.RETURN_TO_SENDER: {
        SubStatus.RETURN_REQUESTED: Word("已发起退回", "Return requested", attention=True),
        SubStatus.RETURN_IN_TRANSIT: Word("退回途中", "On the way back", attention=True),
        SubStatus.RETURN_COMPLETED: Word("退回件已签收", "Returned to the sender", terminal=True),
    },
    Status.CANCELLED: {
        SubStatus.ORDER_CANCELLED: Word("订单取消/销单", "Order cancelled", terminal=True),
        SubStatus.VOIDED: Word("运单作废", "Waybill voided", terminal=True),
    },
}

SUB_STATUSES: dict[SubStatus, Word] = {sub: word for words in _SUB_STATUSES.values() for sub, word in words.items()}

STATUS_OF: dict[SubStatus, Status] = {sub: status for status, words in _SUB_STATUSES.items() for sub in words}


def word(status: Status, sub_status: SubStatus | None = None) -> Word:
    """The finest word for a state."""
    return SUB_STATUSES[sub_status] if sub_status else STATUSES[status]


def needs_attention(status: Status, sub_status: SubStatus | None = None) -> bool:
    """Whether somebody should act."""
    return word(status, sub_status).attention


def is_terminal(status: Status, sub_status: SubStatus | None = None) -> bool:
    """Whether the journey is over, so that polling and clocks stop."""
    return word(status, sub_status).terminal
