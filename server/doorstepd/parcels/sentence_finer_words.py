"""What is said in each finer state, zh and en; templates as in `sentence_words`."""

from doorstepd.parcels.sentence_words import OF_STATUS
from doorstepd.parcels.vocabulary import Status, SubStatus

OF_SUB_STATUS: dict[SubStatus, tuple[str, str]] = {
    SubStatus.UNMAPPED: OF_STATUS[Status.UNKNOWN],
    SubStatus.NO_INFO_YET: OF_STATUS[Status.PENDING],
    SubStatus.NOT_FOUND: (
        "快递公司还查不到这个单号，请稍后再看，或请商家核对单号",
        "The carrier does not know this number yet; please look again later or ask the shop to check it",
    ),
    SubStatus.LABEL_CREATED: (
        "快递单已经开好，正在等快递公司取件",
        "The label is ready; the carrier has not collected your parcel yet",
    ),
    SubStatus.AWAITING_PICKUP: (
        "包裹正在等[{here}的]快递员取件",
        "Your parcel is waiting for the carrier to collect it",
    ),
    SubStatus.PICKUP_ASSIGNED: (
        "快递员[{courier}]已接单，会上门取件",
        "A courier[ ({courier})] has been assigned and will collect your parcel",
    ),
    SubStatus.DEPARTED: (
        "包裹已[从{origin}]发出，[正发往{next}|正在路上][，预计{when}到达]",
        "Your parcel has left [{origin}|its last stop] and is on its way[ to {next}][; expected {when}]",
    ),
    SubStatus.ARRIVED: (
        "包裹已到达[{here}|中转站]，之后会继续运往您那里[，预计{when}送达]",
        "Your parcel has arrived [in {here}|at a transfer centre] and will travel on towards you[; expected {when}]",
    ),
    SubStatus.SORTED: (
        "包裹正在[{here}|中转站]分拣，之后会继续运输[，预计{when}送达]",
        "Your parcel is being sorted [in {here}|at a transfer centre] and will then travel on[; expected {when}]",
    ),
    SubStatus.AIR_DEPARTED: (
        "包裹乘坐的飞机已[从{here}]起飞[，预计{when}送达]",
        "The flight carrying your parcel has taken off[ from {here}][; expected {when}]",
    ),
    SubStatus.AIR_ARRIVED: (
        "包裹乘坐的飞机已[到达{here}|降落]，卸货后会继续运输[，预计{when}送达]",
        "The flight carrying your parcel has landed[ in {here}]; it will travel on after unloading[; expected {when}]",
    ),
    SubStatus.ARRIVED_DESTINATION_COUNTRY: (
        "包裹已到达目的地国家[（{here}）]，接下来一般要办理清关[，预计{when}送达]",
        "Your parcel has arrived in the destination country[, {here}]; customs usually comes next[; expected {when}]",
    ),
    SubStatus.ARRIVED_DESTINATION_CITY: (
        "包裹已到达您所在的城市[（{here}）]，很快会送到附近的派送站点[，预计{when}送达]",
        "Your parcel has reached your city[, {here},] and will soon be at a station near you[; expected {when}]",
    ),
    SubStatus.AT_DELIVERY_STATION: (
        "包裹已到您附近的派送站点[（{here}）]，快递员会尽快为您派送[，预计{when}送达]",
        "Your parcel is at a delivery station near you[, {here}]; a courier will bring it soon[; expected {when}]",
    ),
    SubStatus.HANDED_OVER: (
        "包裹已转交给合作的快递公司，接下来由他们送到您手上[，预计{when}送达]",
        "Your parcel has been passed to a partner carrier, who will bring it to you[; expected {when}]",
    ),
    SubStatus.FORWARDED: (
        "包裹已按要求转往[{next}|新的地址][，预计{when}送达]",
        "As asked, your parcel is being sent on to [{next}|a new address][; expected {when}]",
    ),
    SubStatus.AWAITING_CLEARANCE: (
        "包裹正在等待海关清关[（{here}）]，暂时不需要您做什么",
        "Your parcel is waiting for customs clearance[, {here}]; there is nothing you need to do for now",
    ),
    SubStatus.CUSTOMS_PROCESSING: (
        "包裹正在办理清关[（{here}）]，暂时不需要您做什么",
        "Your parcel is going through customs[, {here}]; there is nothing you need to do for now",
    ),
    SubStatus.CUSTOMS_INSPECTION: (
        "海关正在查验包裹[（{here}）]，请稍等，暂时不需要您做什么",
        "Customs is inspecting your parcel[, {here}]; there is nothing you need to do for now",
    ),
    SubStatus.DOCUMENTS_REQUIRED: (
        "海关需要收件人补充资料，请尽快按快递公司的通知提交，资料齐全后才能继续清关",
        "Customs needs papers or details from the recipient; please send what the carrier asks for, then it goes on",
    ),
    SubStatus.DUTY_DUE: (
        "包裹需要缴纳关税，请收件人按快递公司的通知支付，缴清后才能放行",
        "Import duty or tax is due; the recipient must pay it as the carrier's notice says, then customs lets it go",
    ),
    SubStatus.DUTY_PAID: (
        "关税已缴清，正在等海关放行，不需要您再做什么",
        "Duty and tax are paid; the parcel is waiting for customs to release it and you need do nothing more",
    ),
    SubStatus.CUSTOMS_HELD: (
        "包裹被海关暂时扣留，快递公司会跟进，如果需要您提供资料会联系您",
        "Customs is holding your parcel; the carrier is following it up and will contact you if anything is needed",
    ),
    SubStatus.CUSTOMS_RELEASED: (
        "包裹已完成清关[（{here}）]，接下来会继续运输和派送[，预计{when}送达]",
        "Your parcel has cleared customs[, {here}] and goes on towards delivery[; expected {when}]",
    ),
    SubStatus.CUSTOMS_REJECTED: (
        "包裹没有通过清关，可能会被退回，请联系商家处理",
        "Customs did not let your parcel in and it may go back; please contact the shop",
    ),
    SubStatus.REDELIVERY: (
        "快递员[{courier}]正在再次为您派送，请留意电话[，预计{when}送达]",
        "Your courier[ ({courier})] is bringing your parcel again; please keep your phone at hand[; expected {when}]",
    ),
    SubStatus.COURIER_CONTACTED: (
        "快递员[{courier}]已联系过收件人，会按说好的方式送到[，预计{when}送达]",
        "The courier[ ({courier})] has called the recipient and will deliver as agreed[; expected {when}]",
    ),
    SubStatus.APPOINTMENT: (
        "派送时间已经约好[，预计{when}送达]，到时请留意电话",
        "A delivery time has been agreed[; expected {when}]; please keep your phone at hand then",
    ),
    SubStatus.IN_LOCKER: (
        "包裹已放入快递柜[（{here}）]，请凭取件码及时取出",
        "Your parcel is in a parcel locker[, {here}]; please collect it soon with your pickup code",
    ),
    SubStatus.AT_STATION: (
        "包裹已到代收点[（{here}）]，请凭取件码及时领取",
        "Your parcel is at a pickup station[, {here}]; please collect it soon with your pickup code",
    ),
    SubStatus.LOCKER_OR_STATION: (
        "包裹已放在快递柜或代收点[（{here}）]，请凭取件码及时领取",
        "Your parcel is in a locker or at a pickup station[, {here}]; please use your pickup code",
    ),
    SubStatus.AT_COUNTER: (
        "包裹已到服务网点[（{here}）]，请带上身份证件前去领取",
        "Your parcel is at a service counter[, {here}]; please collect it and bring an ID",
    ),
    SubStatus.COLLECTION_OVERDUE: (
        "包裹已在取件点[（{here}）]等了一段时间，请尽快领取，以免被退回",
        "Your parcel has been waiting at the pickup point[, {here}]; please collect it soon, before it goes back",
    ),
    SubStatus.ATTEMPT_FAILED: OF_STATUS[Status.DELIVERY_FAILED],
    SubStatus.RECIPIENT_ABSENT: (
        "快递员上门时没有人在，您可以另约一个派送时间",
        "The courier called but nobody was in; you can book another time",
    ),
    SubStatus.UNREACHABLE: (
        "快递员没能联系上您，请保持电话畅通，您可以另约一个派送时间",
        "The courier could not reach you; please keep your phone on, you can book another time",
    ),
    SubStatus.ADDRESS_ISSUE: (
        "收货地址不够清楚，暂时送不到，请尽快补充或更正地址",
        "The address is not clear enough to deliver; please complete or correct it soon",
    ),
    SubStatus.WRONG_PHONE: (
        "收件电话有误，快递员联系不上您，请尽快更正电话号码",
        "The phone number is wrong, so the courier cannot reach you; please correct it soon",
    ),
    SubStatus.REFUSED: (
        "包裹被拒收，如果不是您的意思，请尽快联系快递公司或商家",
        "The parcel was refused at the door; if this is not what you wanted, please tell the carrier or the shop soon",
    ),
    SubStatus.OUT_OF_AREA: (
        "收货地址不在快递公司的派送范围，请联系商家商量自取或换一家快递",
        "The address is outside the carrier's delivery area; please ask the shop about another way",
    ),
    SubStatus.BUSINESS_CLOSED: (
        "收货单位休息，没能送达，您可以另约一个有人上班的时间",
        "The business was closed; you can book another time when somebody is there",
    ),
    SubStatus.RESCHEDULED: (
        "派送已改期[，预计{when}送达]，您也可以另选时间",
        "Delivery has been moved to another day[; expected {when}]; you can also choose another time",
    ),
    SubStatus.SIGNED_BY_RECIPIENT: (
        "包裹已由收件人签收，祝您使用愉快",
        "Your parcel has been delivered and signed for by the recipient",
    ),
    SubStatus.SIGNED_BY_OTHER: (
        "包裹已由他人代签收，如果您没有拿到，请联系快递公司或商家",
        "Somebody else has signed for your parcel; if you do not have it, please contact the carrier or the shop",
    ),
    SubStatus.COLLECTED_FROM_PICKUP_POINT: (
        "包裹已从取件点取走，如果不是您取的，请联系快递公司或商家",
        "Your parcel has been collected from the pickup point; if that was not you, please tell the carrier",
    ),
    SubStatus.LEFT_AT_SAFE_PLACE: (
        "包裹已放在门口、信箱或指定的位置，请及时取回",
        "Your parcel has been left at the door, in the mailbox or another safe place; please take it in soon",
    ),
    SubStatus.SIGNED_AFTER_PROBLEM: (
        "之前的问题已解决，包裹已签收",
        "The earlier problem has been solved and your parcel has been delivered",
    ),
    SubStatus.PARTIAL: (
        "只有一部分物品已签收，其余的请留意后续派送，或联系商家",
        "Only part of your order has been delivered; the rest may follow, or please contact the shop",
    ),
    SubStatus.DELIVERED_DAMAGED: (
        "包裹已签收，但有破损，请拍照并联系商家处理",
        "Your parcel was delivered damaged; please take photos and contact the shop",
    ),
    SubStatus.DELAYED: (
        "包裹会比原计划晚一些[，预计{when}送达]，请您再等一等",
        "Your parcel is running late[; expected {when}]; we are sorry for the wait",
    ),
    SubStatus.WEATHER: (
        "受天气等不可控因素影响，包裹会晚一些[，预计{when}送达]，请您再等一等",
        "Bad weather or similar is holding things up, so your parcel will be late[; expected {when}]",
    ),
    SubStatus.STALLED: (
        "包裹[在{here}]停留得比平时久，您可以请商家或快递公司催一催",
        "Your parcel has not moved for a while[, now in {here}]; you can ask the shop or the carrier to look into it",
    ),
    SubStatus.PICKUP_OVERDUE: (
        "快递公司还没有按时取件，您可以提醒商家",
        "The carrier has not collected your parcel in time; you can remind the shop",
    ),
    SubStatus.PICKUP_FAILED: (
        "快递员没能取到包裹，需要商家重新安排取件",
        "The courier could not collect your parcel from the shop; the shop has to arrange it again",
    ),
    SubStatus.DELIVERY_OVERDUE: (
        "包裹没有按时送达，您可以联系快递公司或商家催一催",
        "Your parcel has not been delivered in time; you can ask the carrier or the shop to look into it",
    ),
    SubStatus.MISROUTED: (
        "包裹被送错了方向，正在改送正确的站点，会晚一些到",
        "Your parcel was sent the wrong way and is being put right; it will be a little late",
    ),
    SubStatus.HELD: (
        "包裹暂时停在[{here}|途中]，等待处理，需要时请联系商家",
        "Your parcel is on hold[ in {here}] for the moment; the shop can tell you more",
    ),
    SubStatus.HELD_FOR_PAYMENT: (
        "包裹因为有费用没有付清暂时停下，请联系快递公司或商家确认由谁支付",
        "Your parcel is on hold because a fee is unpaid; please ask the carrier or the shop who has to pay it",
    ),
    SubStatus.INTERCEPTED: (
        "包裹已按寄件方的要求拦下，不会再派送，有疑问请联系商家",
        "Your parcel was stopped at the sender's request and will not be delivered; please contact the shop",
    ),
    SubStatus.DAMAGED: (
        "包裹在路上有破损，快递公司正在处理，您可以联系商家补发或退款",
        "Your parcel was damaged on the way; the carrier is dealing with it, and the shop can replace or refund it",
    ),
    SubStatus.LOST: (
        "包裹可能已经丢失，请联系商家补发或退款",
        "Your parcel seems to be lost; please ask the shop for a replacement or a refund",
    ),
    SubStatus.DESTROYED: (
        "包裹已被销毁，不会再派送，请联系商家了解原因",
        "Your parcel was destroyed and will not be delivered; please ask the shop why",
    ),
    SubStatus.REJECTED_BY_CARRIER: (
        "包裹里有不能运输的物品，快递公司不再运送，请联系商家",
        "Your parcel holds something that may not be carried, so the carrier will not take it; please contact the shop",
    ),
    SubStatus.TRACKING_EXPIRED: (
        "很久没有新的物流信息，跟踪已停止，请联系快递公司或商家",
        "There has been no news for a long time and tracking has ended; please contact the carrier or the shop",
    ),
    SubStatus.OTHER: OF_STATUS[Status.EXCEPTION],
    SubStatus.RETURN_REQUESTED: (
        "包裹将要退回商家，如果不是您的意思，请尽快联系商家",
        "Your parcel is to go back to the shop; if this is not what you wanted, please contact the shop soon",
    ),
    SubStatus.RETURN_IN_TRANSIT: OF_STATUS[Status.RETURN_TO_SENDER],
    SubStatus.RETURN_COMPLETED: (
        "退回的包裹商家已收到，退款或补发请联系商家",
        "The shop has received the returned parcel; please contact the shop about a refund or replacement",
    ),
    SubStatus.ORDER_CANCELLED: OF_STATUS[Status.CANCELLED],
    SubStatus.VOIDED: (
        "这张快递单已作废，商家可能会换新单号发货，请联系商家",
        "This label was voided; the shop may send your parcel under a new number, please contact the shop",
    ),
}
