"""What a shop may say about quiet hours, and what becomes of a notice that is due in them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from doorstepd.notifications.channel import Notice
from doorstepd.notifications.fate import Fate, fate
from doorstepd.notifications.outbox import Claimed
from doorstepd.reminders.quiet import BadQuietHours, QuietHours, parse_quiet_hours

NIGHT = QuietHours(time(22), time(8))
MIDNIGHT = datetime(2026, 4, 14, 16, tzinfo=UTC)  # in Shanghai
MORNING = datetime(2026, 4, 15, 0, tzinfo=UTC)
NOON = datetime(2026, 4, 14, 4, tzinfo=UTC)


def claimed(kind, status="out_for_delivery", quiet=NIGHT, ring_time=MIDNIGHT, attempt=1):
    notice = Notice("key", "m", "p", 1, kind, "中", "en")
    return Claimed(1, "recorded", 1, ring_time, status, attempt, notice, quiet)


def test_a_shop_names_its_hours_zone_and_what_becomes_of_bells():
    said = {"start": "22:00", "end": "07:30", "zone": "Europe/Berlin", "bell": "silent"}
    assert parse_quiet_hours(said) == QuietHours(time(22), time(7, 30), "Europe/Berlin", silently=True)
    assert parse_quiet_hours({"start": "22:00", "end": "08:00"}) == NIGHT


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": "25:00"}, r"quiet_hours\.start: must be a time"),
        ({"start": 2200}, r"quiet_hours\.start"),
        ({"end": "8"}, r"quiet_hours\.end"),
        ({"zone": "Asia/Nowhere"}, r"quiet_hours\.zone"),
        ({"zone": 8}, r"quiet_hours\.zone"),
        ({"zone": "../../etc/passwd"}, r"quiet_hours\.zone"),
        ({"bell": "loud"}, r"quiet_hours\.bell: must be dropped or silent"),
        ({"bell": ["silent"]}, r"quiet_hours\.bell"),
        ({"strat": "22:00"}, "quiet_hours: must be an object of start and end"),
    ],
)
def test_a_setting_that_cannot_be_read_names_the_field_and_what_is_allowed(change, field):
    with pytest.raises(BadQuietHours, match=field):
        parse_quiet_hours({"start": "22:00", "end": "08:00"} | change)


@pytest.mark.parametrize("said", [None, "night", [], {}, {"start": "22:00"}])
def test_quiet_hours_need_both_their_ends(said):
    with pytest.raises(BadQuietHours, match="start and end"):
        parse_quiet_hours(said)


@pytest.mark.parametrize("kind", ["courier_near", "due_soon"])
def test_what_is_about_the_next_hour_is_dropped_in_quiet_hours_or_comes_silently(kind):
    assert fate(claimed(kind), MIDNIGHT) == Fate(drop_reason="QUIET_HOURS")
    assert fate(claimed(kind, quiet=replace(NIGHT, silently=True)), MIDNIGHT) == Fate(silently=True)


def test_other_news_waits_for_the_morning():
    assert fate(claimed("delivered", "delivered"), MIDNIGHT) == Fate(held_until=MORNING)
    assert fate(claimed("delivered", "delivered"), MORNING) == Fate()


@pytest.mark.parametrize(
    ("kind", "status"),
    [("out_for_delivery", "delivered"), ("ready_for_pickup", "delivered"), ("due_soon", "delivered")],
)
def test_news_that_waited_and_is_no_longer_so_is_dropped(kind, status):
    assert fate(claimed(kind, status), MORNING) == Fate(drop_reason="PARCEL_MOVED_ON")


def test_news_that_did_not_wait_goes_out_though_more_has_happened_since():
    assert fate(claimed("out_for_delivery", "delivered", quiet=None), MIDNIGHT + timedelta(minutes=1)) == Fate()


@pytest.mark.parametrize("kind", ["courier_near", "due_soon", "delivered", "stalled"])
def test_by_day_and_without_quiet_hours_everything_goes_out_with_its_sound(kind):
    assert fate(claimed(kind, ring_time=NOON), NOON) == Fate()
    assert fate(claimed(kind, quiet=None), MIDNIGHT) == Fate()
