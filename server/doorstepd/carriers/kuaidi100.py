"""Kuaidi100 (快递100), the aggregator: poll/query.do, subscription, push."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text
from doorstepd.carriers.limits import load_form, load_json, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, Whole, nothing_yet, refused, remark, stated, tracked
from doorstepd.carriers.signing import md5_hex, same
from doorstepd.carriers.tables import Entry, our_carrier, table, their_carrier
from doorstepd.carriers.times import CHINA, parse_eta
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.vocabulary import Status, SubStatus

FORM = "application/x-www-form-urlencoded"
GIVEN_UP = "subscription is dead; may be re-submitted after 30 min, at most 4 times a month"
_EXPIRED = Entry(Status.EXCEPTION, SubStatus.TRACKING_EXPIRED, "abort: nothing for 3 days, or no change for 60")
_ALARMS = frozenset({"201", "202", "205", "208"})
_KINDS = {
    "400": ErrorKind.BAD_REQUEST,
    "408": ErrorKind.PHONE_REQUIRED,
    "500": ErrorKind.NOT_FOUND,
    "501": ErrorKind.UNAVAILABLE,
    "502": ErrorKind.RATE_LIMITED,
    "503": ErrorKind.AUTH_FAILED,
    "600": ErrorKind.AUTH_FAILED,
    "601": ErrorKind.AUTH_FAILED,
    "700": ErrorKind.BAD_REQUEST,
    "701": ErrorKind.BAD_REQUEST,
    "702": ErrorKind.BAD_REQUEST,
}


class Kuaidi100:
    """Credentials: `customer`, `key`, and `salt`, which signs the pushes."""

    name = "kuaidi100"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """`sign` is the upper-case hex MD5 of param + salt."""
        salt = credentials.get("salt", "")
        try:
            form = load_form(push.body)
        except InvalidRequest:
            return False
        return same(form.get("sign", ""), md5_hex(form.get("param", "") + salt).upper(), salt)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """The last result in a push; a watch that was given up is a state of its own."""
        form = load_form(push.body)
        if not form.get("param"):
            refuse("is missing", "param")
        document = load_json(form["param"])
        if not isinstance(document, dict) or not isinstance(document.get("lastResult"), dict):
            refuse("is not an object with lastResult", "param")
        return (_pushed(document),)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, a refusal, or the param of a push."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if isinstance(document.get("lastResult"), dict):
            return (_pushed(document),)
        if "nu" in document or "data" in document:
            return (_track(document),)
        return (_answered(document),) if "returnCode" in document else (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """Anything but returnCode 200 makes Kuaidi100 push again, half an hour later."""
        code, message = ("200", "成功") if accepted else ("500", "失败")
        return Reply(json.dumps({"result": accepted, "returnCode": code, "message": message}, ensure_ascii=False))

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One parcel a call, with advanced states and the courier."""
        about = {
            "com": their_carrier("kuaidi100", wanted[0].carrier),
            "num": wanted[0].tracking_number,
            "phone": wanted[0].phone_tail,
            "resultv2": "4",
            "needCourierInfo": "true",
        }
        param = _compact(about)
        form = {
            "customer": credentials["customer"],
            "param": param,
            "sign": sign(param, credentials["key"], credentials["customer"]),
        }
        return HttpRequest("POST", "/poll/query.do", {"Content-Type": FORM}, urlencode(form).encode())

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """One parcel a call; not signed, the key inside is the proof."""
        parameters = {
            "callbackurl": wanted[0].callback_url,
            "salt": credentials["salt"],
            "resultv2": "4",
            "phone": wanted[0].phone_tail,
        }
        about = {
            "company": their_carrier("kuaidi100", wanted[0].carrier),
            "number": wanted[0].tracking_number,
            "key": credentials["key"],
            "parameters": parameters,
        }
        form = {"schema": "json", "param": _compact(about)}
        return HttpRequest("POST", "/poll", {"Content-Type": FORM}, urlencode(form).encode())


def sign(param: str, key: str, customer: str) -> str:
    """The signature of a query."""
    return md5_hex(param + key + customer).upper()


def _compact(about: dict[str, Any]) -> str:
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"))


def _pushed(document: Object) -> TrackResult:
    last = child(document.get("lastResult"))
    if text(document.get("status")).lower() == "abort" and not objects(last.get("data")):
        return _given_up(text(last.get("nu")))
    beyond = objects(child(document.get("destResult")).get("data"))
    note = GIVEN_UP if text(document.get("status")).lower() == "abort" else None
    return _track(last, beyond, note)


def _given_up(number: str) -> TrackResult:
    alarm = Shipment("kuaidi100", Status.EXCEPTION, SubStatus.TRACKING_EXPIRED, computed=True)
    return stated(number, Status.EXCEPTION, SubStatus.TRACKING_EXPIRED, GIVEN_UP, alarm)


def _track(item: Object, beyond: Sequence[Object] = (), note: str | None = None) -> TrackResult:
    """One parcel's rows; `beyond` are those of the carrier who takes over abroad."""
    number, carrier = text(item.get("nu")), our_carrier("kuaidi100", text(item.get("com")))
    rows = [_row(each) for each in (*objects(item.get("data")), *beyond)]
    state = text(item.get("state"))
    if not rows and state not in _ALARMS:
        return nothing_yet(number, carrier=carrier)
    courier = child(item.get("courierInfo"))
    whole = Whole(
        entry=_EXPIRED if note else table("kuaidi100", "state").get(state),
        computed=state in _ALARMS or note is not None,
        eta=parse_eta(item.get("arrivalTime"), CHINA),
        courier_name=text(courier.get("deliveryManName")),
        courier_phone=text(courier.get("deliveryManPhone")),
    )
    return tracked("kuaidi100", number, rows, carrier=carrier, whole=whole, assumed=CHINA, newest_first=True, note=note)


def _row(each: Object) -> Row:
    code = text(each.get("statusCode"))
    return Row(
        time=first(each, "ftime", "time"),
        sentence=text(each.get("context")),
        code=code or text(each.get("status")),
        entry=_entry(code, text(each.get("status"))),
        location=first(each, "areaName", "location"),
    )


def _entry(code: str, state_name: str) -> Entry | None:
    """By code, else by the name of the state, which simpler plans send alone."""
    states = table("kuaidi100", "state")
    return states.get(code) or states.by_meaning.get(state_name)


def _answered(document: Object) -> TrackResult:
    """A body of `result`, `returnCode` and `message`: a refusal, or the answer to a subscription."""
    code, message = text(document.get("returnCode")), text(document.get("message"))
    if code == "200":
        return remark()
    if "重复" in message:
        return remark("already subscribed: not an error")
    kind = _KINDS.get(code) or kind_of(message)
    if kind is ErrorKind.BAD_REQUEST and kind_of(message) is ErrorKind.PHONE_REQUIRED:
        kind = ErrorKind.PHONE_REQUIRED
    if kind is ErrorKind.NOT_FOUND:
        error = refused(kind, retryable=True).error
        return nothing_yet(error=error)
    return refused(kind)
