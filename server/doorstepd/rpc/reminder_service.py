"""ReminderService: what rang, and why, and what a customer chose."""

from datetime import UTC, datetime
from typing import Any

from doorstep.tracking.v1 import reminder_pb2, reminder_service_pb2, reminder_service_pb2_grpc

from doorstepd.access import permissions
from doorstepd.access.callers import Caller
from doorstepd.database import Database
from doorstepd.errors import NotFound
from doorstepd.intake.explain_bell import BellExplainer
from doorstepd.names import checked_id
from doorstepd.parcels import store
from doorstepd.parcels.records import Parcel
from doorstepd.reminders import preference_store
from doorstepd.reminders import store as reminder_store
from doorstepd.rpc import preferences, requests, wire
from doorstepd.rpc.guard import Call


class ReminderService(reminder_service_pb2_grpc.ReminderServiceServicer):
    """Reads reminders of parcels that the caller may see, and keeps what customers chose."""

    def __init__(self, database: Database, explainer: BellExplainer) -> None:
        self._database = database
        self._explainer = explainer

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
        if request.attempt < 0:
            raise requests.bad("attempt", "is negative; give an attempt from 1, or 0 for the latest")
        async with self._database.reading() as c:
            parcel = (await self._parcels(c, call.caller, request))[0]
        found = await self._explainer.explain(parcel, request.attempt, datetime.now(UTC))
        numbers = found.reason.to_dict() if found.reason else {}
        said = {"explanation_zh": found.words.zh, "explanation_en": found.words.en}
        return reminder_service_pb2.ExplainReminderResponse(
            rang=found.rang,
            ring_time=wire.timestamp(found.ring_time),
            reason=wire.reminder_reason(numbers | said),
            explanation=wire.text(found.words),
            attempt=found.attempt,
        )

    async def GetReminderPreferences(self, request: Any, call: Call) -> reminder_pb2.ReminderPreferences:
        """What the customer chose; unset where the shop's holds."""
        customer_id = _customer(call.caller, request.customer_id)
        async with self._database.reading() as c:
            return preferences.message(await preference_store.get(c, call.caller.merchant_id, customer_id))

    async def SetReminderPreferences(self, request: Any, call: Call) -> reminder_pb2.ReminderPreferences:
        """Takes the place of all that the customer chose before."""
        customer_id = _customer(call.caller, request.customer_id)
        chosen = preferences.chosen("preferences", request.preferences)
        async with self._database.writing() as c:
            await preference_store.put(c, call.caller.merchant_id, customer_id, chosen, datetime.now(UTC))
        return preferences.message(chosen)

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


def _customer(caller: Caller, given: str) -> str:
    """Whose preferences: a customer need not name himself. Raises NotFound where they are not the caller's business."""
    customer_id = checked_id("customer_id", given or caller.customer_id or "")
    if not permissions.may_act_for(caller, customer_id):
        raise NotFound
    return customer_id


def _may_see(caller: Caller, customer_id: str, parcel: Parcel) -> bool:
    return permissions.may_see_order(caller, parcel.merchant_id, customer_id, parcel.order_id)
