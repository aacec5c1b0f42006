"""Why a bell rang or did not: kept with the reminder, and told in plain words. Never an address or a coordinate."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from doorstepd.reminders.rules import RULE_VERSION


class Cause(StrEnum):
    """What decided."""

    INSIDE = "inside"
    CROSSED = "crossed"
    SCANNED_BEFORE = "scanned_before"
    NEVER_NEAR = "never_near"
    NO_POSITION = "no_position"
    NOT_CERTAIN = "not_certain"
    GATE_CLOSED = "gate_closed"
    TOO_OLD = "too_old"
    RANG_ALREADY = "rang_already"
    QUIET = "quiet"


RINGING = frozenset({Cause.INSIDE, Cause.CROSSED, Cause.SCANNED_BEFORE})


@dataclass(frozen=True, slots=True)
class Reason:
    """Metres and seconds; None where it was not known or plays no part."""

    cause: Cause
    radius_m: float
    distance_m: float | None = None
    accuracy_m: float | None = None
    fix_age_s: float | None = None
    stops_ahead: int | None = None
    eta_s: float | None = None
    gate: str = "none"
    rule_version: str = RULE_VERSION

    @property
    def rang(self) -> bool:
        """Whether this is the reason of a ring."""
        return self.cause in RINGING

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Reason":
        """What `to_dict` wrote."""
        return cls(**{**state, "cause": Cause(state["cause"])})


class Sentence(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str


def explain(reason: Reason) -> Sentence:
    """The reason in words that a desk agent can read out."""
    zh, en = _WORDS[reason.cause]
    facts = _facts(reason)
    return Sentence(zh.format_map(facts), en.format_map(facts))


_WORDS: dict[Cause, tuple[str, str]] = {
    Cause.INSIDE: (
        "已提醒：派件员距离收件地址约 {distance_zh}（定位误差约 {accuracy_zh}），在 {radius_zh} 提醒范围内{ahead_zh}。",
        "Rung: the courier was about {distance_en} away (position good to {accuracy_en}), "
        "inside the {radius_en} circle{ahead_en}.",
    ),
    Cause.CROSSED: (
        "已提醒：派件员在两次定位之间穿过了 {radius_zh} 提醒范围，最近约 {distance_zh}{ahead_zh}。",
        "Rung: between two positions the courier passed through the {radius_en} circle, "
        "about {distance_en} away at the nearest{ahead_en}.",
    ),
    Cause.SCANNED_BEFORE: (
        "已提醒：派件员定位中断，但前面的派送点已签收{ahead_zh}，即将送达。",
        "Rung: no position came from the courier, but a stop just before this one was signed for{ahead_en}.",
    ),
    Cause.NEVER_NEAR: (
        "未提醒：派件期间派件员没有进入 {radius_zh} 提醒范围，最近约 {distance_zh}。",
        "Not rung: while the parcel was out for delivery the courier never came within {radius_en}; "
        "the nearest was about {distance_en}.",
    ),
    Cause.NO_POSITION: (
        "未提醒：派件期间没有收到派件员的可用定位。",
        "Not rung: no usable position came from the courier while the parcel was out for delivery.",
    ),
    Cause.NOT_CERTAIN: (
        "未提醒：最近一次定位约 {distance_zh}，但误差约 {accuracy_zh}，不能确认已进入 {radius_zh} 提醒范围。",
        "Not rung: the nearest position was about {distance_en} away but only good to {accuracy_en}, "
        "which does not show him within {radius_en}.",
    ),
    Cause.GATE_CLOSED: (
        "未提醒：派件员在 {radius_zh} 提醒范围内，但前面还有较多派送点{ahead_zh}，尚未轮到。",
        "Not rung: the courier was within {radius_en} but not yet on his way to this stop{ahead_en}.",
    ),
    Cause.TOO_OLD: (
        "未提醒：显示派件员在附近的定位送达时已过期（{age_zh}前）。",
        "Not rung: the positions that show the courier nearby arrived too late ({age_en} old).",
    ),
    Cause.RANG_ALREADY: ("未再次提醒：本次派送已提醒过。", "Not rung again: this attempt has had its reminder."),
    Cause.QUIET: (
        "未发送：处于收件人设置的免打扰时段。",
        "Not sent: it was within the recipient's quiet hours.",
    ),
}


def _facts(reason: Reason) -> dict[str, str]:
    facts = {"ahead_zh": "", "ahead_en": ""}
    for name, metres in (
        ("distance", reason.distance_m),
        ("accuracy", reason.accuracy_m),
        ("radius", reason.radius_m),
    ):
        facts[f"{name}_zh"], facts[f"{name}_en"] = _metres(metres)
    minutes = None if reason.fix_age_s is None else max(1, round(reason.fix_age_s / 60))
    facts["age_zh"] = "时间未知" if minutes is None else f"{minutes} 分钟"
    facts["age_en"] = "age unknown" if minutes is None else f"{minutes} min"
    if reason.stops_ahead is not None:
        stops = "stop" if reason.stops_ahead == 1 else "stops"
        facts["ahead_zh"] = f"，前面还有 {reason.stops_ahead} 个派送点"
        facts["ahead_en"] = f", with {reason.stops_ahead} {stops} ahead"
    return facts


def _metres(metres: float | None) -> Sentence:
    if metres is None:
        return Sentence("未知距离", "an unknown distance")
    if metres < 1000.0:
        return Sentence(f"{metres:.0f} 米", f"{metres:.0f} m")
    return Sentence(f"{metres / 1000:.1f} 公里", f"{metres / 1000:.1f} km")
