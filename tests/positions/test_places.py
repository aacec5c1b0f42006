"""Where the courier is, in words: asked of a geocoder seldom, and of nobody when it is away."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from doorstepd.positions.datum import Datum, from_wgs84
from doorstepd.positions.districts import shipped
from doorstepd.positions.geocoding import Amap, ByGeopy, NoAnswer, UnknownGeocoder, Words
from doorstepd.positions.geocoding.by_geopy import _parts
from doorstepd.positions.geocoding.street import street_of
from doorstepd.positions.places import EVERY_S, FAILURES, PAUSE_S, Places

SHANGHAI = (31.2304, 121.4737)
METRE = 1 / 111_195.0
NANJING_ROAD = Words("南京路", "Nanjing Road")


class Street:
    """A geocoder that counts its questions."""

    def __init__(self, answer: Callable[[], Awaitable[Words | None]] | Words | None = NANJING_ROAD) -> None:
        self.answer = answer
        self.asked: list[tuple[float, float]] = []

    async def street(self, lat: float, lng: float) -> Words | None:
        self.asked.append((lat, lng))
        return await self.answer() if callable(self.answer) else self.answer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_street_is_told_as_soon_as_it_is_known_and_the_city_before():
    places = Places(Street())
    assert places.name("c", *SHANGHAI) == Words("上海市", "Shanghai")
    await settled()
    assert places.name("c", *SHANGHAI) == Words("南京路", "Nanjing Road")


async def test_a_courier_who_moves_is_asked_about_every_twenty_seconds_at_most():
    street, clock = Street(), Clock()
    places = Places(street, clock=clock)
    for second in range(200):
        clock.now = 1000.0 + second
        places.name("c", SHANGHAI[0] + 20 * second * METRE, SHANGHAI[1])
        await settled()
    assert 8 <= len(street.asked) <= 200 / EVERY_S


async def test_a_courier_who_stands_is_asked_about_once():
    street, clock = Street(), Clock()
    places = Places(street, clock=clock)
    for minute in range(60):
        clock.now = 1000.0 + 60 * minute
        places.name("c", SHANGHAI[0] + (minute % 3) * 40 * METRE, SHANGHAI[1])
        await settled()
    assert len(street.asked) == 1


async def test_a_place_that_was_asked_about_is_not_asked_about_again():
    street = Street()
    places = Places(street)
    for courier in range(50):
        places.name(courier, *SHANGHAI)
        await settled()
    assert len(street.asked) == 1


async def test_a_street_that_he_has_left_is_not_told_any_more():
    places = Places(Street(), clock=Clock())
    places.name("c", *SHANGHAI)
    await settled()
    assert places.name("c", SHANGHAI[0] + 1000 * METRE, SHANGHAI[1]) == Words("上海市", "Shanghai")


async def test_a_geocoder_that_is_away_is_left_alone_for_a_minute():
    async def away() -> Words | None:
        raise NoAnswer

    street, clock = Street(away), Clock()
    places = Places(street, clock=clock)
    for step in range(30):
        clock.now += 1.0
        assert places.name(step, SHANGHAI[0] + step * 300 * METRE, SHANGHAI[1]) == Words("上海市", "Shanghai")
        await settled()
    assert len(street.asked) == FAILURES
    clock.now = 1000.0 + FAILURES + PAUSE_S
    places.name("later", *SHANGHAI)
    await settled()
    assert len(street.asked) == FAILURES + 1


async def test_a_geocoder_that_hangs_holds_up_nobody():
    clock = Clock()
    places = Places(Street(lambda: asyncio.sleep(60)), clock=clock)
    for step in range(100):
        clock.now += 1.0
        places.name(step, SHANGHAI[0] + step * 300 * METRE, SHANGHAI[1])
    await settled()
    assert len(places._tasks) == 4
    await places.close()


async def test_no_more_questions_are_asked_than_the_geocoder_s_owner_allows():
    street, clock = Street(), Clock()
    places = Places(street, clock=clock, per_second=2.0)
    for step in range(100):
        clock.now = 1000.0 + step * 0.1
        places.name(step, SHANGHAI[0] + step * 300 * METRE, SHANGHAI[1])
        await settled()
    assert len(street.asked) == 20


async def test_a_courier_who_stands_and_had_no_turn_gets_one_later():
    street, clock = Street(), Clock()
    places = Places(street, clock=clock)
    places.name("first", SHANGHAI[0] + 5000 * METRE, SHANGHAI[1])
    assert places.name("stands", *SHANGHAI) == Words("上海市", "Shanghai")
    await settled()
    clock.now += 1.0
    places.name("stands", *SHANGHAI)
    await settled()
    assert places.name("stands", *SHANGHAI) == NANJING_ROAD
    assert len(street.asked) == 2


async def test_where_nothing_is_known_nothing_is_told():
    assert Places().name("c", 0.0, -140.0) is None


@pytest.mark.parametrize(
    ("point", "name"), [(SHANGHAI, "上海市"), ((39.9, 116.4), "北京市"), ((22.54, 114.06), "深圳市")]
)
def test_large_cities_are_known_without_asking(point, name):
    assert shipped().name(*point).zh == name


KEY, SECRET = "k" * 32, "s" * 32


def amap(answer: object, seen: list[httpx2.Request], secret: str = SECRET) -> Amap:
    """AMap's own rules: the right key, the right signature over everything else, and GCJ-02."""

    def serve(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        asked = dict(request.url.params)
        signed = asked.pop("sig", "")
        text = "&".join(f"{name}={value}" for name, value in sorted(asked.items())) + SECRET
        if asked["key"] != KEY or signed != hashlib.md5(text.encode()).hexdigest():
            return httpx2.Response(200, json={"status": "0", "info": "INVALID_USER_SIGNATURE", "infocode": "10007"})
        return httpx2.Response(200, content=answer if isinstance(answer, bytes) else json.dumps(answer))

    return Amap(httpx2.AsyncClient(transport=httpx2.MockTransport(serve)), KEY, secret, "http://amap.test")


def said(**component: object) -> dict[str, object]:
    return {"status": "1", "regeocode": {"formatted_address": "上海市88号501室", "addressComponent": component}}


async def test_amap_is_asked_in_its_own_datum_with_key_and_signature():
    seen: list[httpx2.Request] = []
    street = {"street": "张江路", "number": "88号"}
    found = await amap(said(district="浦东新区", streetNumber=street, city=[]), seen).street(*SHANGHAI)
    assert found == Words("浦东新区张江路", "浦东新区张江路")
    lng, lat = map(float, seen[0].url.params["location"].split(","))
    assert (lat, lng) == pytest.approx(from_wgs84(*SHANGHAI, Datum.GCJ02), abs=1e-6)
    assert seen[0].url.path == "/v3/geocode/regeo"


async def test_amap_refuses_a_wrong_signature_and_that_is_no_answer():
    with pytest.raises(NoAnswer):
        await amap(said(district="浦东新区"), [], secret="wrong").street(*SHANGHAI)


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b'"x"', b"[" * 5000, {"status": "0"}, {"status": 0}, {}], ids=range(8)
)
async def test_nonsense_of_amap_is_no_answer(answer):
    with pytest.raises(NoAnswer):
        await amap(answer, []).street(*SHANGHAI)


@pytest.mark.parametrize(
    "answer", [{"status": "1"}, {"status": "1", "regeocode": []}, said(district=[], streetNumber={"street": []})]
)
async def test_a_place_without_a_street_is_nameless(answer):
    assert await amap(answer, []).street(*SHANGHAI) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (
            {"address": {"house_number": "88", "road": "Main Street", "suburb": "Soho", "city": "London"}},
            "Main Street, Soho",
        ),
        ({"properties": {"street": "中山路", "housenumber": "5", "district": "黄浦区"}}, "黄浦区中山路"),
        ({"address": {"amenity": "Clinic", "house_number": "5", "city": "Leeds"}}, "Leeds"),
        ({"display_name": "5 Main Street"}, None),
        (None, None),
    ],
)
def test_of_an_address_only_street_and_district_are_told(raw, name):
    assert street_of(_parts(raw)) == name


def test_any_geocoder_of_geopys_can_be_named_and_no_other():
    ByGeopy("nominatim", {"user_agent": "doorstep-tests"})
    ByGeopy("photon", {})
    with pytest.raises(UnknownGeocoder):
        ByGeopy("nowhere", {})
    with pytest.raises(UnknownGeocoder):
        ByGeopy("photon", {"colour": "red"})
