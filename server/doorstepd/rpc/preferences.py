"""What a customer chose for his reminders, from and to the wire."""

from typing import Any

from doorstep.tracking.v1 import reminder_pb2

from doorstepd.access.merchant_files import RADIUS_M
from doorstepd.reminders.preferences import Preferences
from doorstepd.reminders.quiet import BadQuietHours, QuietHours, parse_quiet_hours
from doorstepd.rpc import requests

_BELL = {
    reminder_pb2.QUIET_BELL_UNSPECIFIED: "dropped",
    reminder_pb2.QUIET_BELL_DROPPED: "dropped",
    reminder_pb2.QUIET_BELL_SILENT: "silent",
}


def chosen(field: str, sent: Any) -> Preferences:
    """What was chosen. Raises InvalidRequest, naming what is at fault in `field`."""
    radius = sent.bell_radius_meters if sent.HasField("bell_radius_meters") else None
    quiet = _quiet(field, sent.quiet_hours) if sent.HasField("quiet_hours") else None
    return Preferences(_checked_radius(f"{field}.bell_radius_meters", radius), quiet)


def message(kept: Preferences) -> reminder_pb2.ReminderPreferences:
    """As the customer reads it again."""
    return reminder_pb2.ReminderPreferences(
        bell_radius_meters=kept.radius_m, quiet_hours=_quiet_message(kept.quiet) if kept.quiet else None
    )


def _checked_radius(field: str, metres: float | None) -> float | None:
    least, most = RADIUS_M
    if metres is not None and not least <= metres <= most:
        raise requests.bad(field, f"must be {least:g} to {most:g} metres, or unset for the shop's")
    return metres


def _quiet(field: str, sent: Any) -> QuietHours:
    said = {"start": sent.start, "end": sent.end, "bell": _BELL.get(sent.bell)}
    try:
        return parse_quiet_hours(said | ({"zone": sent.zone} if sent.zone else {}))
    except BadQuietHours as problem:
        raise requests.bad(f"{field}.{problem.where}", problem.description) from None


def _quiet_message(quiet: QuietHours) -> reminder_pb2.QuietHours:
    bell = reminder_pb2.QUIET_BELL_SILENT if quiet.silently else reminder_pb2.QUIET_BELL_DROPPED
    said = quiet.to_settings()
    return reminder_pb2.QuietHours(start=said["start"], end=said["end"], zone=quiet.zone, bell=bell)
