"""Every recorded payload means what it is documented to mean, and so do its harmless variations."""

import contextlib
import html
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from carrier_samples import EXPECTED, REPLIES, body, parsed, provider_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from doorstepd.carriers import PROVIDERS, carrier
from doorstepd.carriers.carrier import ErrorKind, Push, TrackResult
from doorstepd.cli import app
from doorstepd.errors import InvalidRequest

TEXTS = frozenset({"AcceptStation", "context", "description", "message", "desc", "remark", "processInfo"}) | frozenset(
    {"operationRemark", "opeRemark", "eventDescription", "trackingContent"}
)
SHAPES = [name for name in REPLIES if any(result["events"] for result in EXPECTED[name])]


def told(results: tuple[TrackResult, ...]) -> list[Any]:
    return [
        (
            result.tracking_number,
            result.status,
            result.sub_status,
            result.courier_name,
            result.courier_phone,
            result.eta,
            result.error,
            [(event.time, event.status, event.sub_status) for event in result.events],
        )
        for result in results
    ]


def changed(node: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """A copy with every member replaced by `change(key, value)`, strings that hold JSON included."""
    if isinstance(node, dict):
        return {name: changed(change(name, value), change, name) for name, value in node.items()}
    if isinstance(node, list):
        return [changed(item, change, key) for item in node]
    if key == "apiResultData" and isinstance(node, str):
        return json.dumps(changed(json.loads(node), change), ensure_ascii=False)
    return node


@pytest.mark.parametrize("name", list(EXPECTED))
def test_normalise_tells_what_the_payload_means(name: str) -> None:
    from carrier_samples import DATA

    run = CliRunner().invoke(app, ["normalise", provider_of(name), str(DATA / name)])
    line = json.loads(run.stdout)
    assert (run.exit_code, line["file"], line["provider"]) == (0, name, provider_of(name))
    assert len(line["results"]) == len(EXPECTED[name])
    for result, expected in zip(line["results"], EXPECTED[name], strict=True):
        assert {key: result.get(key) for key in expected} == expected
        assert set(result) <= set(expected) | {"note"}


@pytest.mark.parametrize("name", SHAPES)
def test_rows_in_any_order_mean_the_same(name: str) -> None:
    original = json.loads(body(name))
    chance = random.Random(7)

    def shuffled(key: str, value: Any) -> Any:
        rows = isinstance(value, list) and value and isinstance(value[0], dict) and "trackResults" not in value[0]
        return chance.sample(value, len(value)) if rows and key not in ("Data", "WaybillRoute") else value

    for _ in range(5):
        variant = changed(original, shuffled)
        if isinstance(variant, list):
            chance.shuffle(variant)
        assert told(parsed(provider_of(name), variant)) == told(parsed(provider_of(name), original))


@pytest.mark.parametrize("name", SHAPES)
def test_rows_told_twice_are_dropped_and_counted(name: str) -> None:
    original = json.loads(body(name))
    rows = {"Traces", "data", "events", "checkpoints", "result", "traces", "routes", "WaybillRoute", "traceDetails"}
    rows |= {"scanEvents", "trackingList"}
    twice = changed(original, lambda key, value: value * 2 if key in rows and isinstance(value, list) else value)
    if isinstance(original, list):
        twice = original * 2
    if name.startswith("zto/legacy"):
        twice = changed(original, lambda key, value: value * 2 if key == "traces" else value)
    before, after = parsed(provider_of(name), original), parsed(provider_of(name), twice)
    assert told(after) == told(before)
    assert [result.duplicates_dropped for result in after] == [len(result.events) for result in before]


@pytest.mark.parametrize("name", REPLIES)
def test_null_missing_and_empty_are_the_same(name: str) -> None:
    original = json.loads(body(name))
    nulled = changed(original, lambda _, value: None if value == "" else value)
    before = told(parsed(provider_of(name), original))
    assert told(parsed(provider_of(name), nulled)) == before

    def without_empty(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: without_empty(value) for key, value in node.items() if value not in ("", None)}
        return [without_empty(item) for item in node] if isinstance(node, list) else node

    assert told(parsed(provider_of(name), without_empty(original))) == before


@pytest.mark.parametrize("name", REPLIES)
def test_numbers_and_flags_may_be_text_and_text_may_be_numbers(name: str) -> None:
    original = json.loads(body(name))

    def as_text(_: str, value: Any) -> Any:
        if isinstance(value, bool):
            return str(value)
        return str(value) if isinstance(value, int) else value

    def as_number(_: str, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.isdecimal() and str(int(value)) == value else value

    before = told(parsed(provider_of(name), original))
    assert told(parsed(provider_of(name), changed(original, as_text))) == before
    assert told(parsed(provider_of(name), changed(original, as_number))) == before


@pytest.mark.parametrize("name", SHAPES)
def test_escaped_and_tagged_sentences_mean_the_same(name: str) -> None:
    original = json.loads(body(name))

    def escaped(key: str, value: Any) -> Any:
        return f"<b>{html.escape(value)}</b> &nbsp;" if key in TEXTS and isinstance(value, str) and value else value

    before = told(parsed(provider_of(name), original))
    assert told(parsed(provider_of(name), changed(original, escaped))) == before


@pytest.mark.parametrize("name", SHAPES)
def test_slashes_in_dates_mean_the_same(name: str) -> None:
    original = json.loads(body(name))

    def slashed(_: str, value: Any) -> Any:
        plain = isinstance(value, str) and len(value) == 19 and value[4] == value[7] == "-" and value[10] == " "
        return value.replace("-", "/") if plain else value

    assert told(parsed(provider_of(name), changed(original, slashed))) == told(parsed(provider_of(name), original))


@pytest.mark.parametrize("name", SHAPES)
def test_rows_without_a_time_are_left_out_and_never_dated_1970(name: str) -> None:
    original = json.loads(body(name))
    times = {"AcceptTime", "time", "ftime", "time_iso", "time_utc", "time_raw", "checkpoint_time", "scanDate"}
    times |= {"acceptTime", "upload_Time", "operationTime", "opeTime", "timestamp", "date", "occurDatetime"}
    for nothing in (None, "", 0, "0000-00-00 00:00:00", "1970-01-01 00:00:00"):
        variant = changed(original, lambda key, value, nothing=nothing: nothing if key in times else value)
        assert all(result.events == () for result in parsed(provider_of(name), variant))


def test_an_unknown_code_is_a_value_and_is_reported() -> None:
    document = json.loads(body("kdniao/query_8001_zto_out_for_delivery.json"))
    document["Traces"][-1] |= {"Action": "987", "AcceptStation": "qwertz"}
    document["StateEx"] = document["State"] = "987"
    (result,) = parsed("kdniao", document)
    assert (result.status, result.sub_status, result.unknown_codes) == ("unknown", "unmapped", ("987",))
    assert result.error is None


def test_an_unknown_sub_status_falls_back_to_its_main_status() -> None:
    document = json.loads(body("track17/gettrackinfo_dhl_customs_info_required.json"))
    events = document["data"]["accepted"][0]["track_info"]["tracking"]["providers"][0]["events"]
    events[0] |= {"sub_status": "OutForDelivery_Robot", "description": "zzz"}
    (result,) = parsed("track17", document)
    assert (result.status, result.unknown_codes) == ("out_for_delivery", ("OutForDelivery_Robot",))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("page", [b"<html><body>502 Bad Gateway</body></html>", b"", b"\xc4\xe3\xba\xc3", b"busy"])
def test_what_is_no_document_of_theirs_is_unavailable_and_may_be_asked_again(provider: str, page: bytes) -> None:
    (result,) = carrier(provider).parse_reply(page)
    assert result.status is None
    assert result.error
    assert (result.error.kind, result.error.retryable) == (ErrorKind.UNAVAILABLE, True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(REPLIES), st.data())
def test_a_document_damaged_anywhere_never_breaks_the_reader(name: str, data: st.DataObject) -> None:
    document = json.loads(body(name))
    keys: list[str] = []
    changed(document, lambda key, value: (keys.append(key), value)[1])
    if not keys:
        return
    hit, junk = data.draw(st.sampled_from(keys)), data.draw(anything)
    damaged = changed(document, lambda key, value: junk if key == hit else value)
    if "apiResultData" in document and hit != "apiResultData":
        damaged["apiResultData"] = junk
    assert isinstance(parsed(provider_of(name), damaged), tuple)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PROVIDERS), anything, st.sampled_from(["", "application/json", "application/x-www-form-urlencoded"])
)
def test_a_push_of_anything_is_read_or_refused_by_name(provider: str, junk: Any, kind: str) -> None:
    with contextlib.suppress(InvalidRequest):
        assert isinstance(carrier(provider).parse_push(Push(json.dumps(junk).encode(), kind)), tuple)
