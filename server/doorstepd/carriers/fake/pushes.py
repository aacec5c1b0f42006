"""Pushes as the providers send them, signed with the test keys."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from doorstepd.carriers.carrier import Credentials, Push
from doorstepd.carriers.fake import speech
from doorstepd.carriers.fake.journeys import FakeParcel, Scan
from doorstepd.carriers.signing import hmac_base64, md5_base64, md5_hex, md5_hex_base64, sha256_hex

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
Scans = Sequence[Scan]


def _compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _form(fields: Mapping[str, str]) -> Push:
    return Push(urlencode(fields).encode(), _FORM, {"content-type": _FORM})


def _signed(document: Any, header: str, sign: Callable[[bytes], str]) -> Push:
    body = _compact(document).encode()
    return Push(body, _JSON, {"content-type": _JSON, header: sign(body)})


def _kdniao(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    track = speech.kdniao(parcel, scans)
    pushed = speech.in_china(scans[-1])
    data = _compact({"EBusinessID": keys["EBusinessID"], "PushTime": pushed, "Count": "1", "Data": [track]})
    return [_form({"RequestData": data, "RequestType": "102", "DataSign": md5_hex_base64(data + keys["ApiKey"])})]


def _kuaidi100(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    param = _compact({"status": "polling", "message": "", "lastResult": speech.kuaidi100(parcel, scans)})
    return [_form({"param": param, "sign": md5_hex(param + keys["salt"]).upper()})]


def _track17(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    document = {"event": "TRACKING_UPDATED", "data": speech.track17(parcel, scans)}
    return [_signed(document, "sign", lambda body: sha256_hex(body + b"/" + keys["key"].encode()))]


def _aftership(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    document = {"event": "tracking_update", "msg": speech.aftership(parcel, scans)}
    return [_signed(document, "aftership-hmac-sha256", lambda body: hmac_base64(keys["webhook_secret"], body))]


def _zto(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    """One event a push, and only those not pushed before."""
    pushes = []
    for scan in scans[parcel.pushed :]:
        data = _compact(speech.zto_event(parcel, scan))
        fields = {"data": data, "data_digest": md5_base64(data + keys["appSecret"]), "msg_type": "Traces"}
        pushes.append(_form(fields | {"company_id": keys["appKey"]}))
    return pushes


def _sf(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    """Only what is new, ten routes at most, unsigned."""
    new = speech.sf(parcel, scans)[parcel.pushed :]
    routes = [route | {"mailno": parcel.tracking_number, "id": str(number)} for number, route in enumerate(new)]
    chunks = [routes[start : start + 10] for start in range(0, len(routes), 10)]
    return [
        Push(_compact({"Body": {"WaybillRoute": chunk}}).encode(), _JSON, {"content-type": _JSON}) for chunk in chunks
    ]


def _yto(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    pushes = []
    for scan in scans[parcel.pushed :]:
        fields = {
            "logisticProviderID": "YTO",
            "clientID": keys["clientId"],
            "mailNo": parcel.tracking_number,
            "infoType": "STATUS",
            "infoContent": speech.code_of("yto", "info_content", scan.step),
            "acceptTime": speech.in_china(scan, "%Y-%m-%d %H:%M:%S.0 CST"),
            "remark": scan.step.zh,
        }
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        xml = f"<UpdateInfo>{inner}</UpdateInfo>"
        digest = md5_base64(xml + keys["secret"])
        pushes.append(_form({"logistics_interface": xml, "data_digest": digest, "type": "online"}))
    return pushes


def _dhl(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    document = {"scope": "subscription.push", "shipments": [speech.dhl(parcel, scans)]}
    return [_signed(document, keys["hook_header"], lambda _: keys["hook_token"])]


def _fedex(parcel: FakeParcel, scans: Scans, keys: Credentials) -> list[Push]:
    document = {"output": {"completeTrackResults": [speech.fedex(parcel, scans)]}}
    return [_signed(document, "fdx-signature", lambda body: hmac_base64(keys["security_token"], body))]


_PUSHES: Mapping[str, Callable[[FakeParcel, Scans, Credentials], list[Push]]] = {
    "kdniao": _kdniao,
    "kuaidi100": _kuaidi100,
    "track17": _track17,
    "aftership": _aftership,
    "zto": _zto,
    "sf": _sf,
    "yto": _yto,
    "dhl": _dhl,
    "fedex": _fedex,
}
PUSHING = tuple(_PUSHES)
"""The providers that push at all."""


def pushes(provider: str, parcel: FakeParcel, scans: Scans, credentials: Credentials) -> list[Push]:
    """What the provider would send now that these scans have happened, if the last ones are new."""
    if len(scans) <= parcel.pushed:
        return []
    return _PUSHES[provider](parcel, scans, credentials)
