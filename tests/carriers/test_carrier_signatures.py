"""Signatures: the published vectors, and that no forgery passes."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from carrier_samples import REQUESTS, VECTORS, credentials, provider_of, push

from doorstepd.carriers import PROVIDERS, aftership, carrier, fourpx, jd, kuaidi100, sf, yto, zto
from doorstepd.carriers.carrier import HttpRequest, Push, Wanted
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.signing import hmac_base64, java_urlencode, md5_base64, md5_hex, md5_hex_base64, sha256_hex

NOW = datetime(2026, 11, 11, 2, tzinfo=UTC)
SIGNED = [name for name in REQUESTS if "bad_sign" not in name]
SIGNING_FIELDS = ("DataSign", "sign", "data_digest")
SIGNING_HEADERS = ("sign", "aftership-hmac-sha256", "fdx-signature")

MADE: dict[str, Callable[[dict[str, Any]], tuple[str, str]]] = {
    "RequestData": lambda v: (md5_hex_base64(v["RequestData"] + v["ApiKey"]), v["DataSign_base64"]),
    "customer": lambda v: (kuaidi100.sign(v["param"], v["key"], v["customer"]), v["sign"]),
    "salt": lambda v: (md5_hex(v["param"] + v["salt"]).upper(), v["sign"]),
    "secret_header": lambda v: (hmac_base64(v["secret"], v["raw_body"].encode()), v["header"]),
    "sign_string": lambda v: (
        aftership.request_signature(v["sign_string"], v["api_secret"]),
        v["as_signature_hmac_sha256"],
    ),
    "x_dataDigest": lambda v: (zto.digest(v["body"], v["appSecret"]), v["x_dataDigest"]),
    "msgData": lambda v: (sf.digest(v["msgData"], v["timestamp"], v["checkWord"]), v["msgDigest"]),
    "method": lambda v: (yto.sign(v["param"], v["method"], v["v"], v["secret"]), v["sign"]),
    "partnerId": lambda v: (md5_base64(v["logistics_interface"] + v["partnerId"]), v["data_digest"]),
    "access_token": lambda v: (jd.sign(v["body"], v["timestamp"], v, v["path"]), v["sign"]),
    "securityToken": lambda v: (hmac_base64(v["securityToken"], v["raw_body"].encode()), v["fdx_signature"]),
    "app_key": lambda v: (
        fourpx.sign(v["body"], v["timestamp"], v["app_key"], v["appSecret"], v["method"], v["v"]),
        v["sign"],
    ),
    "raw_body": lambda v: (sha256_hex(f"{v['raw_body']}/{v['key']}".encode()), v["sign"]),
}


def recipe(vector: dict[str, Any]) -> str:
    if vector["provider"] == "aftership" and "header" in vector:
        return "secret_header"
    return {"jd": "access_token", "fourpx": "app_key"}.get(vector["provider"]) or next(k for k in MADE if k in vector)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['provider']} {vector['case'][:24]}")
def test_every_published_vector_is_met(vector: dict[str, Any]) -> None:
    made, published = MADE[recipe(vector)](vector)
    assert made == published
    if "urlencoded" in vector:
        assert java_urlencode(vector["msgData"] + vector["timestamp"] + vector["checkWord"]) == vector["urlencoded"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_recorded_push_is_authentic(name: str) -> None:
    assert carrier(provider_of(name)).authentic(push(name), credentials(name))


def with_signature(original: Push, change: Callable[[str], str | None]) -> Push:
    """The push with its signature changed, or taken away where the change gives None."""
    if original.is_form:
        form = dict(parse_qsl(original.body.decode(), keep_blank_values=True))
        field = next(name for name in SIGNING_FIELDS if name in form)
        signature = change(form.pop(field))
        return replace(original, body=urlencode(form | ({} if signature is None else {field: signature})).encode())
    headers = dict(original.headers)
    field = next(name for name in SIGNING_HEADERS if name in headers)
    signature = change(headers.pop(field))
    return replace(original, headers=headers | ({} if signature is None else {field: signature}))


FORGERIES: dict[str, Callable[[str], str | None]] = {
    "missing": lambda _: None,
    "empty": lambda _: "",
    "other case": str.swapcase,
    "first character": lambda sign: chr(ord(sign[0]) ^ 1) + sign[1:],
    "last but one": lambda sign: sign[:-2] + chr(ord(sign[-2]) ^ 1) + sign[-1],
    "shorter": lambda sign: sign[:-1],
    "longer": lambda sign: sign + "=",
    "not ascii": lambda _: "签名",
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("name", SIGNED)
def test_a_forged_signature_is_refused(name: str, forgery: str) -> None:
    forged = with_signature(push(name), FORGERIES[forgery])
    assert not carrier(provider_of(name)).authentic(forged, credentials(name))


@pytest.mark.parametrize("name", SIGNED)
def test_one_changed_bit_of_the_content_is_noticed(name: str) -> None:
    original = push(name)
    place = original.body.index(b"2026")
    changed = original.body[:place] + b"2027" + original.body[place + 4 :]
    assert not carrier(provider_of(name)).authentic(replace(original, body=changed), credentials(name))


@pytest.mark.parametrize("name", SIGNED)
def test_a_push_signed_with_another_key_or_with_none_is_refused(name: str) -> None:
    known = carrier(provider_of(name))
    assert not known.authentic(push(name), {key: f"{value}x" for key, value in credentials(name).items()})
    assert not known.authentic(push(name), {})
    assert not known.authentic(push(name), dict.fromkeys(credentials(name), ""))


def test_an_empty_key_never_opens_the_door_even_to_who_signs_with_it() -> None:
    form = {"RequestData": "{}", "DataSign": md5_hex_base64("{}"), "RequestType": "102"}
    empty = Push(urlencode(form).encode(), "application/x-www-form-urlencoded")
    assert not carrier("kdniao").authentic(empty, {"ApiKey": ""})


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"DataSign=a&DataSign=b&RequestData=x", b"%", b"a" * 2_000_000])
@pytest.mark.parametrize("provider", sorted(set(PROVIDERS) - {"sf"}))
def test_garbage_is_not_authentic(provider: str, body: bytes) -> None:
    assert not carrier(provider).authentic(Push(body, "application/x-www-form-urlencoded"), TEST_CREDENTIALS[provider])


def asked(provider: str) -> HttpRequest:
    wanted = [Wanted("SF1000000002001", "sf", "5678", "https://shop.example/hook")]
    return carrier(provider).query_request(wanted, TEST_CREDENTIALS[provider], NOW)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_request_carries_a_secret(provider: str) -> None:
    request = asked(provider)
    sent = request.path + request.body.decode() + json.dumps(dict(request.headers))
    secrets = ("ApiKey", "salt", "appSecret", "checkWord", "secret", "app_secret", "security_token", "client_secret")
    assert not any(TEST_CREDENTIALS[provider][name] in sent for name in secrets if name in TEST_CREDENTIALS[provider])


def test_a_kdniao_question_is_form_encoded_once_and_signed_over_its_very_text() -> None:
    form = parse_qs(asked("kdniao").body.decode())
    assert form["DataSign"] == [md5_hex_base64(form["RequestData"][0] + "kdn-test-key-0001")]
    assert json.loads(form["RequestData"][0])["ShipperCode"] == "SF"


def test_a_4px_question_signs_what_it_sends() -> None:
    request = asked("fourpx")
    query = parse_qs(urlsplit(request.path).query)
    signed = fourpx.sign(request.body.decode(), query["timestamp"][0], "fpx-app-key", "fpx-app-secret")
    assert query["sign"] == [signed]
