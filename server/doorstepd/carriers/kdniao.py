"""KDNiao (快递鸟), the aggregator: instant query 1002/8001, subscription 1008/8008, push 101/102."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, flag, objects, text
from doorstepd.carriers.limits import load_form, load_json, refuse
from doorstepd.carriers.refusals import kind_of, knows_no_such
from doorstepd.carriers.results import Row, Whole, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import md5_hex_base64, same
from doorstepd.carriers.tables import Entry, our_carrier, table, their_carrier
from doorstepd.carriers.times import CHINA, parse, parse_eta
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.vocabulary import SubStatus

FORM = "application/x-www-form-urlencoded;charset=utf-8"
_ALARMS = frozenset({"401", "402", "403", "412"})
_KINDS = {
    "101": ErrorKind.BAD_REQUEST,
    "102": ErrorKind.AUTH_FAILED,
    "103": ErrorKind.BAD_REQUEST,
    "104": ErrorKind.AUTH_FAILED,
    "105": ErrorKind.UNAVAILABLE,
    "401": ErrorKind.BAD_REQUEST,
    "402": ErrorKind.BAD_REQUEST,
    "403": ErrorKind.BAD_REQUEST,
    "404": ErrorKind.BAD_REQUEST,
    "405": ErrorKind.QUOTA_EXHAUSTED,
}


class KDNiao:
    """Credentials: `EBusinessID`, `ApiKey`."""

    name = "kdniao"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """`DataSign` is base64 of the hex MD5 of RequestData + ApiKey, over the text exactly as decoded."""
        key = credentials.get("ApiKey", "")
        try:
            form = load_form(push.body)
        except InvalidRequest:
            return False
        return same(form.get("DataSign", ""), md5_hex_base64(form.get("RequestData", "") + key), key)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """The tracks of a 101 or 102 push; 103 (pick-up) and 107 (money) are answered and otherwise ignored."""
        form = load_form(push.body)
        if text(form.get("RequestType")) not in ("", "101", "102"):
            return (remark(),)
        if not form.get("RequestData"):
            refuse("is missing", "RequestData")
        document = load_json(form["RequestData"])
        if not isinstance(document, dict) or "Data" not in document:
            refuse("is not an object with Data", "RequestData")
        return _tracks(document)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, or the RequestData of a push."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if isinstance(document, dict) and "Data" in document:
            return _tracks(document)
        if isinstance(document, dict) and ("LogisticCode" in document or "Success" in document):
            return (_track(document, None),)
        return (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """Success false makes KDNiao push again."""
        try:
            number = text(child(load_json(load_form(push.body).get("RequestData", ""))).get("EBusinessID"))
        except InvalidRequest:
            number = ""
        answer = {
            "EBusinessID": number,
            "UpdateTime": now.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "Success": accepted,
            "Reason": "" if accepted else "not accepted",
        }
        return Reply(json.dumps(answer))

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """Request type 8001, one parcel a call."""
        return _signed("/Ebusiness/EbusinessOrderHandle.aspx", "8001", _about(wanted[0]), credentials)

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """Request type 8008; the push address is set in KDNiao's console, not here."""
        return _signed("/api/dist", "8008", _about(wanted[0]) | {"Callback": wanted[0].tracking_number}, credentials)


def _tracks(document: Object) -> tuple[TrackResult, ...]:
    pushed = parse(document.get("PushTime"), CHINA)
    reported = pushed.time if pushed else None
    return tuple(_track(item, reported) for item in objects(document.get("Data"))) or (remark(),)


def _track(item: Object, reported: datetime | None) -> TrackResult:
    number, carrier = text(item.get("LogisticCode")), our_carrier("kdniao", text(item.get("ShipperCode")))
    traces = objects(item.get("Traces"))
    if not traces and not flag(item.get("Success")):
        return _not_tracked(item, number, carrier)
    if not number and "State" not in item and not traces:
        return remark()
    return tracked(
        "kdniao",
        number,
        [_row(trace) for trace in traces],
        carrier=carrier,
        whole=_whole(item, reported),
        assumed=CHINA,
    )


def _not_tracked(item: Object, number: str, carrier: str | None) -> TrackResult:
    """A refusal, or the older way of saying that there is no trace yet: Success false and no reason."""
    reason, code = text(item.get("Reason")), text(item.get("ResultCode"))
    if not reason and not code:
        return nothing_yet(number, carrier=carrier)
    kind = _KINDS.get(code) or kind_of(reason)
    if kind is not ErrorKind.NOT_FOUND:
        return refused(kind, number, carrier=carrier)
    unknown = SubStatus.NOT_FOUND if knows_no_such(reason) else SubStatus.NO_INFO_YET
    return nothing_yet(number, carrier=carrier, sub_status=unknown)


def _row(trace: Object) -> Row:
    code = text(trace.get("Action"))
    return Row(
        time=trace.get("AcceptTime"),
        sentence=first(trace, "AcceptStation", "Remark"),
        code=code,
        entry=table("kdniao", "state_ex").get(code),
        location=text(trace.get("Location")),
    )


def _whole(item: Object, reported: datetime | None) -> Whole:
    code = text(item.get("StateEx"))
    return Whole(
        entry=_of_shipment(code, text(item.get("State"))),
        computed=code in _ALARMS,
        eta=parse_eta(item.get("EstimatedDeliveryTime"), CHINA),
        courier_name=text(item.get("DeliveryMan")),
        courier_phone=text(item.get("DeliveryManTel")),
        reported=reported,
    )


def _of_shipment(state_ex: str, state: str) -> Entry | None:
    return table("kdniao", "state_ex").get(state_ex) or table("kdniao", "state").get(state)


def _about(wanted: Wanted) -> dict[str, Any]:
    about = {
        "OrderCode": "",
        "ShipperCode": their_carrier("kdniao", wanted.carrier),
        "LogisticCode": wanted.tracking_number,
    }
    return about | {"CustomerName": wanted.phone_tail} if wanted.phone_tail else about


def _signed(path: str, request_type: str, about: dict[str, Any], credentials: Credentials) -> HttpRequest:
    data = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    form = {
        "RequestData": data,
        "EBusinessID": credentials["EBusinessID"],
        "RequestType": request_type,
        "DataSign": md5_hex_base64(data + credentials["ApiKey"]),
        "DataType": "2",
    }
    return HttpRequest("POST", path, {"Content-Type": FORM}, urlencode(form).encode())
