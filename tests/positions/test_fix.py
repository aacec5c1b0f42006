"""Reading a fix: what is unreadable is refused with the reason, and the field at fault can be named."""

from math import inf, nan

import pytest

from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.distance import distance_m
from doorstepd.positions.fix import REFUSED_FIELD, RawFix, Rejection, fault, fix_from_list, read

NOON = 1_790_000_000.0


def raw(lat=31.2, lng=121.5, datum=Datum.WGS84, time=NOON, **hints):
    return RawFix(lat, lng, datum, time, NOON + 1, **hints)


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (raw(lat=nan), Rejection.NOT_A_NUMBER),
        (raw(lng=inf), Rejection.NOT_A_NUMBER),
        (raw(time=nan), Rejection.NOT_A_NUMBER),
        (raw(lat=91.0), Rejection.LATITUDE_RANGE),
        (raw(lng=180.0001), Rejection.LONGITUDE_RANGE),
        (raw(datum=None), Rejection.UNTYPED_DATUM),
        (raw(lat=0.0, lng=0.0), Rejection.NULL_ISLAND),
        (raw(accuracy_m=0.0), Rejection.BAD_ACCURACY),
        (raw(accuracy_m=-1.0), Rejection.BAD_ACCURACY),
        (raw(accuracy_m=1e9), Rejection.BAD_ACCURACY),
        (raw(accuracy_m=nan), Rejection.BAD_ACCURACY),
    ],
)
def test_an_unreadable_report_is_refused_and_its_field_named(report, reason):
    assert fault(report) is reason
    assert REFUSED_FIELD[reason]


@pytest.mark.parametrize(
    "report", [raw(), raw(lat=90.0), raw(lat=-90.0), raw(lng=180.0), raw(lng=-180.0), raw(accuracy_m=5.0), raw(lat=0.0)]
)
def test_a_readable_report_has_no_fault(report):
    assert fault(report) is None


def test_a_fix_is_in_wgs84_and_keeps_what_was_received():
    report = raw(*from_wgs84(31.2, 121.5, Datum.BD09), Datum.BD09)
    fix = read(report, 0.0, 10.0)
    assert distance_m(fix.lat, fix.lng, 31.2, 121.5) < 0.01
    assert fix.raw is report


@pytest.mark.parametrize("speed", [-1.0, nan, 1e9])
def test_an_impossible_speed_is_dropped_and_the_fix_stays(speed):
    assert read(raw(speed_mps=speed), 0.0, 10.0).speed_mps is None


def test_a_fix_is_never_later_than_its_receipt():
    assert read(raw(time=NOON + 30), 0.0, 10.0).fix_time == NOON + 1


def test_a_fix_survives_being_written_down():
    fix = read(raw(accuracy_m=5.0, speed_mps=3.0, heading_deg=90.0), 0.25, 7.0)
    assert fix_from_list(fix.to_list()) == fix
