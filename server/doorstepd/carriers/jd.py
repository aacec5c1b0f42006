"""JD Logistics (京东物流, JDL): orders/trace/query and two older replies. No push is documented: ask."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text
from doorstepd.carriers.limits import load_json
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import md5_hex
from doorstepd.carriers.tables import Entry, table
from doorstepd.carriers.times import CHINA
from doorstepd.errors import InvalidRequest

_PATH = "/ecap/v1/orders/trace/query"
_FINE = frozenset({"0", "100", "200", "1000"})
_SYSTEM = frozenset({"系统", "system", "京东", "京东快递"})


class JD:
    """Credentials: `app_key`, `app_secret`, `access_token`, and `customerCode` for a merchant's own parcels."""

    name = "jd"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Never: JD documents no push, so nothing can prove to be one."""
        return False

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """As a reply, should JD ever push."""
        return self.parse_reply(push.body)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, new or old, or a refusal of the gateway."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if "error_response" in document:
            error = child(document["error_response"])
            return (refused(kind_of(f"{text(error.get('zh_desc'))} {text(error.get('en_desc'))}")),)
        return _answered(document)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """As a JD reply would look."""
        return Reply(json.dumps({"code": 0 if accepted else 1}), status=200 if accepted else 404)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One waybill a call; a merchant's parcel (origin 1) needs his customer code."""
        about: dict[str, str | int] = {"waybillCode": wanted[0].tracking_number, "orderOrigin": 1}
        if customer := credentials.get("customerCode"):
            about["customerCode"] = customer
        body = json.dumps([about], ensure_ascii=False, separators=(",", ":"))
        timestamp = now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
        query = {
            "LOP-DN": "ECAP",
            "app_key": credentials["app_key"],
            "access_token": credentials["access_token"],
            "timestamp": timestamp,
            "v": "2.0",
            "sign": sign(body, timestamp, credentials),
            "algorithm": "md5-salt",
        }
        return HttpRequest("POST", f"{_PATH}?{urlencode(query)}", {"Content-Type": "application/json"}, body.encode())

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """None: what a subscription would send is not documented."""
        return None


def sign(body: str, timestamp: str, credentials: Credentials, path: str = _PATH) -> str:
    """Hex MD5 with the secret at both ends; lower case, as newer clients send it."""
    secret = credentials["app_secret"]
    return md5_hex(
        f"{secret}access_token{credentials['access_token']}app_key{credentials['app_key']}method{path}"
        f"param_json{body}timestamp{timestamp}v2.0{secret}"
    )


def _answered(document: Object) -> tuple[TrackResult, ...]:
    code = first(document, "code", "statusCode")
    data = document.get("data")
    details = _details(data)
    if code not in _FINE and not details:
        message = first(document, "msg", "message", "messsage", "statusMessage")
        return (refused(kind_of(message)),) if code else (remark(),)
    number = first(child(data), "waybillCode", "billCode")
    waybills: dict[str, list[Row]] = {}
    for each in details:
        waybills.setdefault(text(each.get("waybillCode")) or number, []).append(_row(each))
    results = (tracked("jd", of_rows, rows, carrier="jd", assumed=CHINA) for of_rows, rows in waybills.items())
    return tuple(results) or (nothing_yet(number, carrier="jd"),)


def _details(data: object) -> list[dict[str, Any]]:
    """The rows: under `traceDetails` of one waybill or several, or, in older replies, the list itself."""
    items = objects(data)
    if isinstance(data, list) and not any("traceDetails" in item for item in items):
        return items
    return [each for item in items for each in objects(item.get("traceDetails"))]


def _row(each: Object) -> Row:
    operator = first(each, "courier", "operatorName", "opeName", "operateName")
    code = first(each, "state", "category")
    return Row(
        time=first(each, "operationTime", "opeTime", "operateTime"),
        sentence=first(each, "operationRemark", "opeRemark", "operateMessage", "operationTitle", "opeTitle"),
        code=code if "category" in each or "operationTime" in each else "",
        entry=_entry(each),
        location=text(each.get("city")),
        courier_name="" if operator.lower() in _SYSTEM else operator,
        courier_phone=first(each, "courierTel", "operatorPhone"),
        fallback=table("jd", "state").get(text(each.get("state"))) is None and "category" in each,
    )


def _entry(each: Object) -> Entry | None:
    """The state of the event, else the badge above it; the older replies number their states in another way."""
    if "operationTime" not in each:
        return None
    category = table("jd", "category").get(text(each.get("category")))
    return table("jd", "state").get(text(each.get("state"))) or category
