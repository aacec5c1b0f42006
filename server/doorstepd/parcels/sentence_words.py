"""The plain sentences, Chinese and English, one pair for each state.

[a|b] is the first of the choices whose {facts} are all known; with none left it is dropped. Facts: origin, here, next,
courier, when. The English is told to the recipient as well. No sentence ends in a full stop, as they stand in lists.
"""

from doorstepd.parcels.vocabulary import Status

NEWS = ("快递公司发来一条通知，包裹状态没有变化", "The carrier sent a note; nothing has changed for your parcel")

OF_STATUS: dict[Status, tuple[str, str]] = {
    Status.UNKNOWN: (
        "包裹有新的动态，快递公司的说明我们正在核对",
        "There is news about your parcel; we are checking what the carrier means",
    ),
    Status.PENDING: (
        "暂时还没有物流信息，快递公司扫描后会显示在这里",
        "There is no news yet; it will appear here once the carrier scans your parcel",
    ),
    Status.INFO_RECEIVED: (
        "商家已登记发货，正在等快递公司取件",
        "The shop has registered your parcel; the carrier has not collected it yet",
    ),
    Status.PICKED_UP: (
        "快递公司已[在{here}]收到包裹，很快会出发[，预计{when}送达]",
        "The carrier has collected your parcel[ in {here}] and will send it on soon[; expected {when}]",
    ),
    Status.IN_TRANSIT: (
        "包裹正在运输途中[，目前在{here}][，预计{when}送达]",
        "Your parcel is on its way[, now in {here}][; expected {when}]",
    ),
    Status.CUSTOMS: (
        "包裹正在办理海关手续，暂时不需要您做什么",
        "Your parcel is with customs; there is nothing you need to do for now",
    ),
    Status.OUT_FOR_DELIVERY: (
        "快递员[{courier}]正在为您派送，请留意电话[，预计{when}送达]",
        "Your courier[ ({courier})] is out delivering your parcel; please keep your phone at hand[; expected {when}]",
    ),
    Status.AVAILABLE_FOR_PICKUP: (
        "包裹已到[{here}|取件点]，请及时领取",
        "Your parcel is waiting for you at [{here}|the pickup point]; please collect it soon",
    ),
    Status.DELIVERY_FAILED: (
        "这次没能送到您手上，您可以另约一个派送时间",
        "The courier could not deliver this time; you can book another time",
    ),
    Status.DELIVERED: (
        "包裹已签收，如果您没有收到，请联系快递公司或商家",
        "Your parcel has been delivered; if you do not have it, please contact the carrier or the shop",
    ),
    Status.EXCEPTION: (
        "包裹遇到了问题，快递公司正在处理，需要时请联系商家",
        "There is a problem with your parcel and the carrier is looking into it; the shop can help if you need it",
    ),
    Status.RETURN_TO_SENDER: (
        "包裹正在退回商家，如果不是您的意思，请联系商家",
        "Your parcel is going back to the shop; if this is not what you wanted, please contact the shop",
    ),
    Status.CANCELLED: (
        "这个包裹已取消，不会再派送，有疑问请联系商家",
        "This parcel was cancelled and will not be delivered; please contact the shop with any question",
    ),
}
