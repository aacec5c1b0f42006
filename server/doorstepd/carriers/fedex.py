"""FedEx Track v1, and the webhook of Advanced Integrated Visibility."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text
from doorstepd.carriers.limits import load_json, refuse
from doorstepd.carriers.precedence import is_generic
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, Whole, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import hmac_base64, same
from doorstepd.carriers.tables import Entry, table
from doorstepd.carriers.times import parse, parse_eta
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.vocabulary import Status, SubStatus

_KINDS = (
    ("NOT.AUTHORIZED", ErrorKind.AUTH_FAILED, True),  # the token is old: renew it once, then ask again
    ("FORBIDDEN", ErrorKind.AUTH_FAILED, False),
    ("NOTFOUND", ErrorKind.NOT_FOUND, True),
    ("NOT.FOUND", ErrorKind.NOT_FOUND, True),
    ("INTERNAL.SERVER", ErrorKind.UNAVAILABLE, True),
    ("SERVICE.UNAVAILABLE", ErrorKind.UNAVAILABLE, True),
    ("RATE", ErrorKind.RATE_LIMITED, True),
    ("TRACKINGNUMBER", ErrorKind.BAD_REQUEST, False),
    ("INVALID", ErrorKind.BAD_REQUEST, False),
)
_AT_STATION = Entry(Status.IN_TRANSIT, SubStatus.AT_DELIVERY_STATION, "at local FedEx facility")


class FedEx:
    """Credentials: `security_token` for pushes; `client_id`, `client_secret` and a current `access_token` to ask."""

    name = "fedex"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Header `fdx-signature` is base64 of the HMAC-SHA256 of the raw body."""
        token = credentials.get("security_token", "")
        return same(push.headers.get("fdx-signature", ""), hmac_base64(token, push.body), token)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """The same tree as a reply; FedEx documents the signature but not the body."""
        document = load_json(push.body)
        if not isinstance(document, dict) or not isinstance(document.get("output"), dict):
            refuse("is not an object with output")
        return _tracks(document["output"])

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, its errors, or a push."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if errors := objects(document.get("errors")):
            return (_refused(errors[0], ""),)
        return _tracks(document["output"]) if isinstance(document.get("output"), dict) else (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """200 ends it; else three more tries within a quarter of an hour."""
        return Reply("{}", status=200 if accepted else 503)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """Up to 30 parcels a call."""
        numbers = [{"trackingNumberInfo": {"trackingNumber": each.tracking_number}} for each in wanted]
        headers = {
            "Authorization": f"Bearer {credentials.get('access_token', '')}",
            "Content-Type": "application/json",
            "x-locale": "en_US",
        }
        body = json.dumps({"includeDetailedScans": True, "trackingInfo": numbers}).encode()
        return HttpRequest("POST", "/track/v1/trackingnumbers", headers, body)

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """None: FedEx pushes all parcels of an account once the console says so."""
        return None


def _refused(error: Object, number: str) -> TrackResult:
    code = text(error.get("code")).upper()
    named = ((kind, again) for part, kind, again in _KINDS if part in code)
    kind, again = next(named, (kind_of(text(error.get("message"))), None))
    if kind is ErrorKind.NOT_FOUND:
        found = refused(kind, retryable=again).error
        return nothing_yet(number, carrier="fedex", sub_status=SubStatus.NOT_FOUND, error=found)
    return refused(kind, number, retryable=again, carrier="fedex" if number else None)


def _tracks(output: Object) -> tuple[TrackResult, ...]:
    complete = objects(output.get("completeTrackResults"))
    results = tuple(_newest(item) for item in complete)
    if not results and "NOTFOUND" in text(output.get("alerts")).upper():
        return (_refused({"code": text(output.get("alerts"))}, ""),)
    return results or (remark(),)


def _newest(item: Object) -> TrackResult:
    """Of the parcels that have had this number, the one with the newest scans."""
    found = objects(item.get("trackResults"))
    number = text(item.get("trackingNumber"))
    if not found:
        return nothing_yet(number, carrier="fedex")
    return _track(max(found, key=_age) if len(found) > 1 else found[0], number)


def _age(found: Object) -> tuple[str, str]:
    moments = [parse(event.get("date")) for event in objects(found.get("scanEvents"))]
    newest = max((moment.time.strftime("%Y%m%d%H%M%S") for moment in moments if moment), default="")
    return newest, text(child(found.get("trackingNumberInfo")).get("trackingNumberUniqueId"))


def _track(found: Object, number: str) -> TrackResult:
    number = text(child(found.get("trackingNumberInfo")).get("trackingNumber")) or number
    if isinstance(found.get("error"), dict):
        return _refused(found["error"], number)
    latest = child(found.get("latestStatusDetail"))
    codes = (text(latest.get("derivedCode")), text(latest.get("code")))
    late = "RL" in codes
    states = table("fedex", "event_type")
    whole_track = Whole(
        entry=states.get("RL") if late else states.get(codes[1]) or states.get(codes[0]),
        computed=late,
        eta=_expected(found),
    )
    scans = objects(found.get("scanEvents"))
    newest = _last(scans)
    rows = [_row(scan, latest if scan is newest else {}) for scan in scans]
    return tracked("fedex", number, rows, carrier="fedex", whole=whole_track, newest_first=True)


def _last(scans: Sequence[Object]) -> Object | None:
    dated = [(_instant(moment.time), scan) for scan in scans if (moment := parse(scan.get("date")))]
    return max(dated, key=lambda pair: pair[0])[1] if dated else None


def _instant(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _expected(found: Object) -> datetime | date | None:
    dates = {text(each.get("type")): each.get("dateTime") for each in objects(found.get("dateAndTimes"))}
    window = child(child(found.get("estimatedDeliveryTimeWindow")).get("window"))
    return parse_eta(dates.get("ESTIMATED_DELIVERY")) or parse_eta(first(window, "ends", "begins"))


def _row(scan: Object, latest: Object) -> Row:
    code = text(scan.get("eventType")) or text(scan.get("derivedStatusCode"))
    reason = text(scan.get("exceptionDescription"))
    if not reason and text(latest.get("code")) == code:
        reason = next((text(each.get("reasonDescription")) for each in objects(latest.get("ancillaryDetails"))), "")
    place = child(scan.get("scanLocation"))
    return Row(
        time=scan.get("date"),
        sentence=first(scan, "eventDescription", "derivedStatus"),
        code=code,
        entry=_entry(code, scan),
        also=reason,
        fallback=table("fedex", "event_type").get(text(scan.get("eventType"))) is None,
        location=", ".join(part for name in ("city", "stateOrProvinceCode") if (part := text(place.get(name)))),
    )


def _entry(code: str, scan: Object) -> Entry | None:
    """The type of the scan; its reason number only where the type is generic, for the numbers are unpublished."""
    states = table("fedex", "event_type")
    entry = states.get(code) or states.get(text(scan.get("derivedStatusCode")))
    if entry and code == "AR" and text(scan.get("locationType")).upper() == "DESTINATION_FEDEX_FACILITY":
        return _AT_STATION
    reason = table("fedex", "reason").get(text(scan.get("exceptionCode")))
    return (
        reason
        if reason and (entry is None or (is_generic(entry.sub_status) and entry.status is reason.status))
        else entry
    )
