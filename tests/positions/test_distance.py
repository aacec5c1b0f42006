"""Distances: the cheap ones stay within their promise of the geodesic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.positions.distance import (
    SPHERE_ERROR,
    bearing_deg,
    distance_m,
    geodesic_m,
    haversine_m,
    to_segment_m,
)

LAT, LNG = st.floats(-80, 80), st.floats(-180, 180)
STEP = st.floats(-0.08, 0.08)


@given(LAT, LNG, STEP, STEP)
def test_the_plane_is_right_to_a_centimetre_nearby(lat, lng, north, east):
    there = (lat + north, (lng + east + 180) % 360 - 180)
    assert distance_m(lat, lng, *there) == pytest.approx(geodesic_m(lat, lng, *there), abs=0.01, rel=2e-6)


@given(st.floats(-90, 90), LNG, st.floats(-90, 90), LNG)
def test_the_sphere_is_within_its_stated_error_of_the_ellipsoid(lat1, lng1, lat2, lng2):
    exact = geodesic_m(lat1, lng1, lat2, lng2)
    assert abs(haversine_m(lat1, lng1, lat2, lng2) - exact) <= SPHERE_ERROR * exact + 0.01


@given(st.floats(-90, 90), LNG, st.floats(-90, 90), LNG)
def test_every_distance_is_within_the_spheres_error(lat1, lng1, lat2, lng2):
    exact = geodesic_m(lat1, lng1, lat2, lng2)
    assert abs(distance_m(lat1, lng1, lat2, lng2) - exact) <= SPHERE_ERROR * exact + 0.01


def test_the_antimeridian_is_no_wall():
    assert distance_m(10.0, 179.999, 10.0, -179.999) == pytest.approx(219.2, abs=0.2)


def test_every_longitude_is_the_same_place_at_the_pole():
    assert distance_m(90.0, 0.0, 90.0, 120.0) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("lat", "lng", "expected"), [(1.0, 0.0, 0.0), (0.0, 1.0, 90.0), (-1.0, 0.0, 180.0), (0.0, -1.0, 270.0)]
)
def test_bearings_go_clockwise_from_north(lat, lng, expected):
    assert bearing_deg(0.0, 0.0, lat, lng) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("start", "end", "metres", "share"),
    [
        ((-3.0, 4.0), (3.0, 4.0), 4.0, 0.5),
        ((3.0, 4.0), (6.0, 8.0), 5.0, 0.0),
        ((6.0, 8.0), (3.0, 4.0), 5.0, 1.0),
        ((3.0, 4.0), (3.0, 4.0), 5.0, 0.0),
    ],
)
def test_the_nearest_point_of_a_segment(start, end, metres, share):
    assert to_segment_m(start, end) == pytest.approx((metres, share))
