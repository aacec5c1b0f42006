"""ZTO (中通): waybill.track.query, subscription, trace push, and the older NEW_TRACES reply."""

import json
from collections.abc import Sequence
from datetime import datetime

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, flag, objects, text
from doorstepd.carriers.limits import load_form, load_json, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import md5_base64, same
from doorstepd.carriers.tables import table
from doorstepd.carriers.times import CHINA
from doorstepd.errors import InvalidRequest

_KINDS = {"S02": ErrorKind.AUTH_FAILED}


class ZTO:
    """Credentials: `appKey`, `appSecret`."""

    name = "zto"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """`data_digest` is base64 of the raw MD5 of data + secret."""
        secret = credentials.get("appSecret", "")
        try:
            form = load_form(push.body)
        except InvalidRequest:
            return False
        return same(form.get("data_digest", ""), md5_base64(form.get("data", "") + secret), secret)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """One event a push."""
        form = load_form(push.body)
        if not form.get("data"):
            refuse("is missing", "data")
        document = load_json(form["data"])
        if not objects(document):
            refuse("is not an object", "data")
        return tuple(_pushed(item) for item in objects(document))

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, new or old, a refusal, or the data of a push."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if "billCode" in document and "action" in document:
            return (_pushed(document),)
        if "status" in document and not flag(document["status"]):
            return (_refused(document),)
        if isinstance(document.get("result"), list):
            return _by_bill(document["result"])
        return _legacy(document) if isinstance(document.get("data"), list) else (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """What clients are seen to answer; ZTO has not published its own wish."""
        result = "success" if accepted else "fail"
        answer = {"message": "", "result": result, "status": accepted, "statusCode": "0" if accepted else "1"}
        return Reply(json.dumps(answer))

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One parcel a call."""
        return _request("/zto.merchant.waybill.track.query", wanted[0], credentials)

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """One parcel a call; the misspelling is ZTO's."""
        return _request("/zto.merchant.waybill.track.subsrcibe", wanted[0], credentials)


def digest(body: str, secret: str) -> str:
    """`x-dataDigest` of a request."""
    return md5_base64(body + secret)


def _request(path: str, wanted: Wanted, credentials: Credentials) -> HttpRequest:
    about = {"billCode": wanted.tracking_number, "mobilePhone": wanted.phone_tail}
    body = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "x-appKey": credentials["appKey"],
        "x-dataDigest": digest(body, credentials["appSecret"]),
        "Content-Type": "application/json; charset=UTF-8",
    }
    return HttpRequest("POST", path, headers, body.encode())


def _refused(document: Object) -> TrackResult:
    message = first(document, "message", "msg")
    kind = _KINDS.get(text(document.get("statusCode"))) or kind_of(message)
    return nothing_yet() if kind is ErrorKind.NOT_FOUND else refused(kind)


def _by_bill(rows: object) -> tuple[TrackResult, ...]:
    bills: dict[str, list[Row]] = {}
    for item in objects(rows):
        bills.setdefault(text(item.get("billCode")), []).append(_row(item))
    return tuple(_tracked(number, of_bill) for number, of_bill in bills.items()) or (nothing_yet(),)


def _legacy(document: Object) -> tuple[TrackResult, ...]:
    bills = objects(document.get("data"))
    results = (
        _tracked(text(bill.get("billCode")), [_row(each) for each in objects(bill.get("traces"))]) for bill in bills
    )
    return tuple(results) or (nothing_yet(),)


def _tracked(number: str, rows: list[Row]) -> TrackResult:
    if not rows:
        return nothing_yet(number, carrier="zto")
    return tracked("zto", number, rows, carrier="zto", assumed=CHINA)


def _row(item: Object) -> Row:
    code = text(item.get("scanType"))
    site = item.get("scanSite")
    return Row(
        time=item.get("scanDate"),
        sentence=text(item.get("desc")) or _told(code, text(item.get("signMan"))),
        code=code,
        entry=table("zto", "scan_type").get(code),
        location=first(child(site), "city", "name") or first(item, "scanCity") or text(site),
        courier_name=first(item, "operateUser", "dispOrRecMan"),
        courier_phone=first(item, "operateUserPhone", "dispOrRecManPhone"),
    )


def _pushed(item: Object) -> TrackResult:
    code = text(item.get("action"))
    row = Row(
        time=item.get("actionTime"),
        sentence=text(item.get("desc")) or _told("签收", text(item.get("expressSigner"))),
        code=code,
        entry=table("zto", "push_action").get(code),
        location=first(item, "city", "facilityName"),
        courier_name=text(item.get("courier")),
        courier_phone=text(item.get("courierPhone")),
    )
    return tracked("zto", text(item.get("billCode")), [row], carrier="zto", assumed=CHINA)


def _told(scan: str, signer: str) -> str:
    """A sentence for a row that has none but names who signed."""
    return f"已{scan}，签收人：{signer}" if signer and scan == "签收" else ""
