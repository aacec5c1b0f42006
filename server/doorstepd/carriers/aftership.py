"""AfterShip tracking API, dated version 2025-01: trackings and webhook."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text, whole
from doorstepd.carriers.limits import load_json, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, Whole, refused, remark, tracked
from doorstepd.carriers.signing import hmac_base64, same
from doorstepd.carriers.tables import Entry, our_carrier, table, their_carrier
from doorstepd.carriers.times import parse_eta
from doorstepd.errors import InvalidRequest

EXISTS = "already created: not an error"
_BASE = "/tracking/2025-01/trackings"
_KINDS = {
    401: ErrorKind.AUTH_FAILED,
    403: ErrorKind.AUTH_FAILED,
    404: ErrorKind.NOT_FOUND,
    429: ErrorKind.RATE_LIMITED,
    4004: ErrorKind.NOT_FOUND,
}
_TAGS = {
    "pending": "Pending_001",
    "inforeceived": "InfoReceived_001",
    "intransit": "InTransit_001",
    "outfordelivery": "OutForDelivery_001",
    "attemptfail": "AttemptFail_001",
    "delivered": "Delivered_001",
    "availableforpickup": "AvailableForPickup_001",
    "exception": "Exception_001",
    "expired": "Expired_001",
}


class AfterShip:
    """Credentials: `api_key`, `webhook_secret`, and `api_secret` where requests are signed too."""

    name = "aftership"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Header `aftership-hmac-sha256` is base64 of the HMAC-SHA256 of the raw body."""
        secret = credentials.get("webhook_secret", "")
        return same(push.headers.get("aftership-hmac-sha256", ""), hmac_base64(secret, push.body), secret)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """The tracking in `msg`."""
        document = load_json(push.body)
        if not isinstance(document, dict) or not isinstance(document.get("msg"), dict):
            refuse("is not an object with msg")
        return (_track(_inner(document["msg"])),)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """One tracking, a list of them, an error, or a webhook's body."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if isinstance(document.get("msg"), dict):
            return (_track(_inner(document["msg"])),)
        code = whole(child(document.get("meta")).get("code"))
        if code is not None and code >= 300:
            return (_refused(code, document),)
        data = child(document.get("data"))
        listed = objects(data.get("trackings")) or objects(_inner(data))
        return tuple(_track(item) for item in listed if item.get("tracking_number")) or (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """Any 2xx ends it; else up to 14 tries."""
        return Reply("{}", status=200 if accepted else 503)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """The trackings of these numbers, up to 200 a call."""
        numbers = ",".join(each.tracking_number for each in wanted)
        return HttpRequest("GET", f"{_BASE}?tracking_numbers={numbers}", _headers(credentials))

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """Creating the tracking is what starts the webhooks; one parcel a call."""
        about: dict[str, Any] = {"tracking_number": wanted[0].tracking_number}
        if wanted[0].carrier:
            about["slug"] = their_carrier("aftership", wanted[0].carrier)
        return HttpRequest("POST", _BASE, _headers(credentials), json.dumps(about).encode())


def request_signature(canonical: str, secret: str) -> str:
    """`as-signature-hmac-sha256` of a request in AES mode; `canonical` is method, MD5 of the body, content type, date,
    `as-` headers and resource, a line each. The layout is as documented and not tried against the service."""
    return hmac_base64(secret, canonical.encode())


def _headers(credentials: Credentials) -> dict[str, str]:
    return {"as-api-key": credentials["api_key"], "Content-Type": "application/json"}


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    return child(data.get("tracking")) or data


def _refused(code: int, document: Object) -> TrackResult:
    if code == 4003:
        return remark(EXISTS)
    if code >= 5000 or 500 <= code < 600:
        return refused(ErrorKind.UNAVAILABLE)
    if code in _KINDS:
        return refused(_KINDS[code])
    return refused(ErrorKind.BAD_REQUEST if code >= 4000 else kind_of(text(child(document.get("meta")).get("message"))))


def _track(item: Object) -> TrackResult:
    expected = child(item.get("courier_estimated_delivery_date"))
    tag = text(item.get("tag"))
    whole_track = Whole(
        entry=_entry(text(item.get("subtag")), tag),
        computed=tag.lower() == "expired",
        eta=parse_eta(
            first(expected, "estimated_delivery_date", "estimated_delivery_date_max", "estimated_delivery_date_min")
        ),
    )
    rows = [_row(point) for point in objects(item.get("checkpoints"))]
    carrier = our_carrier("aftership", text(item.get("slug")))
    return tracked("aftership", text(item.get("tracking_number")), rows, carrier=carrier, whole=whole_track)


def _row(point: Object) -> Row:
    return Row(
        time=point.get("checkpoint_time"),
        sentence=first(point, "message", "subtag_message"),
        code=first(point, "subtag", "tag"),
        entry=_entry(text(point.get("subtag")), text(point.get("tag"))),
        location=first(point, "location", "city"),
        fallback=table("aftership", "subtag").get(text(point.get("subtag"))) is None and bool(point.get("subtag")),
    )


def _entry(subtag: str, tag: str) -> Entry | None:
    """By subtag, else by its tag."""
    subtags = table("aftership", "subtag")
    main = _TAGS.get(subtag.partition("_")[0].lower()) or _TAGS.get(tag.lower(), "")
    return subtags.get(subtag) or subtags.get(main)
