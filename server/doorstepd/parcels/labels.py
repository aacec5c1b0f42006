"""How parcels and orders are called: 包裹 2（毛巾、牙刷）, and the one line that says where an order is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from doorstepd.parcels.records import Parcel
from doorstepd.parcels.vocabulary import STATUSES, Status

# Which parcel of an order is looked at first: what needs somebody, then what is nearest to the door.
_FIRST = (
    Status.DELIVERY_FAILED,
    Status.EXCEPTION,
    Status.RETURN_TO_SENDER,
    Status.AVAILABLE_FOR_PICKUP,
    Status.OUT_FOR_DELIVERY,
    Status.CUSTOMS,
    Status.IN_TRANSIT,
    Status.PICKED_UP,
    Status.INFO_RECEIVED,
    Status.UNKNOWN,
    Status.PENDING,
    Status.DELIVERED,
    Status.CANCELLED,
)
_PLACE = {status: place for place, status in enumerate(_FIRST)}


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages."""

    zh: str
    en: str


def label(parcel: Parcel) -> Label:
    """包裹 2（毛巾、牙刷×2） / Parcel 2 (毛巾, 牙刷×2)."""
    titles = [item.title if item.quantity == 1 else f"{item.title}×{item.quantity}" for item in parcel.items]
    if not titles:
        return Label(f"包裹 {parcel.number}", f"Parcel {parcel.number}")
    return Label(f"包裹 {parcel.number}（{'、'.join(titles)}）", f"Parcel {parcel.number} ({', '.join(titles)})")


def foremost(parcels: Sequence[Parcel]) -> Parcel:
    """The parcel that the order's one line is about; the order has at least one."""
    return min(parcels, key=lambda parcel: (not parcel.attention, _PLACE[parcel.status], parcel.number))


def tally(parcels: Sequence[Parcel]) -> Label:
    """共 3 个包裹：1 个派送中，2 个运输中 / 3 parcels: 1 out for delivery, 2 in transit."""
    counted = sorted(Counter(parcel.status for parcel in parcels).items(), key=lambda item: _PLACE[item[0]])
    zh = "，".join(f"{count} 个{STATUSES[status].zh}" for status, count in counted)
    en = ", ".join(f"{count} {STATUSES[status].en.lower()}" for status, count in counted)
    return Label(f"共 {len(parcels)} 个包裹：{zh}", f"{len(parcels)} parcels: {en}")
