"""How an order is told in a terminal: one language or both, what matters first, times in the reader's own zone."""

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

from doorstep.messages import (
    PARCEL_STATUS_AVAILABLE_FOR_PICKUP,
    PARCEL_STATUS_CANCELLED,
    PARCEL_STATUS_CUSTOMS,
    PARCEL_STATUS_DELIVERED,
    PARCEL_STATUS_DELIVERY_FAILED,
    PARCEL_STATUS_EXCEPTION,
    PARCEL_STATUS_OUT_FOR_DELIVERY,
    PARCEL_STATUS_RETURN_TO_SENDER,
    Approach,
    ExpectedDelivery,
    LocalizedText,
    Parcel,
)
from google.protobuf.timestamp_pb2 import Timestamp


class Lang(StrEnum):
    """What is shown."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


_COLOURS: Final = {
    PARCEL_STATUS_OUT_FOR_DELIVERY: "bold cyan",
    PARCEL_STATUS_DELIVERED: "bold green",
    PARCEL_STATUS_AVAILABLE_FOR_PICKUP: "bold yellow",
    PARCEL_STATUS_CUSTOMS: "bold blue",
    PARCEL_STATUS_DELIVERY_FAILED: "bold red",
    PARCEL_STATUS_EXCEPTION: "bold red",
    PARCEL_STATUS_RETURN_TO_SENDER: "bold red",
    PARCEL_STATUS_CANCELLED: "dim",
}
_EXPECTED: Final = {Lang.ZH: "预计", Lang.EN: "expected", Lang.BOTH: "预计 ETA"}
_DETOUR: Final = 1.1


def say(lang: Lang, zh: str, en: str, between: str = "  ") -> str:
    """The words in the language asked for; both if they differ."""
    if lang is Lang.ZH or not en:
        return zh
    return en if lang is Lang.EN or not zh or zh == en else f"{zh}{between}{en}"


def told(lang: Lang, text: LocalizedText, between: str = "  ") -> str:
    """A text of the service."""
    return say(lang, text.zh, text.en, between)


def first(lang: Lang, text: LocalizedText) -> str:
    """A text of the service where there is room for one language only: Chinese, unless English was asked for."""
    return text.en if lang is Lang.EN else text.zh


_zone: tzinfo | None = None


def show_times_in(zone: tzinfo) -> None:
    """Has all times told in this zone, instead of the machine's own."""
    global _zone
    _zone = zone


def local(time: datetime) -> datetime:
    """The same moment in the reader's zone."""
    return time.astimezone(_zone)


def now() -> datetime:
    """The time of this machine, in the reader's zone."""
    return datetime.now(_zone).astimezone(_zone)


def colour(parcel: Parcel) -> str:
    """A rich style for the parcel's status."""
    if parcel.needs_attention:
        return "bold red"
    return _COLOURS.get(parcel.status, "bold")


def moment(stamp: Timestamp) -> datetime:
    """In the reader's zone."""
    return local(stamp.ToDatetime(UTC))


def clock(stamp: Timestamp, now: datetime) -> str:
    """14:32 for today, 11-23 14:32 for another day, 2027-01-04 14:32 for another year."""
    time = moment(stamp)
    today = local(now)
    if time.date() == today.date():
        return f"{time:%H:%M}"
    return f"{time:%m-%d %H:%M}" if time.year == today.year else f"{time:%Y-%m-%d %H:%M}"


def metres(distance: float) -> str:
    """640 m, 1.2 km."""
    if distance < 995:
        return f"{max(10, round(distance / 10) * 10)} m"
    return f"{distance / 1000:.1f} km"


def courier(parcel: Parcel) -> str:
    """李** 138****5678, as far as it is known; empty when nobody brings it yet or any more."""
    if parcel.status != PARCEL_STATUS_OUT_FOR_DELIVERY:
        return ""
    return f"{parcel.courier.display_name} {parcel.courier.masked_phone}".strip()


def distance(parcel: Parcel) -> float | None:
    """Metres to the door; None when hidden or unknown."""
    shown = parcel.HasField("approach") and parcel.approach.HasField("distance_meters")
    return parcel.approach.distance_meters if shown else None


def way_left(lang: Lang, parcel: Parcel) -> str:
    """路程 1.2 km, 1.2 km to drive; empty where it is hardly more than the straight line."""
    away, left = distance(parcel), parcel.approach.remaining_meters
    if away is None or left < away * _DETOUR:
        return ""
    return say(lang, f"路程 {metres(left)}", f"{metres(left)} to drive", between=" / ")


def ahead(lang: Lang, parcel: Parcel) -> str:
    """前面 3 单, 3 stops before you."""
    if not (parcel.HasField("approach") and parcel.approach.HasField("stops_ahead")):
        return ""
    stops = parcel.approach.stops_ahead
    if stops == 0:
        return say(lang, "下一站就是您", "you are next", between=" / ")
    en = f"{stops} stop{'s' if stops > 1 else ''}"
    return say(lang, f"前面 {stops} 单", en if lang is Lang.BOTH else f"{en} before you", between=" / ")


def expected(lang: Lang, parcel: Parcel, now: datetime) -> str:
    """预计 14:32（14:20-14:55）; reckoned from the courier where that is known, else the carrier's word."""
    if parcel.terminal:
        return ""
    if parcel.HasField("approach") and parcel.approach.HasField("expected_time"):
        return f"{_EXPECTED[lang]} {clock(parcel.approach.expected_time, now)}{_range(lang, parcel.approach, now)}"
    if parcel.HasField("expected_delivery"):
        told_time = parcel.expected_delivery
        return f"{_EXPECTED[lang]} {clock(told_time.expected_time, now)}{_range(lang, told_time, now)}"
    return ""


def _range(lang: Lang, told_time: Approach | ExpectedDelivery, now: datetime) -> str:
    """Where the time may lie instead; empty when nobody can say, or all of it is the same minute."""
    if not told_time.HasField("latest_time"):
        return ""
    earliest, latest = clock(told_time.earliest_time, now), clock(told_time.latest_time, now)
    if earliest == latest:
        return ""
    return f"（{earliest}-{latest}）" if lang is Lang.ZH else f" ({earliest}-{latest})"


def facts(lang: Lang, parcel: Parcel, now: datetime) -> list[str]:
    """Courier and phone, distance and way, stops before, expected time: those that are known, most important first."""
    away = distance(parcel)
    told_facts = [
        courier(parcel),
        "" if away is None else metres(away),
        way_left(lang, parcel),
        ahead(lang, parcel),
        expected(lang, parcel, now),
    ]
    return [fact for fact in told_facts if fact]
