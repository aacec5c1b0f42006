"""TrackingService: reads."""

from collections.abc import Sequence
from typing import Any

from doorstep.tracking.v1 import parcel_pb2, tracking_service_pb2, tracking_service_pb2_grpc

from doorstepd.access import permissions
from doorstepd.access.callers import Caller, Role
from doorstepd.database import Database
from doorstepd.errors import InvalidRequest, NotFound
from doorstepd.live import frames
from doorstepd.names import checked_id, is_id
from doorstepd.parcels import store
from doorstepd.parcels.store import ParcelFilter
from doorstepd.rpc import requests, wire
from doorstepd.rpc.answers import Answer, Answers
from doorstepd.rpc.guard import Call
from doorstepd.rpc.reading import Audience, Reading, audience_of
from doorstepd.rpc.statuses import status_of
from doorstepd.support.lookups import Lookups

_RESULT = tracking_service_pb2.OrderResult
_RESULTS = tracking_service_pb2.BatchGetOrdersResponse.RESULTS_FIELD_NUMBER


class TrackingService(tracking_service_pb2_grpc.TrackingServiceServicer):
    """Answers only what the caller may see; what is another's is NOT_FOUND."""

    def __init__(self, database: Database, reading: Reading, answers: Answers, lookups: Lookups) -> None:
        self._database = database
        self._reading = reading
        self._answers = answers
        self._lookups = lookups

    async def GetOrder(self, request: Any, call: Call) -> bytes:
        """One order, and a note that it was looked at."""
        caller, order_id = call.caller, checked_id("order_id", request.order_id)
        answer = await self._answers.order(_everyone_like(call, request), order_id)
        if answer is None or not _may_see(caller, order_id, answer):
            raise NotFound
        self._lookups.note(caller, order_id, answer.customer_id)
        return answer.body

    async def ListOrders(self, request: Any, call: Call) -> tracking_service_pb2.ListOrdersResponse:
        """A customer's own, or any of the merchant's."""
        customer_id = _whose(call.caller, requests.optional_id("customer_id", request.customer_id))
        limit = requests.size("page_size", request.page_size, 20, 100)
        after = requests.page_after(request.page_token, request)
        async with self._database.reading() as c:
            orders = await store.list_orders(c, call.caller.merchant_id, customer_id, limit + 1, after)
            page = orders[:limit]
            found = await self._reading.orders_in(c, audience_of(call.caller), [one.order_id for one in page])
        last = (page[-1].create_time, page[-1].order_id) if len(orders) > limit else None
        return tracking_service_pb2.ListOrdersResponse(
            orders=[found[one.order_id] for one in page if one.order_id in found],
            next_page_token=requests.next_page(last, request),
        )

    async def BatchGetOrders(self, request: Any, call: Call) -> bytes:
        """A result or an error for each."""
        caller, wanted = call.caller, requests.ids(call.caller, "order_ids", request.order_ids)
        found = await self._answers.orders(_everyone_like(call, request), _valid(wanted))
        results = []
        for place, one in enumerate(wanted):
            answer = found.get(one)
            if answer is not None and _may_see(caller, one, answer):
                results.append(_order_result(one, answer))
            else:
                missing = _missing("order_ids", place, one)
                results.append(tracking_service_pb2.OrderResult(order_id=one, error=missing).SerializeToString())
        return b"".join(frames.field(_RESULTS, one) for one in results)

    async def GetParcel(self, request: Any, call: Call) -> parcel_pb2.Parcel:
        """One parcel."""
        parcel_id = checked_id("parcel_id", request.parcel_id)
        found = await self._reading.parcels(_audience(call, request), [parcel_id])
        if parcel_id not in found:
            raise NotFound
        return found[parcel_id]

    async def BatchGetParcels(self, request: Any, call: Call) -> tracking_service_pb2.BatchGetParcelsResponse:
        """A result or an error for each."""
        wanted = requests.ids(call.caller, "parcel_ids", request.parcel_ids)
        found = await self._reading.parcels(_audience(call, request), _valid(wanted))
        results = [
            tracking_service_pb2.ParcelResult(parcel_id=one, parcel=found[one])
            if one in found
            else tracking_service_pb2.ParcelResult(parcel_id=one, error=_missing("parcel_ids", place, one))
            for place, one in enumerate(wanted)
        ]
        return tracking_service_pb2.BatchGetParcelsResponse(results=results)

    async def SearchParcels(self, request: Any, call: Call) -> tracking_service_pb2.SearchParcelsResponse:
        """The merchant's parcels by filters, without their events."""
        wanted = _filter(request)
        limit = requests.size("page_size", request.page_size, 50, 500)
        after = requests.page_after(request.page_token, request)
        async with self._database.reading() as c:
            parcels = await store.search(c, call.caller.merchant_id, wanted, limit + 1, after)
            page = parcels[:limit]
            shown = await self._reading.summaries(c, audience_of(call.caller), page)
        last = (page[-1].create_time, page[-1].parcel_id) if len(parcels) > limit else None
        return tracking_service_pb2.SearchParcelsResponse(
            parcels=shown, next_page_token=requests.next_page(last, request)
        )


def _order_result(order_id: str, answer: Answer) -> bytes:
    """An `OrderResult` joined from parts: the order is as bytes already."""
    return frames.field(_RESULT.ORDER_ID_FIELD_NUMBER, order_id.encode()) + frames.field(
        _RESULT.ORDER_FIELD_NUMBER, answer.body
    )


def _may_see(caller: Caller, order_id: str, answer: Answer) -> bool:
    return permissions.may_see_order(caller, caller.merchant_id, answer.customer_id, order_id)


def _everyone_like(call: Call, request: Any) -> Audience:
    """All who would see an order as the caller does; whether the caller may is asked of the answer."""
    caller = call.caller
    datum = requests.datum("datum", request.datum)
    return Audience(caller.merchant_id, caller.view, datum, permissions.may_see_positions(caller))


def _audience(call: Call, request: Any) -> Audience:
    return audience_of(call.caller, requests.datum("datum", request.datum))


def _whose(caller: Caller, customer_id: str) -> str | None:
    """None means all of the merchant's; a customer always means themselves."""
    if caller.role is not Role.CUSTOMER:
        return customer_id or None
    if customer_id not in ("", caller.customer_id):
        raise NotFound
    return caller.customer_id


def _valid(wanted: Sequence[str]) -> list[str]:
    return sorted({one for one in wanted if is_id(one)})


def _missing(field: str, place: int, name: str) -> Any:
    try:
        checked_id(f"{field}[{place}]", name)
    except InvalidRequest as refusal:
        return status_of(refusal)
    return status_of(NotFound())


def _filter(request: Any) -> ParcelFilter:
    requests.at_most("order_ids", request.order_ids, 500, least=0)
    statuses = [wire.status_from(number) for number in request.statuses]
    sub_statuses = [wire.sub_status_from(number) for number in request.sub_statuses]
    for field, given in (("statuses", statuses), ("sub_statuses", sub_statuses)):
        if None in given:
            raise requests.bad(f"{field}[{given.index(None)}]", "is not a state that this server knows")
    return ParcelFilter(
        order_ids=tuple(checked_id(f"order_ids[{n}]", one) for n, one in enumerate(request.order_ids)),
        created_after=requests.moment(request, "created_after"),
        created_before=requests.moment(request, "created_before"),
        statuses=tuple(one.value for one in statuses if one),
        sub_statuses=tuple(one.value for one in sub_statuses if one),
        needs_attention=request.needs_attention,
        tracking_number=requests.short("tracking_number", request.tracking_number, 64),
    )
