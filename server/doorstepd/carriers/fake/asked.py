"""Our own requests, read and checked as the providers do: which parcels, and was it signed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from doorstepd.carriers import fourpx, jd, kuaidi100, sf, yto, zto
from doorstepd.carriers.carrier import Credentials
from doorstepd.carriers.fields import child, objects, text
from doorstepd.carriers.signing import md5_hex_base64

FEDEX_TOKEN = "fedex-test-access-token"  # noqa: S105 - opens only the fake

_REFUSALS: Mapping[str, tuple[int, Any]] = {
    "kdniao": (200, {"EBusinessID": "", "Success": False, "Reason": "DataSign验证失败", "ResultCode": "102"}),
    "kuaidi100": (200, {"result": False, "returnCode": "503", "message": "验证签名失败"}),
    "track17": (401, {"code": -18010002, "data": {"errors": [{"code": -18010002, "message": "invalid key"}]}}),
    "aftership": (401, {"meta": {"code": 401, "message": "Invalid API key.", "type": "Unauthorized"}, "data": {}}),
    "zto": (200, {"status": False, "statusCode": "S02", "message": "不合法的签名", "result": None}),
    "sf": (200, {"apiResultCode": "A1006", "apiErrorMsg": "数字签名无效", "apiResultData": None}),
    "yto": (200, {"code": 401, "reason": "请求加密校验失败"}),
    "jd": (200, {"error_response": {"code": "19", "zh_desc": "无效access_token", "en_desc": "Invalid access_token"}}),
    "dhl": (401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized for given resource."}),
    "fedex": (401, {"errors": [{"code": "NOT.AUTHORIZED.ERROR", "message": "Access token expired."}]}),
    "fourpx": (200, {"result": "0", "msg": "签名错误", "errors": [{"error_code": "0001", "error_msg": "签名错误"}]}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the fake received it; header names in lower case, `path` without the provider's prefix."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"null")


def refusal(provider: str) -> tuple[int, Any]:
    """HTTP status and body with which the provider refuses a wrong signature or key."""
    return _REFUSALS[provider]


def signed(provider: str, asked: Asked, keys: Credentials) -> bool:
    """Whether the request proves the account."""
    return _SIGNED[provider](asked, keys)


def numbers(provider: str, asked: Asked) -> list[str]:
    """The tracking numbers asked about."""
    return [number for number in _NUMBERS[provider](asked) if number]


def subscribes(provider: str, asked: Asked) -> bool:
    """Whether it asks to be told of changes, rather than now."""
    if provider == "kuaidi100":
        return asked.path == "/poll"
    return any(
        part in asked.path for part in ("/dist", "/register", "subsrcibe", "subscribe_adapter", "/subscription")
    ) or (provider == "aftership" and bool(asked.body))


def _kuaidi100_signed(asked: Asked, keys: Credentials) -> bool:
    param = asked.form["param"]
    if asked.path == "/poll":
        return text(json.loads(param).get("key")) == keys["key"]
    return asked.form["sign"] == kuaidi100.sign(param, keys["key"], keys["customer"])


def _yto_signed(asked: Asked, keys: Credentials) -> bool:
    method, version = asked.path.split("/")[2:4]
    return bool(asked.document["sign"] == yto.sign(asked.document["param"], method, version, keys["secret"]))


def _sf_signed(asked: Asked, keys: Credentials) -> bool:
    form = asked.form
    return form["msgDigest"] == sf.digest(form["msgData"], form["timestamp"], keys["checkWord"])


def _fourpx_signed(asked: Asked, keys: Credentials) -> bool:
    made = fourpx.sign(asked.body.decode(), asked.query["timestamp"], keys["app_key"], keys["app_secret"])
    return asked.query["sign"] == made


_SIGNED: Mapping[str, Callable[[Asked, Credentials], bool]] = {
    "kdniao": lambda a, keys: a.form["DataSign"] == md5_hex_base64(a.form["RequestData"] + keys["ApiKey"]),
    "kuaidi100": _kuaidi100_signed,
    "track17": lambda a, keys: a.headers.get("17token") == keys["key"],
    "aftership": lambda a, keys: a.headers.get("as-api-key") == keys["api_key"],
    "zto": lambda a, keys: a.headers.get("x-datadigest") == zto.digest(a.body.decode(), keys["appSecret"]),
    "sf": _sf_signed,
    "yto": _yto_signed,
    "jd": lambda a, keys: a.query["sign"] == jd.sign(a.body.decode(), a.query["timestamp"], keys),
    "dhl": lambda a, keys: a.headers.get("dhl-api-key") == keys["api_key"],
    "fedex": lambda a, _: a.headers.get("authorization") == f"Bearer {FEDEX_TOKEN}",
    "fourpx": _fourpx_signed,
}


def _kuaidi100_number(asked: Asked) -> list[str]:
    param = child(json.loads(asked.form["param"]))
    return [text(param.get("num")) or text(param.get("number"))]


def _yto_number(asked: Asked) -> list[str]:
    param = child(json.loads(asked.document["param"]))
    inner = child(json.loads(text(param.get("logistics_interface")) or "{}"))
    return [text(param.get("NUMBER")) or text(inner.get("waybillNo"))]


def _aftership_numbers(asked: Asked) -> list[str]:
    if asked.body:
        return [text(child(asked.document).get("tracking_number"))]
    return asked.query.get("tracking_numbers", "").split(",")


def _dhl_numbers(asked: Asked) -> list[str]:
    if asked.body:
        return [text(number) for number in child(asked.document).get("shipmentIDs", [])]
    return [asked.query.get("trackingNumber", "")]


_NUMBERS: Mapping[str, Callable[[Asked], list[str]]] = {
    "kdniao": lambda a: [text(json.loads(a.form["RequestData"]).get("LogisticCode"))],
    "kuaidi100": _kuaidi100_number,
    "track17": lambda a: [text(item.get("number")) for item in objects(a.document)],
    "aftership": _aftership_numbers,
    "zto": lambda a: [text(child(a.document).get("billCode"))],
    "sf": lambda a: [text(number) for number in json.loads(a.form["msgData"]).get("trackingNumber", [])],
    "yto": _yto_number,
    "jd": lambda a: [text(item.get("waybillCode")) for item in objects(a.document)],
    "dhl": _dhl_numbers,
    "fedex": lambda a: [
        text(child(item.get("trackingNumberInfo")).get("trackingNumber"))
        for item in objects(child(a.document).get("trackingInfo"))
    ],
    "fourpx": lambda a: [text(child(a.document).get("deliveryOrderNo"))],
}
