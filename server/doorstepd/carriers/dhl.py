"""DHL Shipment Tracking - Unified, and its push."""

import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, Push, Reply, TrackResult, Wanted
from doorstepd.carriers.fields import Object, child, first, objects, text, whole
from doorstepd.carriers.limits import load_json, refuse
from doorstepd.carriers.refusals import kind_of
from doorstepd.carriers.results import Row, Whole, nothing_yet, refused, remark, tracked
from doorstepd.carriers.signing import same
from doorstepd.carriers.tables import Entry, table
from doorstepd.carriers.times import parse_eta
from doorstepd.errors import InvalidRequest
from doorstepd.parcels.vocabulary import SubStatus

_KINDS = {
    400: ErrorKind.BAD_REQUEST,
    401: ErrorKind.AUTH_FAILED,
    403: ErrorKind.AUTH_FAILED,
    429: ErrorKind.RATE_LIMITED,
}
# The codes of an event belong to its service: 104 is a label for one and an arrival for the other.
_CODES_OF = {"express": "express", "parcel-de": "parcel_de", "ecommerce": "ecommerce"}


class DHL:
    """Credentials: `api_key`, and the header we chose for pushes: `hook_header`, `hook_token`."""

    name = "dhl"

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """DHL signs nothing; it sends back the header and token that we chose when subscribing."""
        token = credentials.get("hook_token", "")
        return same(push.headers.get(credentials.get("hook_header", "").lower(), ""), token, token)

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """Shipments, or the handshake before the first of them."""
        document = load_json(push.body)
        if not isinstance(document, dict) or not ("scope" in document or "shipments" in document):
            refuse("is not an object with scope or shipments")
        return _shipments(document)

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """A query's reply, a problem report, or a push."""
        try:
            document = load_json(body)
        except InvalidRequest:
            return (refused(ErrorKind.UNAVAILABLE),)
        if not isinstance(document, dict):
            return (remark(),)
        if "shipments" in document:
            return _shipments(document)
        return (_problem(document),) if "status" in document and "title" in document else (remark(),)

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """200 ends it."""
        return Reply("{}", status=200 if accepted else 503)

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """One shipment a call, always with its service: else a stranger's parcel with the same number can answer."""
        query = urlencode({"trackingNumber": wanted[0].tracking_number, "service": "express", "language": "en"})
        return HttpRequest("GET", f"/track/shipments?{query}", {"DHL-API-Key": credentials["api_key"]})

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """Up to 10 shipments a call."""
        hook = {
            "uri": wanted[0].callback_url,
            "authentication": {
                "type": "ApiKeyAuthentication",
                "header": credentials["hook_header"],
                "token": credentials["hook_token"],
            },
        }
        about = {
            "hook": hook,
            "format": "Default",
            "type": "Shipment",
            "service": "express",
            "events": ["Pre-Transit", "Transit", "Delivered", "Failure", "Unknown"],
            "shipmentIDs": [each.tracking_number for each in wanted],
        }
        headers = {"DHL-API-Key": credentials["api_key"], "Content-Type": "application/json"}
        return HttpRequest("POST", "/tracking/push/v1/subscription", headers, json.dumps(about).encode())


def handshake(push: Push) -> tuple[str, str] | None:
    """The URL to post the secret back to, and that secret, when a push asks us to confirm a subscription."""
    document = child(load_json(push.body))
    if text(document.get("scope")) != "subscription.validate":
        return None
    return text(document.get("self")), text(document.get("secret"))


def _problem(document: Object) -> TrackResult:
    status = whole(document.get("status")) or 0
    if status == 404:
        error = refused(ErrorKind.NOT_FOUND, retryable=True).error
        return nothing_yet(sub_status=SubStatus.NOT_FOUND, error=error)
    if status >= 500:
        return refused(ErrorKind.UNAVAILABLE)
    return refused(_KINDS.get(status) or kind_of(first(document, "detail", "title")))


def _shipments(document: Object) -> tuple[TrackResult, ...]:
    return tuple(_track(item) for item in objects(document.get("shipments"))) or (remark(),)


def _track(item: Object) -> TrackResult:
    service = text(item.get("service")).lower()
    latest = child(item.get("status"))
    frame = child(item.get("estimatedDeliveryTimeFrame"))
    whole_track = Whole(
        entry=_entry(service, latest)[0],
        eta=parse_eta(first(frame, "estimatedThrough", "estimatedFrom") or item.get("estimatedTimeOfDelivery")),
    )
    rows = [_row(service, event) for event in objects(item.get("events"))] or (
        [_row(service, latest)] if latest else []
    )
    return tracked(
        "dhl", first(item, "id", "trackingNumber"), rows, carrier="dhl", whole=whole_track, newest_first=True
    )


def _row(service: str, event: Object) -> Row:
    entry, known = _entry(service, event)
    address = child(child(event.get("location")).get("address"))
    return Row(
        time=event.get("timestamp"),
        sentence=first(event, "description", "status"),
        code=first(event, "status", "statusCode"),
        entry=entry,
        also=text(event.get("remark")),
        location=first(address, "addressLocality", "countryCode"),
        fallback=not known,
    )


def _entry(service: str, event: Object) -> tuple[Entry | None, bool]:
    """The service's own code, else the wider one that all services share; and whether the own code was known."""
    code = text(event.get("status"))
    names = [name for prefix, name in _CODES_OF.items() if service.startswith(prefix)]
    if not names and not service and len(code) == 2:
        names = ["express"]
    own = next((found for name in names if (found := table("dhl", name).get(code))), None)
    if own:
        return own, True
    return table("dhl", "status_code").get(text(event.get("statusCode"))), not code or len(code) > 3
