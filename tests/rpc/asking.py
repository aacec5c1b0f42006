"""Good requests, to be sent as they are or with one thing wrong."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from doorstep.tracking.v1 import courier_pb2, geo_pb2, ingest_service_pb2, parcel_pb2, stop_pb2

_numbers = itertools.count(1)
LATITUDE, LONGITUDE = 31.2, 121.6
NAME, PHONE, ADDRESS = "张三丰", "13812345678", "上海市浦东新区张江路88号3栋501室"
COURIER_NAME, COURIER_PHONE = "李四光", "13900005678"


def point(latitude: float = LATITUDE, longitude: float = LONGITUDE, datum: Any = geo_pb2.DATUM_WGS84) -> geo_pb2.Point:
    return geo_pb2.Point(latitude=latitude, longitude=longitude, datum=datum)


def new_id(prefix: str = "O") -> str:
    return f"{prefix}{next(_numbers)}"


def order(order_id: str = "", customer_id: str = "c1", count: int = 1, **more: Any) -> Any:
    """An order whose parcels travel with ZTO under numbers of their own."""
    order_id = order_id or new_id()
    its = [
        ingest_service_pb2.NewParcel(
            items=[parcel_pb2.Item(title=title, quantity=1)], carrier="zto", tracking_number=f"7{next(_numbers):09d}"
        )
        for title in itertools.islice(itertools.cycle(("毛巾", "牙刷")), count)
    ]
    recipient = parcel_pb2.Recipient(name=NAME, phone=PHONE, address=ADDRESS, point=point())
    usual = {"order_id": order_id, "customer_id": customer_id, "recipient": recipient, "parcels": its}
    return ingest_service_pb2.CreateOrderRequest(**usual | more)


def event(text: str = "快件已到达上海分拣中心", ago: timedelta = timedelta(minutes=1), **more: Any) -> Any:
    made = ingest_service_pb2.NewTrackingEvent(text=text, **more)
    made.event_time.FromDatetime(datetime.now(UTC) - ago)
    return made


def events(parcel_id: str, *its: Any) -> Any:
    return ingest_service_pb2.RecordTrackingEventsRequest(parcel_id=parcel_id, events=its)


def a_round(*parcel_ids: str, courier_id: str = "k1") -> Any:
    stops = [stop_pb2.Stop(parcel_id=one, sequence=place) for place, one in enumerate(parcel_ids, 1)]
    return ingest_service_pb2.AssignStopsRequest(
        courier_id=courier_id, courier_name=COURIER_NAME, courier_phone=COURIER_PHONE, stops=stops
    )


def fix(south_m: float = 0.0, ago: float = 0.0, **more: Any) -> courier_pb2.PositionFix:
    """The courier that many metres south of the door."""
    usual = {"point": point(LATITUDE - south_m / 111_195), "accuracy_meters": 8.0}
    made = courier_pb2.PositionFix(**usual | more)
    made.fix_time.FromDatetime(datetime.now(UTC) - timedelta(seconds=ago))
    return made


def ride(start_m: float = 1300.0, step_m: float = 40.0, count: int = 20) -> list[courier_pb2.PositionFix]:
    """Towards the door, a fix each 5 s, the last one now."""
    return [fix(start_m - step_m * n, 5.0 * (count - 1 - n)) for n in range(count)]


async def reports(fixes: Iterable[courier_pb2.PositionFix], size: int = 5, **more: Any) -> Any:
    """The messages of a device."""
    every = list(fixes)
    for number, at in enumerate(range(0, len(every), size), 1):
        yield ingest_service_pb2.ReportPositionsRequest(fixes=every[at : at + size], batch_id=number, **more)
