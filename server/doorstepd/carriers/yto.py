"""YTO (圆通): track_query_adapter, subscribe_adapter, and the legacy status push as XML."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, flag, objects, text
from doorstepd.carriers.limits import load_form, load_json, load_xml, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import md5_base64, same
from doorstepd.carriers.tables import table
from doorstepd.carriers.times import CHINA
from doorstepd.errors import InvalidRequest

_VERSION = "v1"
_KINDS = {"401": ErrorKind.AUTH_FAILED, "403": ErrorKind.AUTH_FAILED, "429": ErrorKind.RATE_LIMITED}


class YTO:
    """Credentials: `secret`, `userId`, `clientId`; YTO gives each interface its own."""

    name = "yto"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """`data_digest` is base64 of the raw MD5 of the XML + secret."""
        secret = credentials.get("secret", "")
        try:
            form = load_form(push.body)
        except InvalidRequest:
            return False
        return same(form.get("data_digest", ""), md5_base64(form.get("logistics_interface", "") + secret), secret)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """One status a push."""
        form = load_form(push.body)
        if not form.get("logistics_interface"):
            refuse("is missing", "logistics_interface")
        return (_pushed(load_xml(form["logistics_interface"])),)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, which is an array when something is found, or the XML of a push."""
        try:
            if body.lstrip().startswith(b"<"):
                root = load_xml(body)
                return (_pushed(root) if root.tag == "UpdateInfo" else refused(ErrorKind.UNAVAILABLE),)
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if isinstance(document, list):
            return _by_waybill(document)
        return _answered(document) if isinstance(document, dict) else (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """As documented for the legacy push; not confirmed for the newer one."""
        try:
            order = _of(load_xml(load_form(push.body).get("logistics_interface", "")), "txLogisticID")
        except InvalidRequest:
            order = ""
        answer = (
            "<Response><logisticProviderID>YTO</logisticProviderID>"
            f"<txLogisticID>{escape(order)}</txLogisticID><success>{str(accepted).lower()}</success></Response>"
        )
        return Reply(answer, "text/xml; charset=utf-8")

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One waybill a call; the key is in capitals."""
        return _request("track_query_adapter", {"NUMBER": wanted[0].tracking_number}, credentials, now)

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """One waybill a call."""
        inner = _compact({"clientId": credentials["clientId"], "waybillNo": wanted[0].tracking_number})
        about = {"client_id": credentials["clientId"], "logistics_interface": inner, "msg_type": "online"}
        return _request("subscribe_adapter", about, credentials, now)


def sign(param: str, method: str, version: str, secret: str) -> str:
    """The signature of a request."""
    return md5_base64(param + method + version + secret)


def _request(method: str, about: dict[str, str], credentials: Credentials, now: datetime) -> HttpRequest:
    param = _compact(about)
    body = {
        "timestamp": str(int(now.timestamp() * 1000)),
        "param": param,
        "sign": sign(param, method, _VERSION, credentials["secret"]),
        "format": "JSON",
    }
    path = f"/open/{method}/{_VERSION}/{credentials['userId']}/{credentials['clientId']}"
    return HttpRequest("POST", path, {"Content-Type": "application/json; charset=UTF-8"}, _compact(body).encode())


def _compact(about: dict[str, str]) -> str:
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"))


def _by_waybill(document: list[Any]) -> tuple[TrackResult, ...]:
    waybills: dict[str, list[Row]] = {}
    for item in objects(document):
        waybills.setdefault(first(item, "waybill_No", "waybillNo"), []).append(_row(item))
    return tuple(_tracked(number, rows) for number, rows in waybills.items()) or (nothing_yet(carrier="yto"),)


def _tracked(number: str, rows: list[Row]) -> TrackResult:
    return tracked("yto", number, rows, carrier="yto", assumed=CHINA)


def _row(item: Object) -> Row:
    code = text(item.get("infoContent"))
    return Row(
        time=item.get("upload_Time"),
        sentence=text(item.get("processInfo")),
        code=code,
        entry=table("yto", "info_content").get(code),
        location="".join(dict.fromkeys((text(item.get("city")), text(item.get("district"))))),
    )


def _answered(document: Object) -> tuple[TrackResult, ...]:
    """An object is never a track by itself: nothing found, rows by waybill, or a refusal."""
    if "infoContent" in document:
        return _by_waybill([document])
    by_number = child(document.get("map"))
    if by_number or flag(document.get("success")):
        found = [(number, [_row(item) for item in objects(items)]) for number, items in by_number.items()]
        results = [_tracked(no, rows) if rows else nothing_yet(no, carrier="yto") for no, rows in found]
        return tuple(results) or (nothing_yet(carrier="yto"),)
    if not ("code" in document or "success" in document):
        return (remark(),)
    code, reason = text(document.get("code")), first(document, "reason", "message")
    kind = _KINDS.get(code) or kind_of(reason)
    if code == "1001" or kind is ErrorKind.NOT_FOUND:
        return (nothing_yet(carrier="yto"),)
    return (refused(kind),)


def _of(root: Element, name: str) -> str:
    return text(root.findtext(name))


def _pushed(root: Element) -> TrackResult:
    if root.tag != "UpdateInfo" or not _of(root, "mailNo"):
        return remark()
    code = _of(root, "infoContent")
    row = Row(
        time=_of(root, "acceptTime"),
        sentence=_of(root, "remark"),
        code=code,
        entry=table("yto", "info_content").get(code),
    )
    return _tracked(_of(root, "mailNo"), [row])
