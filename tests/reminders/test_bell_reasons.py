"""Reasons in words: both languages, every cause, and no more than the desk may know."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.reminders.reason import Cause, Reason, explain

MAYBE = st.one_of(st.none(), st.floats(0, 50_000))
REASONS = st.builds(
    Reason, st.sampled_from(Cause), st.floats(100, 5000), MAYBE, MAYBE, MAYBE, st.one_of(st.none(), st.integers(0, 300))
)


@given(REASONS)
def test_every_reason_can_be_told_in_both_languages(reason):
    zh, en = explain(reason)
    assert zh.endswith("。")
    assert en.endswith(".")
    assert "{" not in zh + en
    assert "None" not in zh + en


@given(REASONS)
def test_a_reason_survives_being_written_down(reason):
    assert Reason.from_dict(json.loads(json.dumps(reason.to_dict()))) == reason


@pytest.mark.parametrize("cause", Cause)
def test_what_rang_says_rung_and_what_did_not_says_so(cause):
    zh, en = explain(Reason(cause, 1000.0, 812.4, 7.0))
    assert en.startswith("Rung") == Reason(cause, 1000.0).rang
    assert zh.startswith("已提醒") == Reason(cause, 1000.0).rang


def test_distances_are_told_as_people_say_them():
    zh, en = explain(Reason(Cause.INSIDE, 1000.0, 812.4, 7.5, 1.0, 3))
    assert "812 米" in zh
    assert "1.0 公里" in zh
    assert "前面还有 3 个派送点" in zh
    assert "812 m away" in en
    assert "with 3 stops ahead" in en
