"""Times as carriers write them, with where their UTC offset came from. A missing time is None, never 1970."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from doorstepd.parcels.events import Zone

CHINA = timezone(timedelta(hours=8))
_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]\s*(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})?(?:[:分](?P<second>\d{1,2})?(?:[.,](?P<part>\d{1,9}))?)?)?秒?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|CST|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?"
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?", re.A)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?$")
_EARLIEST, _LATEST = 2000, 2100


class Moment(NamedTuple):
    """A time, naive exactly when its zone is unknown; `whole_day` when only the date was given."""

    time: datetime
    zone: Zone
    whole_day: bool = False


def parse(value: Any, assumed: timezone | None = None) -> Moment | None:
    """Read a time: ISO and its looser relatives, Chinese forms, epoch seconds or milliseconds.

    `assumed` is the offset of sources which never write one; without it such times stay zone-less.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = value.strip() if isinstance(value, str) else str(int(value)) if abs(value) < 1e15 else ""
    try:
        return _parse_digits(written, assumed) if written.isdecimal() else _parse_written(written, assumed)
    except (ValueError, OverflowError):
        return None


def parse_eta(value: Any, assumed: timezone | None = None) -> datetime | date | None:
    """An expected time; a date where the source gives no more than that."""
    moment = parse(value, assumed)
    if moment is None:
        return None
    return moment.time.date() if moment.whole_day else moment.time


def _parse_digits(digits: str, assumed: timezone | None) -> Moment | None:
    if len(digits) == 14 and (match := _COMPACT.fullmatch(digits)):
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return _moment(datetime(year, month, day, hour, minute, second), assumed)
    if len(digits) not in (10, 13):
        return None
    instant = datetime.fromtimestamp(int(digits) / (1000 if len(digits) == 13 else 1), UTC)
    return _moment(instant.astimezone(assumed or UTC), None)


def _parse_written(written: str, assumed: timezone | None) -> Moment | None:
    if len(written) in (19, 20, 25) and _PLAIN.fullmatch(written):
        return _moment(datetime.fromisoformat(written), assumed)
    match = _WRITTEN.fullmatch(written)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(match[name] or 0) for name in _PARTS)
    part = int((match["part"] or "0")[:6].ljust(6, "0"))
    naive = datetime(year, month, day, hour, minute, second, part)
    zone = _offset(match["zone"])
    return _moment(naive.replace(tzinfo=zone) if zone else naive, assumed, whole_day=match["hour"] is None)


def _offset(zone: str | None) -> timezone | None:
    if not zone:
        return None
    if zone == "CST":  # only Chinese carriers write it
        return CHINA
    if not (match := _OFFSET.search(zone)):
        return UTC
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if match[1] == "-" else 1))


def _moment(time: datetime, assumed: timezone | None, *, whole_day: bool = False) -> Moment | None:
    if not _EARLIEST <= time.year < _LATEST:
        return None
    if time.tzinfo:
        return Moment(time, Zone.EXPLICIT, whole_day)
    if assumed:
        return Moment(time.replace(tzinfo=assumed), Zone.ASSUMED, whole_day)
    return Moment(time, Zone.UNKNOWN, whole_day)
