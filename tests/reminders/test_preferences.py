"""What a customer chose, as it is kept."""

import json
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.reminders.preferences import Preferences, read_preferences
from doorstepd.reminders.quiet import QuietHours

CLOCKS = st.times().map(lambda one: one.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"])
QUIET = st.builds(QuietHours, CLOCKS, CLOCKS, ZONES, st.booleans())
CHOSEN = st.builds(Preferences, st.none() | st.floats(100, 20_000), st.none() | QUIET)


@given(CHOSEN)
def test_what_was_chosen_is_read_again(chosen):
    assert read_preferences(json.loads(json.dumps(chosen.to_settings()))) == chosen


def test_who_chose_nothing_keeps_nothing():
    assert Preferences().to_settings() == {}
    assert read_preferences({}) == Preferences()


@pytest.mark.parametrize("radius", ["near", 99, 20_001, float("nan"), None, [], -5])
@pytest.mark.parametrize("quiet", ["late", {"start": "22:00"}, {"start": "25:00", "end": "08:00"}, 7])
def test_what_cannot_be_read_counts_as_not_chosen(radius, quiet):
    assert read_preferences({"radius_m": radius, "quiet_hours": quiet, "colour": "red"}) == Preferences()


def test_one_unreadable_choice_leaves_the_other():
    night = {"start": "22:00", "end": "08:00"}
    assert read_preferences({"radius_m": "near", "quiet_hours": night}).quiet == QuietHours(time(22), time(8))
    assert read_preferences({"radius_m": 500, "quiet_hours": {}}).radius_m == 500.0
