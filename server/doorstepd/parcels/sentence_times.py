"""A coming time told as people say it: 明天下午, tomorrow afternoon."""

from datetime import datetime, timedelta

_DAYS_ZH = ("今天", "明天", "后天")
_DAYS_EN = ("today", "tomorrow")
_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# Up to which hour, and what that part of the day is called.
_PARTS = (
    (6, "凌晨", "early morning"),
    (9, "早上", "morning"),
    (12, "上午", "morning"),
    (14, "中午", "around noon"),
    (18, "下午", "afternoon"),
    (24, "晚上", "evening"),
)
_TONIGHT = {"today morning": "this morning", "today afternoon": "this afternoon", "today evening": "this evening"}


def told_zh(expected: datetime, now: datetime | None) -> str | None:
    """今天下午, 明天, 周五上午, 11月15日; None for a time gone by. 00:00 and 23:59 stand for a day without an hour."""
    days = _days_ahead(expected, now)
    if days is None:
        day = f"{expected.month}月{expected.day}日"
    elif days < 0:
        return None
    elif days < len(_DAYS_ZH):
        day = _DAYS_ZH[days]
    elif days < 7:
        day = f"周{_WEEKDAYS_ZH[expected.weekday()]}"
    else:
        day = f"{expected.month}月{expected.day}日"
    return day + (_part(expected)[0] if _has_hour(expected) else "")


def told_en(expected: datetime, now: datetime | None) -> str | None:
    """This afternoon, tomorrow, on Friday morning, on 15 November; None for a time gone by."""
    days = _days_ahead(expected, now)
    if days is not None and days < 0:
        return None
    if days is not None and days < len(_DAYS_EN):
        day = _DAYS_EN[days]
    elif days is not None and days < 7:
        day = f"on {_WEEKDAYS_EN[expected.weekday()]}"
    else:
        day = f"on {expected.day} {_MONTHS_EN[expected.month - 1]}"
    told = f"{day} {_part(expected)[1]}" if _has_hour(expected) else day
    return _TONIGHT.get(told, told)


def told_until(expected: datetime, now: datetime) -> datetime | None:
    """When this time will be told in other words than now, at the earliest; None if they stay.

    `now` must be aware and in the zone in which the time is told.
    """
    if expected.astimezone(now.tzinfo).date() < now.date():
        return None
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(expected, midnight) if expected > now else midnight


def _days_ahead(expected: datetime, now: datetime | None) -> int | None:
    """Calendar days from now, as the zone of `expected` counts them; negative for a time gone by, None without now."""
    if now is None:
        return None
    if expected.tzinfo is None or now.tzinfo is None:
        here, then = now.replace(tzinfo=None), expected.replace(tzinfo=None)
    else:
        here, then = now.astimezone(expected.tzinfo), expected
    days = (then.date() - here.date()).days
    gone = days < 0 or (days == 0 and _has_hour(expected) and then < here)
    return -1 if gone else days


def _has_hour(moment: datetime) -> bool:
    return (moment.hour, moment.minute) not in ((0, 0), (23, 59))


def _part(moment: datetime) -> tuple[str, str]:
    return next((zh, en) for until, zh, en in _PARTS if moment.hour < until)
