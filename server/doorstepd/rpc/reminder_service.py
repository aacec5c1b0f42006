"""ReminderService: what rang, and why."""

from typing import Any

from doorstep.tracking.v1 import reminder_service_pb2, reminder_service_pb2_grpc

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.errors import NotFound
from doorstepd.intake.courier_round import KIND
from doorstepd.names import checked_id
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel
from doorstepd.reminders import store as reminder_store
from doorstepd.reminders.reason import Sentence
from doorstepd.rpc import requests, wire
from doorstepd.rpc.guard import Call

_RANG_NOT = Sentence(
    "未提醒：这次派送没有响过“派件员临近”提醒，可能尚未进入提醒范围，或没有可用的定位。",
    "Not rung: in this attempt the courier has not come near, or has sent no usable position.",
)


class ReminderService(reminder_service_pb2_grpc.ReminderServiceServicer):
    """Reads reminders of parcels that the caller may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListReminders(self, request: Any, call: Call) -> reminder_service_pb2.ListRemindersResponse:
        """Of a parcel or of an order, newest first."""
        async with self._database.reading() as c:
            parcels = await self._parcels(c, call.caller, request)
            found = await reminder_store.of_parcels(c, call.caller.merchant_id, [one.parcel_id for one in parcels])
        return reminder_service_pb2.ListRemindersResponse(
            reminders=[wire.reminder(reminder, notices) for reminder, notices in found]
        )

    async def ExplainReminder(self, request: Any, call: Call) -> reminder_service_pb2.ExplainReminderResponse:
        """Why the bell of an attempt rang, or that it did not."""
        async with self._database.reading() as c:
            parcel = (await self._parcels(c, call.caller, request))[0]
            found = await reminder_store.of_parcels(c, call.caller.merchant_id, [parcel.parcel_id])
        attempt = request.attempt or parcel.attempt
        rung = next((one for one, _ in found if one.kind == KIND and one.attempt == attempt), None)
        if rung is None:
            return reminder_service_pb2.ExplainReminderResponse(attempt=attempt, explanation=wire.text(_RANG_NOT))
        shown = wire.reminder(rung)
        return reminder_service_pb2.ExplainReminderResponse(
            rang=True,
            ring_time=shown.ring_time,
            reason=shown.reason,
            explanation=shown.reason.explanation,
            attempt=attempt,
        )

    async def _parcels(self, c: Any, caller: Caller, request: Any) -> list[Parcel]:
        order_id = getattr(request, "order_id", "")
        if request.parcel_id:
            checked_id("parcel_id", request.parcel_id)
            parcels = list((await store.get_parcels(c, caller.merchant_id, [request.parcel_id])).values())
        elif order_id:
            checked_id("order_id", order_id)
            parcels = (await store.parcels_of_orders(c, caller.merchant_id, [order_id])).get(order_id, [])
        else:
            raise requests.bad("parcel_id", "is empty, and so is order_id; give one of them")
        orders = await store.get_orders(c, caller.merchant_id, {one.order_id for one in parcels})
        seen = [one for one in parcels if _may_see(caller, orders[one.order_id].customer_id, one)]
        if not seen:
            raise NotFound
        return seen


def _may_see(caller: Caller, customer_id: str, parcel: Parcel) -> bool:
    return permissions.may_see_order(caller, parcel.merchant_id, customer_id, parcel.order_id)
