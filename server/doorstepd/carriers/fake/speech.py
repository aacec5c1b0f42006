"""What happened to a parcel, told in each provider's own form."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doorstepd.carriers.fake.journeys import FakeParcel, Scan, Step
from doorstepd.carriers.tables import table, their_carrier
from doorstepd.carriers.times import CHINA
from doorstepd.parcels.vocabulary import Status, SubStatus

Scans = Sequence[Scan]

# Most providers file what customs want of the recipient under one code, and say it in words.
_WIDER: Mapping[SubStatus | None, SubStatus] = {
    SubStatus.DUTY_DUE: SubStatus.CUSTOMS_HELD,
    SubStatus.DOCUMENTS_REQUIRED: SubStatus.CUSTOMS_HELD,
}


def code_of(provider: str, name: str, step: Step) -> str:
    """The provider's code that comes nearest to a step: the same detail, else a wider one, else the plain status."""
    entries = table(provider, name).entries
    for sub_status in (step.sub_status, _WIDER.get(step.sub_status), None):
        for code, entry in entries.items():
            if (entry.status, entry.sub_status) == (step.status, sub_status) and entry.sure:
                return code
    return next((code for code, entry in entries.items() if entry.status is step.status), "")


def in_china(scan: Scan, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """The time as a domestic carrier writes it."""
    return scan.time.astimezone(CHINA).strftime(form)


def kdniao(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """One track, as in a reply of 8001 and in a push of 102."""
    traces = [
        {
            "AcceptTime": in_china(scan),
            "AcceptStation": scan.step.zh,
            "Location": scan.step.city,
            "Action": code_of("kdniao", "state_ex", scan.step),
        }
        for scan in scans
    ]
    return {
        "EBusinessID": "1000001",
        "OrderCode": "",
        "ShipperCode": their_carrier("kdniao", parcel.carrier),
        "LogisticCode": parcel.tracking_number,
        "Success": True,
        "Reason": "" if scans else "暂无轨迹信息",
        "State": code_of("kdniao", "state", scans[-1].step) if scans else "0",
        "StateEx": traces[-1]["Action"] if scans else "0",
        "Traces": traces,
    }


def kuaidi100(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """A result, newest row first."""
    rows = [
        {
            "time": in_china(scan),
            "ftime": in_china(scan),
            "context": scan.step.zh,
            "areaName": scan.step.city,
            "statusCode": code_of("kuaidi100", "state", scan.step),
        }
        for scan in reversed(scans)
    ]
    return {
        "message": "ok",
        "nu": parcel.tracking_number,
        "com": their_carrier("kuaidi100", parcel.carrier),
        "ischeck": "1" if scans and scans[-1].step.status is Status.DELIVERED else "0",
        "status": "200",
        "state": rows[0]["statusCode"] if rows else "0",
        "data": rows,
    }


def track17(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """An accepted item."""
    events = [
        {
            "time_iso": scan.time.isoformat(),
            "description": scan.step.en,
            "location": scan.step.city,
            "sub_status": code_of("track17", "sub_status", scan.step),
        }
        for scan in reversed(scans)
    ]
    latest = events[0]["sub_status"] if events else "NotFound_Other"
    info = {
        "latest_status": {"status": latest.partition("_")[0], "sub_status": latest},
        "time_metrics": {"estimated_delivery_date": {"source": None, "from": None, "to": None}},
        "tracking": {"providers": [{"provider": {"key": 0}, "events": events}]},
    }
    key = their_carrier("track17", parcel.carrier)
    return {"number": parcel.tracking_number, "carrier": int(key) if key.isdecimal() else 0, "track_info": info}


def aftership(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """A tracking."""
    points = [
        {
            "checkpoint_time": scan.time.isoformat(),
            "message": scan.step.en,
            "location": scan.step.city,
            "subtag": (subtag := code_of("aftership", "subtag", scan.step)),
            "tag": subtag.partition("_")[0],
        }
        for scan in scans
    ]
    subtag = str(points[-1]["subtag"]) if points else "Pending_001"
    return {
        "tracking_number": parcel.tracking_number,
        "slug": their_carrier("aftership", parcel.carrier),
        "tag": subtag.partition("_")[0],
        "subtag": subtag,
        "checkpoints": points,
    }


def zto(parcel: FakeParcel, scans: Scans) -> list[dict[str, Any]]:
    """The rows of a query."""
    return [
        {
            "billCode": parcel.tracking_number,
            "scanType": code_of("zto", "scan_type", scan.step) or "事件",
            "scanDate": int(scan.time.timestamp() * 1000),
            "desc": scan.step.zh,
            "scanSite": {"name": scan.step.city, "city": scan.step.city},
        }
        for scan in scans
    ]


def zto_event(parcel: FakeParcel, scan: Scan) -> dict[str, Any]:
    """The one event of a push."""
    return {
        "billCode": parcel.tracking_number,
        "action": code_of("zto", "push_action", scan.step),
        "actionTime": in_china(scan),
        "city": scan.step.city,
        "desc": scan.step.zh,
    }


def sf(parcel: FakeParcel, scans: Scans) -> list[dict[str, Any]]:
    """The routes of a query."""
    return [
        {
            "acceptTime": in_china(scan),
            "acceptAddress": scan.step.city,
            "remark": scan.step.zh,
            "opCode": code_of("sf", "op_code", scan.step),
        }
        for scan in scans
    ]


def yto(parcel: FakeParcel, scans: Scans) -> list[dict[str, Any]]:
    """The rows of a query."""
    return [
        {
            "waybill_No": parcel.tracking_number,
            "upload_Time": in_china(scan),
            "infoContent": code_of("yto", "info_content", scan.step),
            "processInfo": scan.step.zh,
            "city": scan.step.city,
        }
        for scan in scans
    ]


def jd(parcel: FakeParcel, scans: Scans) -> list[dict[str, Any]]:
    """The details of a trace."""
    return [
        {
            "waybillCode": parcel.tracking_number,
            "operationTime": in_china(scan),
            "operationRemark": scan.step.zh,
            "operatorName": "系统",
            "state": int(code_of("jd", "state", scan.step) or 0) or None,
            "category": int(code_of("jd", "category", scan.step) or 430),
        }
        for scan in scans
    ]


def dhl(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """A shipment of the express service, with local times and no zone, as DHL has it."""
    events = [
        {
            "timestamp": in_china(scan, "%Y-%m-%dT%H:%M:%S"),
            "location": {"address": {"addressLocality": scan.step.city}},
            "statusCode": _DHL_STATUS.get(scan.step.status, "transit"),
            "status": code_of("dhl", "express", scan.step),
            "description": scan.step.en,
        }
        for scan in reversed(scans)
    ]
    return {"id": parcel.tracking_number, "service": "express", "status": events[0] if events else {}, "events": events}


def fedex(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """A complete track result."""
    events = [
        {
            "date": scan.time.isoformat(),
            "eventType": code_of("fedex", "event_type", scan.step),
            "eventDescription": scan.step.en,
            "scanLocation": {"city": scan.step.city},
        }
        for scan in reversed(scans)
    ]
    number = {"trackingNumber": parcel.tracking_number}
    result: dict[str, Any] = {"trackingNumberInfo": number, "scanEvents": events}
    if events:
        result["latestStatusDetail"] = {"code": events[0]["eventType"], "derivedCode": events[0]["eventType"]}
    else:
        result["error"] = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": "not found"}
    return number | {"trackResults": [result]}


def fourpx(parcel: FakeParcel, scans: Scans) -> dict[str, Any]:
    """The data of a reply."""
    rows = [
        {
            "businessLinkCode": code_of("fourpx", "link_code", scan.step),
            "occurDatetime": in_china(scan),
            "timeZone": "UTC+08:00",
            "occurLocation": scan.step.city,
            "trackingContent": scan.step.zh,
        }
        for scan in reversed(scans)
    ]
    return {"deliveryOrderNo": parcel.tracking_number, "trackingList": rows}


_DHL_STATUS = {
    Status.INFO_RECEIVED: "pre-transit",
    Status.DELIVERED: "delivered",
    Status.DELIVERY_FAILED: "failure",
    Status.EXCEPTION: "failure",
    Status.RETURN_TO_SENDER: "failure",
}

# How the parcels asked about are wrapped into one reply.
REPLIES: Mapping[str, Callable[[list[tuple[FakeParcel, Scans]]], Any]] = {
    "kdniao": lambda found: kdniao(*found[0]),
    "kuaidi100": lambda found: kuaidi100(*found[0]),
    "track17": lambda found: {"code": 0, "data": {"accepted": [track17(*each) for each in found], "rejected": []}},
    "aftership": lambda found: {"meta": {"code": 200}, "data": {"trackings": [aftership(*each) for each in found]}},
    "zto": lambda found: {"result": zto(*found[0]), "message": "操作成功", "status": True, "statusCode": "SYS000"},
    "sf": lambda found: {
        "apiResultCode": "A1000",
        "apiErrorMsg": "",
        "apiResultData": json.dumps(
            {
                "success": True,
                "errorCode": "S0000",
                "msgData": {
                    "routeResps": [
                        {"mailNo": parcel.tracking_number, "routes": sf(parcel, scans)} for parcel, scans in found
                    ]
                },
            },
            ensure_ascii=False,
        ),
    },
    "yto": lambda found: (
        yto(*found[0])
        or {"map": {found[0][0].tracking_number: []}, "code": "1001", "success": True, "message": "查询结果为空。"}
    ),
    "jd": lambda found: {
        "code": 0,
        "msg": "success",
        "data": {"waybillCode": found[0][0].tracking_number, "traceDetails": jd(*found[0])},
    },
    "dhl": lambda found: {"shipments": [dhl(*each) for each in found]},
    "fedex": lambda found: {"output": {"completeTrackResults": [fedex(*each) for each in found]}},
    "fourpx": lambda found: {"result": "1", "msg": "success", "errors": [], "data": fourpx(*found[0])},
}
