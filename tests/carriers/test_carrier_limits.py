"""Bad input is refused by name, fast, and without much memory."""

import contextlib
import json
import tracemalloc
from urllib.parse import parse_qsl, urlencode

import pytest
from carrier_samples import push
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers import carrier
from doorstepd.carriers.carrier import Push
from doorstepd.carriers.limits import MAX_DEPTH, load_form, load_json, load_xml
from doorstepd.errors import InvalidRequest

BILLION_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Request><Body>&b;</Body></Request>'
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Request>&a;</Request>'


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"x" * 1_100_000, "larger"),
        (nested(MAX_DEPTH + 1), "deeper"),
        (nested(10_000), "deeper"),
        (nested(400_000), "deeper"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "deeper"),
        (b'{"a": NaN}', "finite"),
        (b"[-Infinity]", "finite"),
        (b"[1e999]", "finite"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"b": {"a": 1, "a": 1}}', "twice"),
        ('{"a": "你好"}'.encode("gbk"), "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b'"\\ud800"', "surrogate"),
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[" + b"9" * 5000 + b"]", "not valid JSON"),
        (json.dumps({str(n): 0 for n in range(90_000)}).encode()[:1_000_000], "too many"),
    ],
)
def test_json_that_is_not_acceptable_is_refused_with_its_reason(body: bytes, complaint: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        load_json(body)
    (violation,) = refusal.value.violations
    assert violation.field == "body"
    assert complaint in violation.description


def test_json_within_the_limits_is_read() -> None:
    assert load_json(nested(MAX_DEPTH)) is not None
    assert load_json('\ufeff{"a": "\\ud83d\\ude9a"}'.encode()) == {"a": "🚚"}


def test_a_million_keys_are_refused_within_little_memory() -> None:
    body = b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}"
    tracemalloc.start()
    with pytest.raises(InvalidRequest):
        load_json(body[:1_040_000])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize("body", [BILLION_LAUGHS, OUTSIDE, b"<a>", b"", b"<a/><b/>", b"<a" + b"<b>" * 60_000])
def test_xml_tricks_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        load_xml(body)


def test_deep_xml_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        load_xml(b"<a>" * 2000 + b"</a>" * 2000)


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a", b"a=%ff", "&".join(f"k{n}=1" for n in range(200)).encode()])
def test_forms_that_could_be_read_in_two_ways_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        load_form(body)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=5))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    assert load_form(urlencode(fields).encode()) == fields


@given(st.binary(max_size=60))
def test_any_form_is_refused_or_read_as_the_standard_library_reads_it(body: bytes) -> None:
    with contextlib.suppress(InvalidRequest):
        assert load_form(body) == dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))


@pytest.mark.parametrize("body", [b"a=b=c", b"a=%3D+%2B", b"a= b \r\n", b"a=1\n", b"a==", b"a=%0D%0A=%20", b"a=\t"])
def test_forms_with_unquoted_characters_are_read_as_the_standard_library_does(body: bytes) -> None:
    assert load_form(body) == dict(parse_qsl(body.decode(), keep_blank_values=True))


@pytest.mark.parametrize(
    ("provider", "field", "content"),
    [
        ("kdniao", "RequestData", nested(10_000).decode()),
        ("kuaidi100", "param", nested(10_000).decode()),
        ("zto", "data", nested(10_000).decode()),
        ("yto", "logistics_interface", BILLION_LAUGHS.decode()),
        ("sf", "content", BILLION_LAUGHS.decode()),
    ],
)
def test_a_trick_inside_a_form_field_is_refused(provider: str, field: str, content: str) -> None:
    form = Push(urlencode({field: content}).encode(), "application/x-www-form-urlencoded")
    with pytest.raises(InvalidRequest):
        carrier(provider).parse_push(form)


@pytest.mark.parametrize("provider", ["kdniao", "kuaidi100", "zto", "yto", "sf"])
def test_a_form_without_its_field_is_refused_by_the_name_of_that_field(provider: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        carrier(provider).parse_push(Push(b"other=1", "application/x-www-form-urlencoded"))
    assert refusal.value.violations[0].field in ("RequestData", "param", "data", "logistics_interface", "content")


def test_a_refusal_quotes_nothing_of_the_content() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        load_json(b'{"phone": "13800005678"')
    assert "138" not in str(refusal.value)


def test_a_huge_sentence_is_cut_and_read() -> None:
    document = json.loads(load_form(push("kdniao/push_102_http_form.json").body)["RequestData"])
    document["Data"][0]["Traces"][0]["AcceptStation"] = "【" * 300_000
    (result,) = carrier("kdniao").parse_reply(json.dumps(document, ensure_ascii=False).encode())
    assert len(result.events[0].text) < 1000
