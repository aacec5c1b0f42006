"""SF Express (顺丰, Fengqiao): route query; route push as JSON and as XML, which SF does not sign."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, flag, objects, text
from doorstepd.carriers.limits import load_form, load_json, load_xml, refuse
from doorstepd.carriers.precedence import is_generic
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import java_urlencode
from doorstepd.carriers.tables import Entry, table
from doorstepd.carriers.times import CHINA
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.vocabulary import Status, SubStatus

ORDER_STATE = "order state news, no route"
_KINDS = {
    "A1001": ErrorKind.BAD_REQUEST,
    "A1004": ErrorKind.AUTH_FAILED,
    "A1006": ErrorKind.AUTH_FAILED,
}
_OUTRANKS_WITH_COURIER = frozenset({"33", "70", "99", "648", "125", "130"})
_XML = "text/xml; charset=utf-8"
_RETURNING = Entry(Status.RETURN_TO_SENDER, SubStatus.RETURN_IN_TRANSIT, "转寄,备注为退回")


class SF:
    """Credentials: `partnerID`, `checkWord`."""

    name = "sf"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Always true: SF signs no push. The secret part of the address is the proof, so these are trusted less."""
        return True

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """Up to 10 routes of several waybills, as JSON, or as XML in the form field `content`."""
        if _is_xml(push):
            return _routes(_xml_routes(load_xml(_xml_of(push))))
        document = load_json(push.body)
        if not isinstance(document, dict) or not ("Body" in document or "orderState" in document):
            refuse("is not an object with Body")
        return _pushed(document)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, or a push in either form."""
        try:
            if body.lstrip().startswith(b"<"):
                root = load_xml(body)
                return _routes(_xml_routes(root)) if root.tag == "Request" else (refused(ErrorKind.UNAVAILABLE),)
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if "Body" in document or "orderState" in document:
            return _pushed(document)
        return _answered(document) if "apiResultCode" in document else _inner(document)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """In the form of the push; after three refusals SF falls silent."""
        if _is_xml(push):
            verdict = "<Head>OK</Head>" if accepted else '<Head>ERR</Head><ERROR code="4001">not accepted</ERROR>'
            return Reply(f'<Response service="RoutePushService">{verdict}</Response>', _XML)
        code, message = ("0000", "成功") if accepted else ("1000", "失败")
        return Reply(json.dumps({"return_code": code, "return_msg": message}, ensure_ascii=False))

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """Up to 10 waybills a call, all of one phone."""
        about = {
            "language": "0",
            "trackingType": "1",
            "trackingNumber": [each.tracking_number for each in wanted],
            "methodType": "1",
            "checkPhoneNo": wanted[0].phone_tail,
        }
        data = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
        timestamp = str(int(now.timestamp() * 1000))
        form = {
            "partnerID": credentials["partnerID"],
            "requestID": str(uuid5(NAMESPACE_URL, timestamp + data)),
            "serviceCode": "EXP_RECE_SEARCH_ROUTES",
            "timestamp": timestamp,
            "msgDigest": digest(data, timestamp, credentials["checkWord"]),
            "msgData": data,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return HttpRequest("POST", "/std/service", headers, urlencode(form).encode())

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """None: SF pushes the routes of a merchant's own waybills once the console says so."""
        return None


def digest(data: str, timestamp: str, check_word: str) -> str:
    """`msgDigest` over the very text of msgData that is sent."""
    encoded = java_urlencode(data + timestamp + check_word)
    return base64.b64encode(hashlib.md5(encoded.encode(), usedforsecurity=False).digest()).decode()


def _is_xml(push: Push) -> bool:
    return push.is_form or "xml" in push.content_type.lower() or push.body.lstrip().startswith(b"<")


def _xml_of(push: Push) -> bytes:
    if not push.is_form:
        return push.body
    content = load_form(push.body).get("content", "")
    return content.encode() if content else refuse("is missing", "content")


def _xml_routes(root: Element) -> list[Mapping[str, Any]]:
    return [route.attrib for route in root.iter("WaybillRoute")]


def _pushed(document: Object) -> tuple[TrackResult, ...]:
    if "orderState" in document:
        states = objects(document["orderState"])
        return tuple(remark(ORDER_STATE, text(state.get("waybillNo")), carrier="sf") for state in states) or (remark(),)
    return _routes(objects(child(document.get("Body")).get("WaybillRoute")))


def _routes(routes: Sequence[Object]) -> tuple[TrackResult, ...]:
    waybills: dict[str, list[Row]] = {}
    for route in routes:
        waybills.setdefault(first(route, "mailno", "mailNo"), []).append(_row(route))
    return tuple(_tracked(number, rows) for number, rows in waybills.items()) or (remark(),)


def _tracked(number: str, rows: list[Row]) -> TrackResult:
    if not rows:
        return nothing_yet(number, carrier="sf")
    return tracked("sf", number, rows, carrier="sf", assumed=CHINA)


def _answered(document: Object) -> tuple[TrackResult, ...]:
    """The outer envelope; the answer itself is JSON text inside."""
    code = text(document.get("apiResultCode"))
    if code != "A1000":
        return (refused(_KINDS.get(code) or kind_of(text(document.get("apiErrorMsg")))),)
    inside = document.get("apiResultData")
    try:
        return _inner(load_json(inside) if isinstance(inside, str) else inside)
    except InvalidRequest:
        return (refused(ErrorKind.UNAVAILABLE),)


def _inner(document: Any) -> tuple[TrackResult, ...]:
    inner = child(document)
    if "success" in inner and not flag(inner["success"]):
        return (refused(kind_of(text(inner.get("errorMsg")), ErrorKind.BAD_REQUEST)),)
    found = objects(child(inner.get("msgData")).get("routeResps"))
    results = (
        _tracked(first(each, "mailNo", "mailno"), [_row(r) for r in objects(each.get("routes"))]) for each in found
    )
    return tuple(results) or ((nothing_yet(carrier="sf"),) if "msgData" in inner else (remark(),))


def _row(route: Object) -> Row:
    code, reason = text(route.get("opCode")), text(route.get("reasonCode"))
    sentence = text(route.get("remark"))
    return Row(
        time=route.get("acceptTime"),
        sentence=sentence or first(route, "opName", "secondaryStatusName", "firstStatusName"),
        code=code or first(route, "secondaryStatusCode", "firstStatusCode"),
        entry=_entry(route, code, reason, sentence),
        also=text(route.get("reasonName")),
        location=text(route.get("acceptAddress")),
    )


def _entry(route: Object, code: str, reason: str, sentence: str) -> Entry | None:
    """The status codes first, refined by opCode; some opCodes know better than a plain `moving` or `with courier`."""
    told = table("sf", "op_and_reason").get(f"{code}+{reason}") if reason else None
    operation = table("sf", "op_code").get(code)
    if told or (operation and operation.status is None):
        return told or operation
    if code == "99" and "退回" in sentence:
        return _RETURNING
    secondary, coarse_status = text(route.get("secondaryStatusCode")), text(route.get("firstStatusCode"))
    status = table("sf", "secondary_status").get(secondary) or table("sf", "first_status").get(coarse_status)
    if status is None or operation is None:
        return status or operation
    if operation.status is status.status:
        return status if is_generic(operation.sub_status) and not is_generic(status.sub_status) else operation
    if status.status is Status.IN_TRANSIT or (
        status.status is Status.OUT_FOR_DELIVERY and code in _OUTRANKS_WITH_COURIER
    ):
        return operation
    return status
