"""Recorded carrier pushes in KDNiao's form, their times moved to now and signed with the demo merchant's key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from doorstepd.carriers.signing import md5_hex_base64
from doorstepd.carriers.times import CHINA

BUSINESS_ID: Final = "1000001"
API_KEY: Final = "kdn-test-key-0001"
_TIME: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Journey:
    """A recorded track, oldest trace first. `ready`: how many traces have been pushed when the day begins."""

    name: str
    shipper: str
    carrier: str
    number: str
    ready: int
    traces: tuple[Mapping[str, str], ...]


def journeys() -> dict[str, Journey]:
    """All of them, by name."""
    text = (files(__package__) / "data" / "journeys.json").read_text(encoding="utf-8")
    return {
        name: Journey(name, row["shipper"], row["carrier"], row["number"], row["ready"], tuple(row["traces"]))
        for name, row in json.loads(text).items()
    }


@dataclass(slots=True)
class Consignment:
    """One parcel on a journey: as far as it has been pushed, and when each scan was made. `words` fill the {gaps}."""

    journey: Journey
    number: str
    order_id: str
    words: Mapping[str, str]
    expected: datetime | None = None
    _times: list[datetime] = field(default_factory=list)
    _signed: datetime | None = None

    def begin(self, now: datetime, last_scan: timedelta) -> None:
        """The traces that are ready happened, as far apart as recorded, the last of them `last_scan` ago."""
        ready = [_recorded(trace) for trace in self.journey.traces[: self.journey.ready]]
        self._times = [now - last_scan - (ready[-1] - time) for time in ready]

    def scan(self, now: datetime) -> bool:
        """The next trace happens now; False if there is none left, or the parcel was handed over before."""
        if self._signed is not None or len(self._times) >= len(self.journey.traces):
            return False
        self._times.append(now)
        return True

    def sign(self, now: datetime) -> None:
        """The carrier's own scan of the delivery, which comes after the courier's word."""
        self._signed = now

    @property
    def begun(self) -> bool:
        """Whether the carrier has anything to say yet."""
        return bool(self._times)

    def track(self) -> dict[str, Any]:
        """The parcel's part of a push: every scan so far, as the provider repeats them each time."""
        traces = [self._filled(trace, time) for trace, time in zip(self.journey.traces, self._times, strict=False)]
        if self._signed is not None:
            traces.append(self._signature(self._signed, has_codes="Action" in traces[-1]))
        code = traces[-1].get("Action") or ("3" if self._signed else "2")
        track = {
            "EBusinessID": BUSINESS_ID,
            "OrderCode": self.order_id,
            "ShipperCode": self.journey.shipper,
            "LogisticCode": self.number,
            "Success": True,
            "Reason": "",
            "State": "10" if code == "10" else code[0],
            "Location": traces[-1].get("Location", ""),
            "Traces": traces,
        }
        if "Action" in traces[-1]:
            track["StateEx"] = code
        if self.expected is not None and self._signed is None:
            track["EstimatedDeliveryTime"] = _told(self.expected)
        return track

    def _filled(self, trace: Mapping[str, str], time: datetime) -> dict[str, str]:
        texts = {name: value.format_map(self.words) for name, value in trace.items()}
        return texts | {"AcceptTime": _told(time)}

    def _signature(self, time: datetime, *, has_codes: bool) -> dict[str, str]:
        signed = {"AcceptTime": _told(time), "AcceptStation": "客户签收人: 本人签收 已签收"}
        return signed | ({"Location": self.words["city"], "Action": "301"} if has_codes else {})


def form(consignments: Sequence[Consignment], now: datetime) -> dict[str, str]:
    """A push of request type 102 as the provider posts it."""
    said = {
        "EBusinessID": BUSINESS_ID,
        "PushTime": _told(now),
        "Count": str(len(consignments)),
        "Data": [one.track() for one in consignments],
    }
    data = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return {"RequestData": data, "RequestType": "102", "DataSign": md5_hex_base64(data + API_KEY)}


def _recorded(trace: Mapping[str, str]) -> datetime:
    return datetime.strptime(trace["AcceptTime"], _TIME).replace(tzinfo=CHINA)


def _told(time: datetime) -> str:
    return time.astimezone(CHINA).strftime(_TIME)
