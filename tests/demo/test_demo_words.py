"""How the way and the expected time are told in a terminal."""

from datetime import UTC, datetime

import pytest
from doorstep.messages import Parcel

from doorstepd.demo import words
from doorstepd.demo.words import Lang

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch):
    monkeypatch.setattr(words, "_zone", UTC)


def expecting(*, range_minutes: tuple[int, int] | None) -> Parcel:
    parcel = Parcel()
    approach = parcel.approach
    approach.expected_time.FromDatetime(NOW.replace(minute=12))
    if range_minutes:
        approach.earliest_time.FromDatetime(NOW.replace(minute=range_minutes[0]))
        approach.latest_time.FromDatetime(NOW.replace(minute=range_minutes[1]))
    return parcel


def test_an_expected_time_is_told_with_its_range() -> None:
    parcel = expecting(range_minutes=(5, 30))
    assert words.expected(Lang.ZH, parcel, NOW) == "预计 08:12（08:05-08:30）"
    assert words.expected(Lang.EN, parcel, NOW) == "expected 08:12 (08:05-08:30)"


@pytest.mark.parametrize("range_minutes", [None, (12, 12)])
def test_a_time_without_a_range_stands_alone(range_minutes) -> None:
    assert words.expected(Lang.ZH, expecting(range_minutes=range_minutes), NOW) == "预计 08:12"


def test_the_way_is_told_where_it_is_longer_than_the_straight_line() -> None:
    parcel = Parcel()
    parcel.approach.distance_meters, parcel.approach.remaining_meters = 500.0, 1200.0
    assert words.way_left(Lang.BOTH, parcel) == "路程 1.2 km / 1.2 km to drive"
    parcel.approach.remaining_meters = 510.0
    assert words.way_left(Lang.BOTH, parcel) == ""
