"""Times of every written form, and none invented."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers.times import CHINA, parse, parse_eta
from doorstepd.parcels.events import Zone

NOON = datetime(2026, 11, 8, 12, 5, 9, tzinfo=CHINA)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-08 12:05:09",
        "2026/11/08 12:05:09",
        "2026/11/8 12:05:09",
        "2026-11-8 12:05:09.0 CST",
        "2026.11.08 12:05:09",
        "2026年11月8日 12:05:09",
        "2026年11月8日 12时05分09秒",
        "2026-11-08T12:05:09",
        " 2026-11-08  12:05:09 ",
        "2026-11-08T12:05:09+08:00",
        "2026-11-08T12:05:09+0800",
        "2026-11-08 12:05:09 UTC+08:00",
        "2026-11-08T04:05:09Z",
        "2026-11-08T04:05:09.000Z",
        "20261108120509",
        1794110709000,
        "1794110709000",
        1794110709,
        1.794110709e12,
    ],
)
def test_all_ways_of_writing_one_instant_are_read(written: Any) -> None:
    moment = parse(written, CHINA)
    assert moment
    assert moment.time == NOON


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        0,
        "0",
        -1,
        True,
        [],
        {},
        "soon",
        "0000-00-00 00:00:00",
        "1970-01-01 00:00:00",
        "2026-13-01 00:00:00",
        "2026-02-30",
        "2026-11-08 25:00:00",
        "9" * 30,
        float(10**18),
        "2026-11-08T12:05:09+99:00",
    ],
)
def test_what_is_no_time_is_none(written: Any) -> None:
    assert parse(written, CHINA) is None


def test_where_the_offset_came_from_is_kept() -> None:
    assert parse("2026-11-08 12:05:09", CHINA).zone is Zone.ASSUMED  # type: ignore[union-attr]
    assert parse("2026-11-08T12:05:09+01:00", CHINA).zone is Zone.EXPLICIT  # type: ignore[union-attr]
    unknown = parse("2026-11-08T12:05:09")
    assert unknown
    assert (unknown.zone, unknown.time.tzinfo) == (Zone.UNKNOWN, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-05 18", datetime(2026, 11, 5, 18, tzinfo=CHINA)),
        ("2026-11-05 18:30", datetime(2026, 11, 5, 18, 30, tzinfo=CHINA)),
        ("2026-11-05", date(2026, 11, 5)),
        ("", None),
    ],
)
def test_an_expected_time_is_no_finer_than_it_was_given(written: str, expected: datetime | date | None) -> None:
    assert parse_eta(written, CHINA) == expected
    assert type(parse_eta(written, CHINA)) is type(expected)


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))),
)
def test_iso_times_survive_a_round_trip(naive: datetime, zone: timezone) -> None:
    time = naive.replace(tzinfo=zone)
    moment = parse(time.isoformat())
    assert moment
    assert moment.time == time
    assert moment.time.utcoffset() == time.utcoffset()


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert parse(text, UTC) is None or parse(text, UTC)
