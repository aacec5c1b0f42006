"""Quiet hours: over midnight, in any zone, and over the days on which clocks jump."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.reminders.quiet import QuietHours, Timing, timing

NIGHT = QuietHours(time(22), time(8))
NAP = QuietHours(time(12), time(14))
BERLIN = QuietHours(time(22), time(8), "Europe/Berlin")


def shanghai(hour, minute=0):
    return datetime(2026, 4, 14, (hour - 8) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "hour", "covered"),
    [(NIGHT, 23, True), (NIGHT, 3, True), (NIGHT, 8, False), (NIGHT, 21, False), (NAP, 12, True), (NAP, 14, False)],
)
def test_it_is_quiet_on_the_recipients_clock(quiet, hour, covered):
    assert quiet.covers(shanghai(hour)) is covered


def test_equal_ends_mean_no_quiet_hours():
    assert not QuietHours(time(8), time(8)).covers(shanghai(8))


def test_a_bell_is_dropped_and_other_news_waits_for_the_morning():
    late = datetime(2026, 4, 14, 15, tzinfo=UTC)
    assert timing("courier_near", late, NIGHT)[0] is Timing.DROP
    assert timing("delivered", late, NIGHT) == (Timing.HOLD, datetime(2026, 4, 15, 0, tzinfo=UTC))


def test_without_quiet_hours_everything_goes_out():
    assert timing("courier_near", shanghai(23), None)[0] is Timing.SEND


def test_the_morning_of_a_clock_change_is_the_wall_clocks():
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert BERLIN.over(night) == datetime(2026, 3, 29, 6, tzinfo=UTC)


@given(
    st.builds(QuietHours, st.times(), st.times(), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"])),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_what_is_held_is_let_out_when_it_is_no_longer_quiet(quiet, now):
    free = quiet.over(now)
    assert free >= now
    assert not quiet.covers(free)
