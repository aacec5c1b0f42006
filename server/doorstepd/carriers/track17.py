"""17TRACK v2.4, the aggregator: register, gettrackinfo, webhook."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text, whole
from doorstepd.carriers.limits import load_json, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, Whole, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import same, sha256_hex
from doorstepd.carriers.tables import Entry, our_carrier, table, their_carrier
from doorstepd.carriers.times import parse_eta
from doorstepd.errors import InvalidRequest

STOPPED = "state unchanged; mark the subscription stopped"
REGISTERED = "already registered: not an error"
_ALREADY, _NO_INFO_YET = -18019901, -18019909
_KINDS = {
    -18010001: ErrorKind.AUTH_FAILED,
    -18010002: ErrorKind.AUTH_FAILED,
    -18010004: ErrorKind.AUTH_FAILED,
    -18010020: ErrorKind.PHONE_REQUIRED,
    -18019902: ErrorKind.NOT_FOUND,
    -18019907: ErrorKind.QUOTA_EXHAUSTED,
    -18019908: ErrorKind.QUOTA_EXHAUSTED,
    401: ErrorKind.AUTH_FAILED,
    429: ErrorKind.RATE_LIMITED,
}
# A main status, or the stage of an event, stands for the plainest of its sub-statuses.
_MAIN = {
    "notfound": "NotFound_Other",
    "inforeceived": "InfoReceived",
    "pickedup": "InTransit_PickedUp",
    "departure": "InTransit_Departure",
    "arrival": "InTransit_Arrival",
    "intransit": "InTransit_Other",
    "expired": "Expired_Other",
    "availableforpickup": "AvailableForPickup_Other",
    "outfordelivery": "OutForDelivery_Other",
    "deliveryfailure": "DeliveryFailure_Other",
    "delivered": "Delivered_Other",
    "exception": "Exception_Other",
    "returning": "Exception_Returning",
    "returned": "Exception_Returned",
}


class Track17:
    """Credentials: `key`."""

    name = "track17"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Header `sign` is the hex SHA-256 of the raw body, a slash and the key."""
        key = credentials.get("key", "")
        return same(push.headers.get("sign", ""), sha256_hex(push.body + b"/" + key.encode()), key)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """TRACKING_UPDATED carries the whole track; TRACKING_STOPPED only the number."""
        document = load_json(push.body)
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            refuse("is not an object with data")
        return _pushed(document)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """The reply of gettrackinfo or register, or a webhook's body."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if isinstance(document, dict) and "event" in document:
            return _pushed(document)
        if not isinstance(document, dict) or not ("code" in document or "data" in document):
            return (remark(),)
        return _answered(document)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """Any 200 ends it."""
        return Reply(json.dumps({"code": 0 if accepted else -1}), status=200 if accepted else 503)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """Up to 40 parcels a call."""
        return _request("gettrackinfo", [_about(each) for each in wanted], credentials)

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """Registering is what starts the watch; up to 40 parcels a call, each costs quota."""
        items = [_about(each) | ({"param": each.phone_tail} if each.phone_tail else {}) for each in wanted]
        return _request("register", items, credentials)


def _about(wanted: Wanted) -> dict[str, Any]:
    code = whole(their_carrier("track17", wanted.carrier))
    return {"number": wanted.tracking_number} | ({"carrier": code} if code else {})


def _request(method: str, items: list[dict[str, Any]], credentials: Credentials) -> HttpRequest:
    headers = {"17token": credentials["key"], "Content-Type": "application/json"}
    return HttpRequest("POST", f"/track/v2.4/{method}", headers, json.dumps(items).encode())


def _pushed(document: Object) -> tuple[TrackResult, ...]:
    data = child(document.get("data"))
    if isinstance(data.get("track_info"), dict):
        return (_track(data),)
    stopped = text(document.get("event")).upper() == "TRACKING_STOPPED"
    return (remark(STOPPED, text(data.get("number")), carrier=_carrier(data)) if stopped else remark(),)


def _answered(document: Object) -> tuple[TrackResult, ...]:
    data = child(document.get("data"))
    results = [_track(item) for item in objects(data.get("accepted")) if isinstance(item.get("track_info"), dict)]
    results += [_rejected(item) for item in objects(data.get("rejected"))]
    if results:
        return tuple(results)
    errors = objects(data.get("errors"))
    code = whole(errors[0].get("code")) if errors else whole(document.get("code"))
    return _whole_answer(code, errors)


def _whole_answer(code: int | None, errors: list[dict[str, Any]]) -> tuple[TrackResult, ...]:
    if not code:
        return (remark(),)
    return (refused(_kind(code, text(errors[0].get("message")) if errors else "")),)


def _rejected(item: Object) -> TrackResult:
    error = child(item.get("error"))
    code, number = whole(error.get("code")), text(item.get("number"))
    if code == _ALREADY:
        return remark(REGISTERED, number, carrier=_carrier(item))
    if code == _NO_INFO_YET:
        return nothing_yet(number, carrier=_carrier(item))
    return refused(_kind(code, text(error.get("message"))), number, carrier=_carrier(item))


def _kind(code: int | None, message: str) -> ErrorKind:
    if code in _KINDS:
        return _KINDS[code]
    if code is not None and -18019818 <= code <= -18019815:
        return ErrorKind.UNAVAILABLE
    return ErrorKind.BAD_REQUEST if code is not None and code < 0 else kind_of(message)


def _carrier(item: Object) -> str | None:
    return our_carrier("track17", text(item.get("carrier")))


def _track(item: Object) -> TrackResult:
    info = child(item.get("track_info"))
    latest = child(info.get("latest_status"))
    expected = child(child(info.get("time_metrics")).get("estimated_delivery_date"))
    whole_track = Whole(
        entry=_entry(text(latest.get("sub_status")), text(latest.get("status"))),
        computed=text(latest.get("status")).lower() == "expired",
        eta=parse_eta(first(expected, "to", "from")),
    )
    providers = objects(child(info.get("tracking")).get("providers"))
    rows = [_row(event) for provider in providers for event in objects(provider.get("events"))]
    return tracked(
        "track17", text(item.get("number")), rows, carrier=_carrier(item), whole=whole_track, newest_first=True
    )


def _row(event: Object) -> Row:
    code = first(event, "sub_status", "stage")
    translated = child(event.get("description_translation"))
    return Row(
        time=_time(event),
        sentence=text(event.get("description")) or text(translated.get("description")),
        code=code,
        entry=_entry(text(event.get("sub_status")), text(event.get("stage"))),
        location=text(event.get("location")),
        fallback=table("track17", "sub_status").get(code) is None and bool(event.get("sub_status")),
    )


def _time(event: Object) -> str:
    """The local time with its offset; where 17TRACK has none, the parts it read, which may lack a zone."""
    raw = child(event.get("time_raw"))
    parts = " ".join(part for name in ("date", "time", "timezone") if (part := text(raw.get(name))))
    if text(event.get("time_iso")):
        return text(event["time_iso"])
    return parts if text(raw.get("timezone")) else text(event.get("time_utc")) or parts


def _entry(sub_status: str, main: str) -> Entry | None:
    """By sub-status, else by its main part, else by the main status or stage."""
    statuses = table("track17", "sub_status")
    for name in (sub_status.partition("_")[0], main):
        fallback = statuses.get(_MAIN.get(name.lower(), ""))
        if found := statuses.get(sub_status) or fallback:
            return found
    return None
