"""4PX (递四方): tr.order.tracking.get. There is no push: ask."""

import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from doorstepd.carriers.carrier import (
    CarrierError,
    Credentials,
    ErrorKind,
    HttpRequest,
    Push,
    Reply,
    TrackResult,
    Wanted,
)
from doorstepd.carriers.fields import Object, first, objects, text
from doorstepd.carriers.limits import load_json
from doorstepd.carriers.refusals import kind_of, knows_no_such
from doorstepd.carriers.results import Row, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import md5_hex
from doorstepd.carriers.tables import Entry, table
from doorstepd.carriers.text import read
from doorstepd.carriers.times import CHINA
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.vocabulary import SubStatus

METHOD, VERSION = "tr.order.tracking.get", "1.0.0"
_SHORTEST_FAMILY = len("FPX_D_F")


class FourPX:
    """Credentials: `app_key`, `app_secret`."""

    name = "fourpx"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Never: 4PX has no push, so nothing can prove to be one."""
        return False

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """As a reply, should 4PX ever push."""
        return self.parse_reply(push.body)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply; `result` 1 alone does not mean success."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict) or not ("result" in document or "data" in document):
            return (remark(),)
        tracks = objects(document.get("data"))
        errors = objects(document.get("errors"))
        rows = [row for item in tracks for row in objects(item.get("trackingList"))]
        if text(document.get("result")) == "0" or (errors and not rows):
            return (_refused(document, errors),)
        return tuple(_track(item) for item in tracks) or (nothing_yet(carrier="fourpx"),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """As a 4PX reply would look."""
        return Reply(json.dumps({"result": "1" if accepted else "0"}), status=200 if accepted else 404)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One parcel a call; without `Accept: */*` letters beyond ASCII can come back as question marks."""
        body = json.dumps({"deliveryOrderNo": wanted[0].tracking_number}, separators=(",", ":"))
        timestamp = str(int(now.timestamp() * 1000))
        query = {
            "app_key": credentials["app_key"],
            "format": "json",
            "language": "cn",
            "method": METHOD,
            "timestamp": timestamp,
            "v": VERSION,
            "sign": sign(body, timestamp, credentials["app_key"], credentials["app_secret"]),
        }
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        return HttpRequest("POST", f"/router/api/service?{urlencode(query)}", headers, body.encode())

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """None: there is no push."""
        return None


def sign(body: str, timestamp: str, app_key: str, app_secret: str, method: str = METHOD, version: str = VERSION) -> str:
    """The signature of a request; `language` and `access_token` are not part of it."""
    return md5_hex(f"app_key{app_key}formatjsonmethod{method}timestamp{timestamp}v{version}{body}{app_secret}")


def _refused(document: Object, errors: Sequence[Object]) -> TrackResult:
    message = (first(errors[0], "error_msg") if errors else "") or text(document.get("msg"))
    kind = kind_of(message, ErrorKind.UNAVAILABLE)
    if kind is not ErrorKind.NOT_FOUND:
        return refused(kind)
    if knows_no_such(message):
        return nothing_yet(carrier="fourpx", sub_status=SubStatus.NOT_FOUND, error=CarrierError(kind, retryable=True))
    return nothing_yet(carrier="fourpx")


def _track(item: Object) -> TrackResult:
    number = text(item.get("deliveryOrderNo"))
    rows = [_row(each) for each in objects(item.get("trackingList"))]
    if not rows:
        return nothing_yet(number, carrier="fourpx")
    return tracked("fourpx", number, rows, carrier="fourpx", assumed=CHINA, newest_first=True)


def _row(each: Object) -> Row:
    code = text(each.get("businessLinkCode"))
    place = text(each.get("occurLocation"))
    misplaced = read(place, "fourpx").recognised if place else False
    # `timeZone` tells only where it happened: the time itself is China's.
    return Row(
        time=each.get("occurDatetime"),
        sentence=text(each.get("trackingContent")) or (place if misplaced else ""),
        code=code,
        entry=_entry(code),
        also=place if misplaced else "",
        location="" if misplaced else place,
    )


def _entry(code: str) -> Entry | None:
    """By code, else by its longest known beginning, as the codes are families."""
    codes = table("fourpx", "link_code")
    beginnings = (code[:length] for length in range(len(code), _SHORTEST_FAMILY - 1, -1))
    return next((entry for beginning in beginnings if (entry := codes.get(beginning))), None)
