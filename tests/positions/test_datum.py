"""Datums: known conversions, round trips, and no shift outside China."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.positions.datum import Datum, convert, from_wgs84, outside_china, to_wgs84
from doorstepd.positions.distance import distance_m

SHIFTED = st.sampled_from([Datum.GCJ02, Datum.BD09])
INSIDE_CHINA = st.tuples(st.floats(1.0, 55.7), st.floats(72.2, 137.7))
ANYWHERE = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (Datum.WGS84, Datum.GCJ02, (39.91640428150164, 116.41024449916938)),
        (Datum.GCJ02, Datum.BD09, (39.92133699351021, 116.41036949371029)),
    ],
)
def test_a_known_point_in_beijing_converts_as_published(source, target, expected):
    shifted = convert(39.915, 116.404, source, target)
    assert distance_m(*shifted, *expected) < 0.01


@given(INSIDE_CHINA, SHIFTED)
def test_there_and_back_again_is_within_a_centimetre(point, datum):
    assert distance_m(*to_wgs84(*from_wgs84(*point, datum), datum), *point) <= 0.01


@given(INSIDE_CHINA)
def test_bd09_and_gcj02_convert_into_each_other_within_a_centimetre(point):
    back = convert(*convert(*point, Datum.GCJ02, Datum.BD09), Datum.BD09, Datum.GCJ02)
    assert distance_m(*back, *point) <= 0.01


@given(ANYWHERE, st.sampled_from(Datum))
def test_outside_china_every_datum_is_the_same(point, datum):
    if outside_china(*point):
        assert to_wgs84(*point, datum) == point == from_wgs84(*point, datum)


@given(ANYWHERE, st.sampled_from(Datum))
def test_a_datum_converted_to_itself_keeps_its_very_digits(point, datum):
    assert convert(*point, datum, datum) == point


@pytest.mark.parametrize(("lat", "lng"), [(39.90, 116.40), (31.23, 121.47), (23.13, 113.26), (30.57, 104.07)])
def test_taking_gcj02_for_wgs84_in_a_city_is_wrong_by_hundreds_of_metres(lat, lng):
    assert 250 < distance_m(*from_wgs84(lat, lng, Datum.GCJ02), lat, lng) < 650
